import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { bytesToHex } from "@noble/hashes/utils.js";
import { assert, beforeEach, describe, expect, test } from "vitest";
import { encode } from "../../core/codec/index.ts";
import { type CosignedHead, cosignedHeadCodec } from "../../core/quorum/index.ts";
import type { SignedHead } from "../../core/tlog/index.ts";
import { ANY_LOG, contentKey, indexKey, type IndexWrite, numberBytes } from "../../core/vkd/index.ts";
import { auditEnd, auditEpochs } from "./audit-walk.ts";
import type { DirectoryFolder } from "./directory-folder.ts";
import { Place } from "./testing.ts";

const EPOCHS = 5;

let place: Place;
beforeEach(async () => {
  place = await Place.make();
  for (let epoch = 1; epoch <= EPOCHS; epoch++) {
    await place.register("alice");
    await place.register(`person-${epoch}`);
    await place.publish(epoch % 2 === 0 ? 2 : 3);
  }
});

/** Every failure, as `epoch check: why`. */
function auditAll(folder: DirectoryFolder, accepted?: SignedHead): string[] {
  const { epoch } = folder.registry.replica;
  const audited = [...auditEpochs(folder, 1, epoch)];
  const whole = audited.every(({ failure }) => failure === undefined);
  const changes = whole ? audited.reduce((sum, each) => sum + each.changes, 0) : undefined;
  const failures = audited.flatMap(({ failure }) => failure ?? []);
  return [...failures, ...auditEnd(folder, epoch, changes, accepted)].map(
    ({ check, epoch: at, why }) => `${at} ${check}: ${why}`,
  );
}

/** What an audit says after the index was changed behind the directory's back. */
function tampered(writes: (folder: DirectoryFolder) => readonly IndexWrite[]): Promise<string[]> {
  return place.with(async (folder) => {
    await folder.write(writes(folder));
    return auditAll(folder);
  });
}

const headKey = (folder: DirectoryFolder, epoch: number): Uint8Array => indexKey("s", folder.registry.log, epoch);

test("a log that nobody touched holds, with every change counted", async () => {
  await place.with((folder) => {
    const last = folder.registry.replica.head(EPOCHS)?.head;
    expect(auditAll(folder, last)).toEqual([]);
    expect([...auditEpochs(folder, 2, 4)].map(({ changes, epoch }) => [epoch, changes])).toEqual([
      [2, 2],
      [3, 2],
      [4, 2],
    ]);
  });
});

describe("is found, by name and epoch:", () => {
  test("any node of any tree that was altered or lost", async () => {
    const keys = await place.with(({ index, registry }) => {
      const found = new Map<string, Uint8Array>();
      const visit = (hash: Uint8Array): void => {
        const key = indexKey("n", ANY_LOG, hash);
        const record = index.get(key);
        if (record === undefined || found.has(bytesToHex(key))) return;
        found.set(bytesToHex(key), key);
        if (record[0] === 0x11) for (const at of [1, 33]) visit(record.subarray(at, at + 32));
      };
      for (let epoch = 1; epoch <= EPOCHS; epoch++) visit(registry.replica.treeRoot(epoch));
      return [...found.values()];
    });
    expect(keys.length).toBeGreaterThan(2 * EPOCHS);
    await place.with(async (folder) => {
      for (const [i, key] of keys.entries()) {
        const record = folder.index.get(key);
        assert(record !== undefined);
        const altered = new Uint8Array(record);
        altered[64] = (altered[64] as number) ^ 1;
        await folder.write([{ key, value: i % 3 === 0 ? undefined : altered }]);
        const failures = auditAll(folder);
        expect(failures.length).toBeGreaterThan(0);
        for (const failure of failures)
          expect(failure).toMatch(/^\d (?:changes|tree): (?:a stored node|a node of the tree) is/u);
        await folder.write([{ key, value: record }]);
      }
      expect(auditAll(folder)).toEqual([]);
    });
  });

  test("a head that was removed, and an epoch that was", async () => {
    expect(await tampered((folder) => [{ key: headKey(folder, 3), value: undefined }])).toEqual([
      "3 head: it is missing from the index",
      "4 chain: the head before is missing from the index",
    ]);
  });

  test("the leaf of an epoch that was removed", async () => {
    const failures = await tampered(({ registry }) => [{ key: indexKey("e", registry.log, 3), value: undefined }]);
    expect(failures).toEqual([
      "3 chain: an epoch is missing from the index",
      "4 changes: an epoch is missing from the index",
    ]);
  });

  test("every hash of the log that was altered", async () => {
    for (const [level, index, found] of [
      [0, 0, "1 leaf: the log has another root"],
      [0, 1, "2 chain: tlog/inconsistent"],
      [1, 0, "2 leaf: the log has another root"],
      [2, 0, "4 leaf: the log has another root"],
      [0, 4, "5 chain: tlog/inconsistent"],
    ] as const) {
      const key = await place.with(({ registry }) => indexKey("l", registry.log, level, index));
      const original = await place.with((folder) => folder.index.get(key));
      assert(original !== undefined);
      expect((await tampered(() => [{ key, value: new Uint8Array(32) }]))[0]).toBe(found);
      expect(await tampered(() => [{ key, value: original }])).toEqual([]);
    }
  });

  test("a head that its directory did not sign, is of another epoch, or that no witness saw", async () => {
    const [second, third] = await place.with(({ registry }) => [registry.replica.head(2), registry.replica.head(3)]);
    assert(second !== undefined && third !== undefined);
    const replaced = async (head: CosignedHead): Promise<string | undefined> =>
      (await tampered((folder) => [{ key: headKey(folder, 2), value: encode(cosignedHeadCodec, head) }]))[0];
    const later = { ...second.head, time: second.head.time + 1 };
    expect(await replaced({ ...second, head: later })).toBe("2 signature: vkd/head-signature");
    expect(await replaced(third)).toBe("2 signature: it is of epoch 3");
    expect(await replaced({ ...second, cosignature: third.cosignature })).toBe("2 witnesses: quorum/signature");
    const few = { ...second.cosignature, signers: Uint8Array.of(1) };
    expect(await replaced({ ...second, cosignature: few })).toBe("2 witnesses: quorum/under-threshold");
    expect(await replaced(second)).toBeUndefined();
  });

  test("a head that directory and witnesses made again, by the log that it is in", async () => {
    const old = join(place.root, "old");
    cpSync(place.path, old, { recursive: true });
    await place.publish();
    for (const path of place.witnessPaths) rmSync(join(path, "logs"), { recursive: true });
    await place.with((folder) => folder.register(place.account("alice"), "alice", place.now), old);
    const { cosigned } = await place.publish(2, old);
    assert(cosigned !== undefined);
    const key = await place.with((folder) => headKey(folder, EPOCHS + 1));
    expect(await tampered(() => [{ key, value: encode(cosignedHeadCodec, cosigned) }])).toEqual([
      `${EPOCHS + 1} chain: tlog/inconsistent`,
    ]);
  });

  test("bytes that are no head", async () => {
    const failures = await tampered((folder) => [{ key: headKey(folder, 2), value: Uint8Array.of(1, 2, 3) }]);
    expect(failures[0]).toBe("2 head: the index holds what this program did not write");
  });

  test("a change list that was removed or altered", async () => {
    const manifest = ({ registry }: DirectoryFolder): Uint8Array => contentKey(registry.replica.leaf(2).changes);
    const original = await place.with((folder) => folder.index.get(manifest(folder)));
    assert(original !== undefined);
    expect(await tampered((folder) => [{ key: manifest(folder), value: undefined }])).toEqual([
      "2 change list: content/missing",
    ]);
    const altered = new Uint8Array(original);
    altered[altered.length - 1] = (altered.at(-1) as number) ^ 1;
    expect(await tampered((folder) => [{ key: manifest(folder), value: altered }])).toEqual([
      "2 change list: content/altered",
    ]);
    expect(await tampered((folder) => [{ key: manifest(folder), value: original }])).toEqual([]);
  });

  test("an end that was cut off", async () => {
    const last = await place.with(({ registry }) => registry.replica.head(EPOCHS)?.head);
    const count = (folder: DirectoryFolder): IndexWrite => ({
      key: indexKey("t", folder.registry.log),
      value: numberBytes(EPOCHS - 1),
    });
    expect(await tampered((folder) => [count(folder)])).toEqual([
      `${EPOCHS} head: the index has one, though it counts ${EPOCHS - 1} epochs`,
    ]);
    await place.with(async (folder) => {
      await folder.write([{ key: headKey(folder, EPOCHS), value: undefined }]);
      // What is left is a log as it was once. Only somebody who remembers its end can tell.
      expect(auditAll(folder)).toEqual([]);
      expect(auditAll(folder, last)).toEqual([
        `${EPOCHS} accepted head: the log ends at epoch ${EPOCHS - 1}: it was rolled back`,
      ]);
    });
  });
});
