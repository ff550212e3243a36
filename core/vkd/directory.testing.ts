import { bytesToHex } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { expect } from "vitest";
import { type Codec, decode, encode } from "../codec/index.ts";
import { type Account, cardToBytes, generateAccount } from "../identity/index.ts";
import { combine, cosign, type CosignedHead, enrol, type WitnessSet, witnessSetId } from "../quorum/index.ts";
import { assert, type Result, Secret } from "../safety/index.ts";
import { ascii, portableSuite, type Suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import {
  type EpochLeaf,
  epochLeafHash,
  headHash,
  NO_HEAD,
  proveEpoch,
  proveSuccession,
  signHead,
  type SignedHead,
  type Succession,
} from "../tlog/index.ts";
import { MemoryLog, mutations, noise } from "../tlog/testing.ts";
import {
  type Capsule,
  EMPTY_HASH,
  firstTerm,
  futureVersions,
  type HeldEpoch,
  type HistoryProof,
  insertStored,
  type LogAnchor,
  logId,
  type LogView,
  markerOf,
  openedLeaf,
  type Opening,
  placeVersion,
  register,
  type Registration,
  type Transfer,
  transferTo,
  type TreeLeaf,
} from "./index.ts";

/** When the first epoch began; each lasts {@link EPOCH_MS}. */
export const STARTED_AT = 1_700_000_000_000;
export const EPOCH_MS = 60_000;

function remembered<A extends readonly unknown[], R>(
  keyOf: (...args: A) => readonly Uint8Array[],
  compute: (...args: A) => R,
): (...args: A) => R {
  const known = new Map<string, R>();
  return (...args) => {
    const key = keyOf(...args)
      .map((part) => bytesToHex(part))
      .join(":");
    if (!known.has(key)) known.set(key, compute(...args));
    return known.get(key) as R;
  };
}

/** A suite that remembers what is slow: a fixture proves and verifies the same statements over and over. */
function remembering(suite: Suite): Suite {
  const seeded = (seed: Secret, input: Uint8Array): Uint8Array[] => [seed.expose(), input];
  return {
    ...suite,
    vrfProve: remembered(seeded, suite.vrfProve),
    vrfVerify: remembered((...args) => args, suite.vrfVerify),
    blsSign: remembered(seeded, suite.blsSign),
    blsVerify: remembered((keys, message, signature) => [...keys, message, signature], suite.blsVerify),
    ed25519Verify: remembered((...args) => args, suite.ed25519Verify),
  };
}

export const suite: Suite = remembering(portableSuite);

export function must<T>(result: Result<T, string>): T {
  if (!result.ok) throw new Error(result.error);
  return result.value;
}

export function codeOf(result: Result<unknown, string>): string {
  return result.ok ? "ok" : result.error;
}

/** 32 bytes that differ by name. */
export function digest(name: string): Uint8Array {
  return suite.sha256(ascii(name));
}

export function accountOf(name: string): Account {
  return generateAccount(suite, countingRandom(`account ${name}`));
}

/** A contact card as people have them: a name and one address. */
export function cardOf(account: Account, name: string): Uint8Array {
  return cardToBytes({
    account: account.publicKey,
    device: digest(`device ${name}`).subarray(0, 16),
    introduction: new Secret(digest(`introduction ${name}`)),
    label: name,
    addresses: [`/dns4/${name}.example/udp/4433/quic-v1`],
  });
}

export interface Witness {
  readonly seed: Secret;
  readonly publicKey: Uint8Array;
}

function witnessesOf(name: string, count: number): readonly Witness[] {
  return Array.from({ length: count }, (_, i) => {
    const seed = new Secret(digest(`witness ${name} ${i}`));
    return { seed, publicKey: suite.blsPublic(seed) };
  });
}

/** Witnesses and the set that they form. */
export class Quorum {
  readonly set: WitnessSet;
  readonly #witnesses: readonly Witness[];

  constructor(name: string, count: number, threshold: number) {
    this.#witnesses = witnessesOf(name, count);
    const members = this.#witnesses.map(({ publicKey, seed }) => ({
      key: publicKey,
      possession: suite.blsProvePossession(seed),
    }));
    this.set = must(enrol(suite, members, threshold));
  }

  /** The parts of the first `count` members of the set, the threshold unless told, over a hash. */
  parts(hash: Uint8Array, count: number = this.set.threshold): ReadonlyMap<number, Uint8Array> {
    return new Map(
      this.set.members.slice(0, count).map(({ key }, i) => {
        const witness = this.#witnesses.find(({ publicKey }) => bytesToHex(publicKey) === bytesToHex(key));
        assert(witness !== undefined, "member of another set");
        return [i, cosign(suite, witness.seed, hash)] as const;
      }),
    );
  }

  cosign(head: SignedHead, count?: number): CosignedHead {
    const cosignature = combine(suite, { ...this.set, threshold: 1 }, this.parts(headHash(suite, head), count));
    assert(cosignature !== undefined, "no witness cosigned");
    return { head, cosignature };
  }
}

/** A real directory over a real tree, log and quorum in memory; it says whatever a test wants it to. */
export class TestDirectory {
  readonly name: string;
  readonly anchor: LogAnchor;
  readonly log: Uint8Array;
  readonly vrf: Secret;
  readonly signing: Secret;
  readonly quorum: Quorum;
  readonly heads: CosignedHead[];
  readonly #leaves: EpochLeaf[];
  readonly #tiles: MemoryLog;
  readonly #nodes: Map<string, Uint8Array>;
  readonly #openings: Map<string, Opening[]>;
  #pending: TreeLeaf[] = [];

  constructor(name: string, quorum: Quorum, original?: TestDirectory) {
    this.name = name;
    this.quorum = quorum;
    this.signing = new Secret(digest(`${name} signing`));
    this.vrf = new Secret(digest(`${name} vrf`));
    this.anchor = {
      name,
      key: suite.ed25519Public(this.signing),
      vrf: suite.vrfPublic(this.vrf),
      witnesses: quorum.set,
      cost: { memoryKiB: 8, passes: 1 },
      epochMs: EPOCH_MS,
    };
    this.log = logId(suite, this.anchor);
    this.heads = [...(original?.heads ?? [])];
    this.#leaves = [...(original?.leaves ?? [])];
    this.#tiles = new MemoryLog(original?.tiles);
    this.#nodes = new Map(original?.nodes);
    this.#openings = new Map([...(original?.openings ?? [])].map(([label, openings]) => [label, [...openings]]));
  }

  get leaves(): readonly EpochLeaf[] {
    return this.#leaves;
  }

  get tiles(): MemoryLog {
    return this.#tiles;
  }

  get nodes(): ReadonlyMap<string, Uint8Array> {
    return this.#nodes;
  }

  get openings(): ReadonlyMap<string, readonly Opening[]> {
    return this.#openings;
  }

  /** Another story with the same beginning. */
  fork(): TestDirectory {
    return new TestDirectory(this.name, this.quorum, this);
  }

  transfer(label: string, version: number, from: Account, to: Account): Transfer {
    return transferTo(suite, from, this.log, label, version, to.publicKey);
  }

  /** What `account` would sign for a version of the label. */
  statement(label: string, version: number, account: Account, change: Partial<Registration> = {}): Registration {
    const lineage = this.#openings.get(label)?.at(-1)?.registration.lineage ?? [];
    const card = cardOf(account, label.replaceAll(/[^a-z0-9]/gu, ""));
    const issued = STARTED_AT + version;
    return register(suite, account, { log: this.log, label, version, card, lineage, issued, ...change });
  }

  opening(registration: Registration): Opening {
    const { label, version } = registration;
    const { proof } = placeVersion(suite, this.vrf, label, version);
    return { version, proof, salt: digest(`${this.name} salt ${label} ${version}`), registration };
  }

  /** The next version of a label, in the next epoch. */
  register(label: string, account: Account, change: Partial<Registration> = {}): Opening {
    const version = (this.#openings.get(label) ?? []).length + 1;
    const opening = this.opening(this.statement(label, version, account, change));
    this.tell(opening);
    this.plant(openedLeaf(suite, this.place(label, opening.version), opening));
    return opening;
  }

  /** Makes an opening known as that of the label's next version, whatever is in the tree. */
  tell(opening: Opening): void {
    const { label } = opening.registration;
    this.#openings.set(label, [...(this.#openings.get(label) ?? []), opening]);
  }

  /** Any leaf at all, in the next epoch. */
  plant(...leaves: readonly TreeLeaf[]): void {
    this.#pending.push(...leaves);
  }

  /** Where a version of a label belongs. */
  place(label: string, version: number): Uint8Array {
    return placeVersion(suite, this.vrf, label, version).index;
  }

  vrfProof(label: string, version: number): Uint8Array {
    return placeVersion(suite, this.vrf, label, version).proof;
  }

  /** Ends an epoch: a head that the quorum cosigned. It says that it is for the witness set `named`. */
  close(named: WitnessSet = this.quorum.set): CosignedHead {
    const epoch = this.heads.length + 1;
    const before = this.#leaves.at(-1)?.root ?? EMPTY_HASH;
    const { root: tree, writes } = must(insertStored(suite, this.#reader, before, this.#pending));
    for (const { hash, record } of writes) this.#nodes.set(bytesToHex(hash), record.slice());
    this.#pending = [];
    const newest = this.heads.at(-1)?.head;
    const previous = newest === undefined ? NO_HEAD : headHash(suite, newest);
    const leaf = { epoch, root: tree, previous, changes: digest(`changes ${epoch}`) };
    this.#leaves.push(leaf);
    const root = this.#tiles.append(epochLeafHash(suite, leaf));
    const time = STARTED_AT + epoch * EPOCH_MS;
    const witnesses = witnessSetId(suite, named);
    const statement = { log: this.log, epoch, size: epoch, root, previous, time, witnesses };
    const head = this.quorum.cosign(signHead(suite, this.signing, statement));
    this.heads.push(head);
    return head;
  }

  head(epoch: number = this.heads.length): CosignedHead {
    const head = this.heads[epoch - 1];
    assert(head !== undefined, "no such epoch");
    return head;
  }

  held(epoch: number = this.heads.length): HeldEpoch {
    const head = this.head(epoch);
    const leaf = this.#leaves[epoch - 1] as EpochLeaf;
    return { head, epoch: proveEpoch(suite, this.#tiles, head.head, leaf), nodes: this.#reader };
  }

  succession(from: number | undefined, to: number = this.heads.length): Succession | undefined {
    if (from === undefined) return undefined;
    const leafOf = (epoch: number): EpochLeaf => this.#leaves[epoch - 1] as EpochLeaf;
    return proveSuccession(suite, this.#tiles, leafOf, this.head(from).head, this.head(to).head);
  }

  /** Of a client that accepted the head of `last`, and asks a second after the epoch `now` ended. */
  view(last?: number, now: number = this.heads.length, change: Partial<LogView> = {}): LogView {
    return {
      anchor: this.anchor,
      terms: [firstTerm(this.anchor)],
      last: last === undefined ? undefined : this.head(last).head,
      now: this.head(now).head.time + 1_000,
      headAgeMsMax: 2 * EPOCH_MS,
      ...change,
    };
  }

  /** The capsule when `version` was the latest. */
  capsule(label: string, version: number = (this.#openings.get(label) ?? []).length): Capsule {
    const openings = this.#openings.get(label) ?? [];
    const [latest, first] = [openings[version - 1], openings[0]];
    assert(latest !== undefined && first !== undefined, "no such version");
    const marker = markerOf(version);
    return {
      latest,
      next: this.vrfProof(label, version + 1),
      marker: marker === version ? undefined : this.vrfProof(label, marker),
      first: version === 1 ? undefined : first,
    };
  }

  /** What a history from `from` to `latest` says beside its standing. */
  history(label: string, from = 1, latest?: number): Omit<HistoryProof, "standing"> {
    const openings = (this.#openings.get(label) ?? []).slice(0, latest);
    return {
      first: from === 1 ? undefined : openings[0],
      openings: openings.slice(from - 1),
      absent: futureVersions(openings.length).map((version) => this.vrfProof(label, version)),
    };
  }

  readonly #reader = { node: (hash: Uint8Array): Uint8Array | undefined => this.#nodes.get(bytesToHex(hash)) };
}

/** Labels of the directory of {@link settled} and their versions at the end of each epoch. */
export const TRUTH: Readonly<Record<string, readonly number[]>> = {
  "alice@example": [1, 2, 3, 4, 5],
  bob: [1, 1, 2, 2, 3],
  "carol-2": [1, 1, 1, 1, 1],
  dave: [0, 0, 1, 1, 1],
  erin: [0, 0, 0, 0, 1],
};
export const NOBODY = "nobody";

/**
 * Epochs of the labels of {@link TRUTH}, but for one of them, among some leaves of others. Alice's is another account's
 * from version 4 on. The same for the same arguments.
 */
export function settled(name: string, epochs = 5, without?: string): TestDirectory {
  const directory = new TestDirectory(name, new Quorum(name, 3, 2));
  for (let epoch = 1; epoch <= epochs; epoch++) {
    for (const [label, versions] of Object.entries(TRUTH)) {
      const version = versions[epoch - 1] as number;
      if (label === without || version === (versions[epoch - 2] ?? 0)) continue;
      if (label !== "alice@example" || version < 4) directory.register(label, accountOf(label));
      else if (version === 4) directory.register(label, accountOf("alicia"), { lineage: [handover(directory)] });
      else directory.register(label, accountOf("alicia"));
    }
    for (let i = 0; i < 4; i++) directory.plant(leafOf(`${epoch} ${i}`));
    directory.close();
  }
  return directory;
}

function handover(directory: TestDirectory): Transfer {
  return directory.transfer("alice@example", 4, accountOf("alice@example"), accountOf("alicia"));
}

/** Somebody's leaf. */
export function leafOf(name: string): TreeLeaf {
  return { index: digest(`index ${name}`), commitment: digest(`commitment ${name}`) };
}

/** Leaves that make the path to `index` as deep as in a full tree of 2^depth leaves. */
export function deepen(index: Uint8Array, depth: number): readonly TreeLeaf[] {
  return Array.from({ length: depth }, (_, level) => {
    const beside = digest(`beside ${bytesToHex(index)} ${level}`);
    for (let bit = 0; bit <= level; bit++) {
      const mask = 0x80 >> (bit & 7);
      const wanted = ((index[bit >> 3] as number) & mask) ^ (bit === level ? mask : 0);
      beside[bit >> 3] = ((beside[bit >> 3] as number) & ~mask) | wanted;
    }
    return { index: beside, commitment: digest(`beside ${level}`) };
  });
}

/**
 * Changes the encoding of a true proof in many ways: whatever still decodes is refused by `verify`, which gives "ok" or
 * a code, and never throws. At least `least` changed proofs must get that far.
 */
export function expectChangesRefused<T>(
  codec: Codec<T>,
  proof: T,
  bytesMax: number,
  verify: (proof: T) => string,
  { runs, least }: { readonly runs: number; readonly least: number },
): void {
  const bytes = encode(codec, proof);
  expect(must(decode(codec, bytes, bytesMax))).toEqual(proof);
  expect(verify(proof)).toBe("ok");
  let decoded = 0;
  const property = fc.property(mutations, noise, (mutate, random) => {
    expect(decode(codec, random, bytesMax).ok).toBe(false);
    const changed = mutate(bytes);
    const found = decode(codec, changed, bytesMax);
    if (!found.ok || Buffer.from(bytes).equals(changed)) return;
    decoded++;
    expect(verify(found.value)).toMatch(/^vkd\//u);
  });
  fc.assert(property, { seed: 0x5ea1, numRuns: runs });
  expect(decoded).toBeGreaterThanOrEqual(least);
}
