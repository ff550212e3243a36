import { cpSync, existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex } from "@noble/hashes/utils.js";
import { assert, describe, expect, test } from "vitest";
import { headHash, type SignedHead } from "../../core/tlog/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { decidedEpoch } from "./publishing.ts";
import { HOUR_MS, Place, STARTED_AT } from "./testing.ts";

const hashOf = (head: SignedHead): string => bytesToHex(headHash(nativeSuite, head));

/** What a directory is left with when everything that happened after `moment` is undone, as far as the files go. */
function snapshot(place: Place, name: string): () => void {
  const kept = join(place.root, name);
  cpSync(place.path, kept, { recursive: true });
  return () => {
    rmSync(place.path, { recursive: true });
    cpSync(kept, place.path, { recursive: true });
  };
}

test("an epoch is signed, cosigned and kept, and the next one follows it", async () => {
  const place = await Place.make();
  await place.register("alice");
  const first = await place.publish();
  expect(first).toMatchObject({ changes: 1, signers: 2, head: { epoch: 1, time: STARTED_AT } });
  expect(first.answers.map(({ answer }) => answer.kind)).toEqual(["cosigned", "cosigned"]);
  await place.register("alice");
  await place.register("bob");
  const second = await place.publish(3);
  expect(second).toMatchObject({ changes: 2, signers: 3, head: { epoch: 2, time: STARTED_AT + HOUR_MS } });
  expect(bytesToHex(second.head.previous)).toBe(hashOf(first.head));
  await place.with(({ path, registry }) => {
    expect([registry.latest("alice"), registry.latest("bob")]).toEqual([2, 1]);
    expect(registry.replica.head(2)).toEqual(second.cosigned);
    expect(readdirSync(join(path, "pending"))).toEqual([]);
    expect(existsSync(join(path, "decision"))).toBe(false);
  });
});

test("an epoch of nothing is an epoch, and a clock that runs backwards does not date it back", async () => {
  const place = await Place.make();
  const first = await place.publish();
  place.now = STARTED_AT - HOUR_MS;
  const second = await place.publish(2);
  expect([first.head.time, second.head.time]).toEqual([STARTED_AT, STARTED_AT]);
  expect(second.answers.map(({ answer }) => answer)).toEqual(
    Array(2).fill({ kind: "refused", code: "witness/from-future" }),
  );
  expect(second.cosigned).toBeUndefined();
});

describe("once decided, an epoch is the same until it is published", () => {
  test("while witnesses are too few, whatever is registered meanwhile", async () => {
    const place = await Place.make();
    await place.register("alice");
    const alone = await place.publish(1);
    expect(alone).toMatchObject({ signers: 1, cosigned: undefined });
    await place.with((folder) => expect(decidedEpoch(folder)?.labels).toEqual(["alice"]));
    await place.register("bob");
    await expect(place.register("alice")).rejects.toThrow('"alice" waits for the next epoch already');
    const nobody = await place.publish(0);
    const both = await place.publishWith(place.witnessPaths.slice(2));
    for (const publication of [nobody, both]) expect(hashOf(publication.head)).toBe(hashOf(alone.head));
    expect(both).toMatchObject({ changes: 1, signers: 2 });
    assert(both.cosigned !== undefined);
    await place.with((folder) => {
      expect(decidedEpoch(folder)).toBeUndefined();
      expect(folder.pending().map(({ label }) => label)).toEqual(["bob"]);
    });
  });

  test("after a crash that lost everything since the decision", async () => {
    const place = await Place.make();
    await place.register("alice");
    const decided = await place.publish(0);
    const crash = snapshot(place, "decided");
    const published = await place.publish();
    crash();
    const again = await place.publish();
    for (const { head } of [published, again]) expect(hashOf(head)).toBe(hashOf(decided.head));
    expect(again.cosigned).toEqual(published.cosigned);
  });

  test("after a crash between the index and the files", async () => {
    const place = await Place.make();
    await place.register("alice");
    await place.publish(0);
    cpSync(join(place.path, "decision"), join(place.root, "decision"));
    cpSync(join(place.path, "pending"), join(place.root, "pending"), { recursive: true });
    const published = await place.publish();
    cpSync(join(place.root, "decision"), join(place.path, "decision"));
    cpSync(join(place.root, "pending"), join(place.path, "pending"), { recursive: true });
    // What the crash left behind stops nobody, and is not registered twice.
    await place.register("alice");
    const again = await place.publish();
    expect(hashOf(again.head)).toBe(hashOf(published.head));
    expect(again).toMatchObject({ answers: [], changes: 1, cosigned: published.cosigned });
    const next = await place.publish();
    expect(next).toMatchObject({ changes: 1, head: { epoch: 2 } });
    await place.with(({ registry }) => expect(registry.latest("alice")).toBe(2));
  });

  test("or not at all, when its registrations were lost or altered", async () => {
    const place = await Place.make();
    await place.register("alice");
    await place.publish(0);
    const pending = join(place.path, "pending", "alice");
    const crash = snapshot(place, "decided");
    rmSync(pending);
    await expect(place.publish()).rejects.toThrow('the epoch under way holds "alice", whose registration is missing');
    await place.register("alice");
    await expect(place.publish()).rejects.toThrow(/is not what its registrations give: they were altered$/u);
    writeFileSync(pending, "CHHAYAREGISTRATION1:AAAA");
    await expect(place.publish()).rejects.toThrow(/pending\/alice does not hold a registration/u);
    crash();
    expect(await place.publish()).toMatchObject({ changes: 1, signers: 2 });
  });
});

test("a directory that was restored from an old state is caught by every witness", async () => {
  const place = await Place.make();
  await place.publish(3);
  const restore = snapshot(place, "old");
  await place.publish(3);
  restore();
  await place.register("alice");
  const fork = await place.publish(3);
  expect(fork).toMatchObject({ head: { epoch: 2 }, signers: 0, cosigned: undefined });
  expect(fork.answers.map(({ answer }) => answer.kind)).toEqual(Array(3).fill("conflict"));
  const again = await place.publish(3);
  expect(again.answers).toEqual(fork.answers);
});

test("a witness that was away is led from the head that it signed last, and a stranger is not asked", async () => {
  const place = await Place.make();
  await place.publish(3);
  for (let i = 0; i < 5; i++) await place.publish(2);
  expect((await place.publish(3)).answers.map(({ answer }) => answer.kind)).toEqual(Array(3).fill("cosigned"));
  const other = await Place.make();
  const [stranger = ""] = other.witnessPaths;
  await expect(place.publishWith([stranger])).rejects.toThrow(`${stranger} is not a witness of "test"`);
  await place.with((folder) => expect(decidedEpoch(folder)).toBeUndefined());
});

test("a label is its first owner's", async () => {
  const place = await Place.make();
  await place.register("alice");
  await place.publish();
  await expect(place.register("alice", "mallory")).rejects.toThrow(
    "it belongs to another account (directory/label-taken)",
  );
  await expect(place.register("Alice")).rejects.toThrow('"Alice" is no label');
  await place.with((folder) => expect(folder.pending()).toEqual([]));
});
