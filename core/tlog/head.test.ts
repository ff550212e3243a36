import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { AssertionFailure } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import {
  EPOCH_LEAF_BYTES_MAX,
  EPOCH_PROOF_BYTES_MAX,
  epochLeafCodec,
  epochLeafHash,
  epochProofCodec,
  proveEpoch,
  verifyEpoch,
} from "./epoch.ts";
import {
  headHash,
  NO_HEAD,
  signHead,
  SIGNED_HEAD_BYTES_MAX,
  type SignedHead,
  signedHeadCodec,
  type TreeHead,
  verifyHead,
} from "./head.ts";
import { proveInclusion } from "./inclusion.ts";
import { digest, Directory, mutated, mutations, noise } from "./testing.ts";
import { EPOCHS_MAX, leafHash } from "./tree.ts";

const SEED = 0x4ead;
const directory = Directory.of("heads", 20);
const { key } = directory;

describe("a signed head", () => {
  test("verifies under its directory's key, and under no other", () => {
    for (const head of directory.heads) {
      expect(decode(signedHeadCodec, encode(signedHeadCodec, head), SIGNED_HEAD_BYTES_MAX)).toEqual({
        ok: true,
        value: head,
      });
      expect(verifyHead(suite, key, head)).toBe(true);
      expect(verifyHead(suite, Directory.of("stranger", 0).key, head)).toBe(false);
    }
  });

  test("is covered wholly: no change of its encoding is a head of this directory", () => {
    const property = fc.property(fc.integer({ min: 1, max: 20 }), mutations, (epoch, mutate) => {
      const changed = mutated(signedHeadCodec, directory.head(epoch), mutate);
      if (changed !== undefined) expect(verifyHead(suite, key, changed)).toBe(false);
    });
    fc.assert(property, { seed: SEED, numRuns: 400 });
  });

  test("has another hash when any field differs, and the same whatever its signature", () => {
    const head = directory.head(7);
    const hash = headHash(suite, head);
    const others: Partial<TreeHead>[] = [
      { log: digest("other") },
      { epoch: 8, size: 8 },
      { root: digest("other") },
      { previous: digest("other") },
      { time: head.time + 1 },
      { witnesses: digest("other") },
    ];
    const hashes = others.map((other) => Buffer.from(headHash(suite, { ...head, ...other })).toString("hex"));
    expect(new Set([...hashes, Buffer.from(hash).toString("hex")]).size).toBe(others.length + 1);
    expect(headHash(suite, { ...head, signature: new Uint8Array(64) } as SignedHead)).toEqual(hash);
  });

  test("has one leaf an epoch, from epoch 1, and names a head before it from epoch 2", () => {
    const head = directory.head(2);
    const refused: Partial<TreeHead>[] = [
      { size: 3 },
      { epoch: 3 },
      { epoch: 0, size: 0 },
      { epoch: 0, size: 0, previous: NO_HEAD },
      { epoch: 1, size: 1 },
      { previous: NO_HEAD },
    ];
    for (const other of refused) {
      expect(() => signHead(suite, directory.seed, { ...head, ...other })).toThrow(AssertionFailure);
    }
    // The same from a peer, written past the encoder's assertion: bytes 35 and 36 are epoch and size.
    const bytes = encode(signedHeadCodec, head);
    expect([...bytes.subarray(35, 37)]).toEqual([2, 2]);
    for (const [epoch, size] of [
      [2, 3],
      [3, 2],
      [0, 0],
      [1, 1],
    ] as const) {
      const changed = Uint8Array.from(bytes);
      changed.set([epoch, size], 35);
      expect(decode(signedHeadCodec, changed, SIGNED_HEAD_BYTES_MAX)).toEqual({
        ok: false,
        error: "codec/out-of-range",
      });
    }
  });

  test("takes SIGNED_HEAD_BYTES_MAX bytes at most", () => {
    const head = { ...directory.head(2), epoch: EPOCHS_MAX, size: EPOCHS_MAX, time: Number.MAX_SAFE_INTEGER };
    expect(encode(signedHeadCodec, head).length).toBe(SIGNED_HEAD_BYTES_MAX);
  });
});

describe("an epoch proof", () => {
  const proofOf = (epoch: number) => proveEpoch(suite, directory.log, directory.head(epoch), directory.leafOf(epoch));

  test("shows the newest leaf of each head, and of no other head", () => {
    for (const head of directory.heads) {
      const proof = proofOf(head.epoch);
      expect(decode(epochProofCodec, encode(epochProofCodec, proof), EPOCH_PROOF_BYTES_MAX)).toEqual({
        ok: true,
        value: proof,
      });
      for (const other of directory.heads) expect(verifyEpoch(suite, other, proof)).toBe(other === head);
    }
  });

  test("shows no older leaf that is in the log too", () => {
    const head = directory.head(9);
    const inclusion = proofOf(9).inclusion;
    expect(verifyEpoch(suite, head, { leaf: directory.leafOf(8), inclusion })).toBe(false);
    expect(() => proveEpoch(suite, directory.log, head, directory.leafOf(8))).toThrow(AssertionFailure);
  });

  test("shows no leaf that counts another epoch than its place", () => {
    const liar = Directory.of("liar", 4);
    liar.advance("", 5_000, { epoch: 6 });
    const inclusion = proveInclusion(suite, liar.log, 4, 5);
    expect(verifyEpoch(suite, liar.head(5), { leaf: liar.leafOf(5), inclusion })).toBe(false);
  });

  test("needs leaf and head to name one head before them", () => {
    const head = { ...directory.head(9), previous: digest("another parent") };
    expect(verifyEpoch(suite, head, proofOf(9))).toBe(false);
  });

  test("is covered wholly: no change of its encoding shows anything", () => {
    const property = fc.property(fc.integer({ min: 1, max: 20 }), mutations, (epoch, mutate) => {
      const changed = mutated(epochProofCodec, proofOf(epoch), mutate);
      if (changed !== undefined) expect(verifyEpoch(suite, directory.head(epoch), changed)).toBe(false);
    });
    fc.assert(property, { seed: SEED, numRuns: 1_000 });
  });

  test("takes EPOCH_PROOF_BYTES_MAX bytes at most", () => {
    const leaf = { ...directory.leafOf(2), epoch: EPOCHS_MAX };
    expect(encode(epochLeafCodec, leaf).length).toBe(EPOCH_LEAF_BYTES_MAX);
    const inclusion = Array.from({ length: 32 }, () => digest("hash"));
    expect(encode(epochProofCodec, { leaf, inclusion }).length).toBe(EPOCH_PROOF_BYTES_MAX);
  });
});

test("an epoch's leaf names a head before it exactly from epoch 2, by encoder and decoder", () => {
  const leaf = directory.leafOf(2);
  for (const other of [{ epoch: 0 }, { epoch: 0, previous: NO_HEAD }, { epoch: 1 }, { previous: NO_HEAD }]) {
    expect(() => encode(epochLeafCodec, { ...leaf, ...other })).toThrow(AssertionFailure);
  }
  // The epoch is the second byte.
  for (const epoch of [0, 1]) {
    const bytes = encode(epochLeafCodec, leaf);
    bytes[1] = epoch;
    expect(decode(epochLeafCodec, bytes, EPOCH_LEAF_BYTES_MAX)).toEqual({ ok: false, error: "codec/out-of-range" });
  }
});

test("an epoch's leaf is hashed as a leaf of RFC 6962, under a domain", () => {
  const leaf = directory.leafOf(3);
  const statement = Buffer.concat([Buffer.from("chhaya epoch leaf v1\0"), encode(epochLeafCodec, leaf)]);
  expect(epochLeafHash(suite, leaf)).toEqual(leafHash(suite, statement));
});

test("decoders are total on any bytes, and what they accept has no other encoding", () => {
  const property = fc.property(noise, (bytes) => {
    for (const codec of [signedHeadCodec, epochProofCodec, epochLeafCodec]) {
      const decoded = decode<unknown>(codec, bytes, 10_000);
      if (decoded.ok) expect(encode<unknown>(codec, decoded.value)).toEqual(bytes);
      else expect(decoded.error).toMatch(/^codec\//u);
    }
  });
  fc.assert(property, { seed: SEED, numRuns: 2_000 });
});
