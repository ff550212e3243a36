import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Account, cardToBytes } from "../identity/index.ts";
import { enrol, witnessSetId } from "../quorum/index.ts";
import { Secret } from "../safety/index.ts";
import { ascii, portableSuite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { headHash, type SignedHead, verifyEpoch, verifyHead, verifySuccession } from "../tlog/index.ts";
import {
  type IndexReader,
  type IndexWrite,
  type LogAnchor,
  openCapsule,
  Overlay,
  prunedRoot,
  readChunk,
  readManifest,
  register,
  type Registration,
  registrationBytes,
  Registry,
  Replica,
  stretchLabel,
  transferTo,
} from "./index.ts";

const suite = portableSuite;
const seed = (name: string): Secret => new Secret(suite.sha256(ascii(name)));
const keys = { signing: seed("signing"), vrf: seed("vrf"), salts: seed("salts") };
const witness = seed("witness");
const set = enrol(suite, [{ key: suite.blsPublic(witness), possession: suite.blsProvePossession(witness) }], 1);
if (!set.ok) throw new Error(set.error);
const anchor: LogAnchor = {
  name: "test",
  key: suite.ed25519Public(keys.signing),
  vrf: suite.vrfPublic(keys.vrf),
  witnesses: set.value,
  cost: { memoryKiB: 8, passes: 1 },
  epochMs: 60_000,
};
const STAMP = { sequence: 1_000, expires: 2_000 };
const witnesses = witnessSetId(suite, set.value);

class Index implements IndexReader {
  readonly entries = new Map<string, Uint8Array>();
  get(key: Uint8Array): Uint8Array | undefined {
    return this.entries.get(Buffer.from(key).toString("hex"));
  }
  apply(writes: readonly IndexWrite[]): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.entries.delete(Buffer.from(key).toString("hex"));
      else this.entries.set(Buffer.from(key).toString("hex"), value.slice());
    }
  }
}

function account(name: string): Account {
  const secret = seed(`account ${name}`);
  return { seed: secret, publicKey: suite.ed25519Public(secret) };
}

function registration(
  registry: Registry,
  label: string,
  version: number,
  by: Account,
  more: Partial<Registration> = {},
) {
  const card = cardToBytes({
    account: by.publicKey,
    device: new Uint8Array(16),
    introduction: new Secret(new Uint8Array(32)),
    label: "",
    addresses: [],
  });
  return register(suite, by, { log: registry.log, label, version, card, lineage: [], issued: version, ...more });
}

class Desk {
  readonly index = new Index();
  readonly registry: Registry = new Registry(suite, anchor, keys, this.index);
  previous: SignedHead | undefined;
  time = 1_000;

  epoch(...registrations: Registration[]) {
    for (const { label, version } of registrations) this.index.apply(this.registry.prepare(label, version));
    const decision = this.registry.decide(registrations, { previous: this.previous, time: this.time++, witnesses });
    this.index.apply(decision.writes);
    this.previous = decision.head;
    return decision;
  }
}

describe("a registry", () => {
  test("signs a chain of heads whose newest leaf, tree and change list belong together", () => {
    const desk = new Desk();
    const mirror = { index: new Index(), log: desk.registry.log };
    const replica = new Replica(suite, mirror.log, mirror.index);
    let before: SignedHead | undefined;
    for (let epoch = 1; epoch <= 5; epoch++) {
      const made = epoch === 3 ? [] : [registration(desk.registry, `label${epoch}`, 1, account("a"))];
      const { content, head } = desk.epoch(...made);
      expect(verifyHead(suite, anchor.key, head)).toBe(true);
      expect(verifyEpoch(suite, head, desk.registry.replica.epochProof(epoch))).toBe(true);
      if (before !== undefined) {
        const succession = desk.registry.replica.succession(before, head);
        expect(verifySuccession(suite, before, head, succession)).toEqual({ ok: true, value: undefined });
      }
      // What a mirror makes of the published changes is the very same epoch.
      const leaf = desk.registry.replica.leaf(epoch);
      expect(content[0]?.address).toEqual(leaf.changes);
      const manifest = readManifest(content[0]?.bytes ?? new Uint8Array(0));
      expect(manifest.ok && manifest.value.epoch).toBe(epoch);
      const leaves = content.slice(1).flatMap(({ bytes }) => {
        const chunk = readChunk(bytes);
        return chunk.ok ? chunk.value : [];
      });
      expect(leaves).toHaveLength(made.length);
      expect(replica.rootWith([leaf])).toEqual(head.root);
      const extended = replica.extend(leaves, leaf.previous, leaf.changes);
      if (!extended.ok) throw new Error(extended.error);
      mirror.index.apply(extended.value.writes);
      expect(extended.value.leaf).toEqual(leaf);
      expect(replica.logRoot(epoch)).toEqual(head.root);
      expect(prunedRoot(suite, replica.tree(epoch, []))).toEqual(leaf.root);
      before = head;
    }
    // Every earlier epoch stays readable.
    for (let epoch = 1; epoch <= 5; epoch++)
      expect(replica.treeRoot(epoch)).toEqual(desk.registry.replica.treeRoot(epoch));
  });

  test("makes an interrupted epoch again alike, from whatever part of its writes is there", () => {
    fc.assert(
      fc.property(fc.nat(), (kept) => {
        const desk = new Desk();
        desk.epoch(registration(desk.registry, "first", 1, account("a")));
        const next = registration(desk.registry, "second", 1, account("b"));
        desk.index.apply(desk.registry.prepare("second", 1));
        const stand = { previous: desk.previous, time: 5_000, witnesses };
        const once = desk.registry.decide([next], stand);
        // Content-addressed nodes may be there already; that the epoch is there is written with all of it.
        const nodes = once.writes.filter(({ key }) => key[0] === 0x6e);
        desk.index.apply(nodes.slice(0, kept % (nodes.length + 1)));
        const again = desk.registry.decide([next], stand);
        expect(headHash(suite, again.head)).toEqual(headHash(suite, once.head));
        expect(again.writes).toEqual(once.writes);
      }),
      { numRuns: 8 },
    );
  });

  test("serves who comes first, then the label's account, then whom it was handed to", () => {
    const desk = new Desk();
    const { registry } = desk;
    const [alice, bob, mallory] = [account("alice"), account("bob"), account("mallory")];
    const code = (one: Registration) => {
      const judged = registry.judge(one);
      return judged.ok ? "ok" : judged.error;
    };
    expect(code(registration(registry, "it", 2, alice))).toBe("directory/other-version");
    expect(code(registration(registry, "It", 1, alice, { label: "it" }))).toBe("ok");
    desk.epoch(registration(registry, "it", 1, alice));
    expect(code(registration(registry, "it", 1, mallory))).toBe("directory/other-version");
    expect(code(registration(registry, "it", 2, mallory))).toBe("directory/label-taken");
    desk.epoch(registration(registry, "it", 2, alice));
    const handed = transferTo(suite, alice, registry.log, "it", 3, bob.publicKey);
    const stolen = transferTo(suite, mallory, registry.log, "it", 3, mallory.publicKey);
    expect(code(registration(registry, "it", 3, mallory, { lineage: [stolen] }))).toBe("vkd/lineage-signature");
    desk.epoch(registration(registry, "it", 3, bob, { lineage: [handed] }));
    // The former owner's account is the first of the lineage still; that does not bring the label back.
    expect(code(registration(registry, "it", 4, alice))).toBe("directory/label-taken");
    const back = transferTo(suite, alice, registry.log, "it", 4, mallory.publicKey);
    expect(code(registration(registry, "it", 4, mallory, { lineage: [back] }))).toBe("directory/label-taken");
    expect(code(registration(registry, "it", 4, bob, { lineage: [handed] }))).toBe("ok");
    expect(code({ ...registration(registry, "it", 4, bob, { lineage: [handed] }), log: new Uint8Array(32) })).toBe(
      "vkd/registration-other-log",
    );
  });

  test("gives each label a capsule that opens under the label alone", () => {
    const desk = new Desk();
    const made = registration(desk.registry, "somebody", 1, account("a"));
    expect(desk.registry.sealedCapsule(countingRandom("x"), "somebody", STAMP)).toBeUndefined();
    desk.epoch(made);
    const sealed = desk.registry.sealedCapsule(countingRandom("x"), "somebody", STAMP);
    const stretched = stretchLabel(suite, anchor, "somebody");
    expect(sealed?.address).toEqual(stretched.record.address);
    const opened = openCapsule(suite, stretched, sealed?.value ?? new Uint8Array(0), STAMP.sequence);
    expect(opened.ok && registrationBytes(opened.value.latest.registration)).toEqual(registrationBytes(made));
    expect(
      openCapsule(suite, stretchLabel(suite, anchor, "another"), sealed?.value ?? new Uint8Array(0), STAMP.sequence).ok,
    ).toBe(false);
    expect([desk.registry.labels, desk.registry.labelAt(0), desk.registry.labelAt(1)]).toEqual([
      1,
      "somebody",
      undefined,
    ]);
  });
});

describe("an overlay", () => {
  test("shows what is decided until it is durable, newest first, and deletions too", () => {
    const index = new Index();
    const overlay = new Overlay(index);
    const key = ascii("k");
    index.apply([{ key, value: ascii("old") }]);
    overlay.add(0, [{ key, value: ascii("new") }]);
    overlay.add(1, [{ key, value: undefined }]);
    expect(overlay.get(key)).toBeUndefined();
    overlay.settle(1);
    expect(overlay.get(key)).toEqual(ascii("new"));
    overlay.settle(0);
    expect([overlay.get(key), overlay.waiting]).toEqual([ascii("old"), 0]);
  });
});
