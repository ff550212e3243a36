import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { AssertionFailure } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { headHash, type TreeHead } from "./head.ts";
import {
  proveSuccession,
  type Succession,
  SUCCESSION_BYTES_MAX,
  successionCodec,
  verifySuccession,
} from "./succession.ts";
import { digest, Directory, mutated, mutations, noise } from "./testing.ts";
import { EPOCHS_MAX } from "./tree.ts";

const SEED = 0x5cce;
const directory = Directory.of("succession", 40);

const prove = (of: Directory, from: number, to: number): Succession | undefined =>
  proveSuccession(suite, of.log, of.leafOf, of.head(from), of.head(to));

function codeOf(from: TreeHead, to: TreeHead, proof: Succession | undefined): string {
  const verified = verifySuccession(suite, from, to, proof);
  return verified.ok ? "ok" : verified.error;
}

const pairs = fc
  .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 40 }))
  .map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
const properPairs = pairs.filter(([from, to]) => from < to);

describe("an honest directory", () => {
  test("shows that any head descends from any earlier one, in an encoding of its own", () => {
    for (let from = 1; from <= 40; from++) {
      for (let to = from; to <= 40; to++) {
        const proof = prove(directory, from, to);
        expect(proof === undefined).toBe(from === to);
        expect(codeOf(directory.head(from), directory.head(to), proof)).toBe("ok");
        if (proof === undefined) continue;
        const decoded = decode(successionCodec, encode(successionCodec, proof), SUCCESSION_BYTES_MAX);
        expect(decoded).toEqual({ ok: true, value: proof });
      }
    }
  });

  test("needs no proof for one head, and none that comes along is read", () => {
    const head = directory.head(5);
    expect(codeOf(head, { ...head }, undefined)).toBe("ok");
    expect(codeOf(head, head, prove(directory, 2, 9))).toBe("ok");
  });

  test("cannot show an older head, nor any without a proof", () => {
    expect(codeOf(directory.head(9), directory.head(8), prove(directory, 8, 9))).toBe("tlog/older");
    expect(codeOf(directory.head(8), directory.head(9), undefined)).toBe("tlog/inconsistent");
    expect(() => proveSuccession(suite, directory.log, directory.leafOf, directory.head(9), directory.head(8))).toThrow(
      AssertionFailure,
    );
  });

  test("may not turn its clock back, but may stand still", () => {
    const crooked = Directory.of("crooked", 3);
    crooked.advance("", crooked.newest.time);
    expect(codeOf(crooked.head(3), crooked.head(4), prove(crooked, 3, 4))).toBe("ok");
    crooked.advance("", crooked.newest.time - 1);
    expect(codeOf(crooked.head(4), crooked.head(5), prove(crooked, 4, 5))).toBe("tlog/time-backwards");
    expect(codeOf(crooked.head(2), crooked.head(5), prove(crooked, 2, 5))).toBe("ok");
  });
});

describe("a proof", () => {
  test("holds for its two heads only", () => {
    const property = fc.property(properPairs, pairs, ([from, to], [a, b]) => {
      fc.pre(a !== b && (a !== from || b !== to));
      const proof = prove(directory, from, to);
      expect(codeOf(directory.head(a), directory.head(b), proof)).toBe("tlog/inconsistent");
    });
    fc.assert(property, { seed: SEED, numRuns: 200 });
  });

  test("is covered wholly: no change of its encoding shows anything", () => {
    const property = fc.property(properPairs, mutations, ([from, to], mutate) => {
      const changed = mutated(successionCodec, prove(directory, from, to) as Succession, mutate);
      if (changed !== undefined) expect(codeOf(directory.head(from), directory.head(to), changed)).not.toBe("ok");
    });
    fc.assert(property, { seed: SEED, numRuns: 2_000 });
  });

  test("says nothing for heads that differ from its own in any field", () => {
    const [from, to] = [directory.head(6), directory.head(7)];
    const proof = prove(directory, 6, 7);
    const other = digest("other");
    expect(codeOf({ ...from, log: other }, to, proof)).toBe("tlog/other-log");
    expect(codeOf(from, { ...to, log: other }, proof)).toBe("tlog/other-log");
    expect(codeOf({ ...from, root: other }, to, proof)).toBe("tlog/inconsistent");
    expect(codeOf(from, { ...to, root: other }, proof)).toBe("tlog/inconsistent");
    for (const field of ["previous", "witnesses"] as const) {
      expect(codeOf({ ...from, [field]: other }, to, proof)).toBe("tlog/other-parent");
    }
    expect(codeOf({ ...from, time: from.time - 1 }, to, proof)).toBe("tlog/other-parent");
    expect(codeOf(from, { ...to, previous: other }, proof)).toBe("tlog/other-parent");
  });

  test("of a head two or more epochs on need not carry that head's own parent", () => {
    // The leaf of that epoch names it, which `verifyEpoch` compares.
    const to = { ...directory.head(8), previous: digest("other") };
    expect(codeOf(directory.head(6), to, prove(directory, 6, 8))).toBe("ok");
  });
});

describe("a fork", () => {
  const stories = fc.record({
    common: fc.nat(12),
    left: fc.integer({ min: 1, max: 12 }),
    right: fc.integer({ min: 1, max: 12 }),
  });

  function forked({ common, left, right }: { common: number; left: number; right: number }): [Directory, Directory] {
    const a = Directory.of("forking", common);
    const b = a.fork();
    for (let i = 0; i < left; i++) a.advance("left", (common + i + 1) * 1_000);
    for (let i = 0; i < right; i++) b.advance("right", (common + i + 1) * 1_000);
    return [a, b];
  }

  test("never lets a head of one story follow a head of the other, by proofs of either", () => {
    const property = fc.property(stories, fc.nat(), fc.nat(), (story, i, j) => {
      const [a, b] = forked(story);
      const from = story.common + 1 + (i % story.left);
      const to = story.common + 1 + (j % story.right);
      fc.pre(from <= to);
      const [left, right] = [a.head(from), b.head(to)];
      if (from === to) expect(codeOf(left, right, undefined)).toBe("tlog/conflict");
      else {
        expect(codeOf(left, right, prove(b, from, to))).toBe("tlog/inconsistent");
        if (to <= a.heads.length) expect(codeOf(left, right, prove(a, from, to))).toBe("tlog/inconsistent");
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 100 });
  });

  test("of heads over one and the same log is told by the parent that the next leaf names", () => {
    const a = Directory.of("same log", 4);
    const b = a.fork();
    // Two heads of epoch 5 over the same leaves, that differ in their time: both stories go on from there.
    a.advance("same", 5_000);
    b.advance("same", 5_001);
    expect(a.head(5).root).toEqual(b.head(5).root);
    b.advance("same", 6_000);
    expect(codeOf(b.head(5), b.head(6), prove(b, 5, 6))).toBe("ok");
    expect(codeOf(a.head(5), b.head(6), prove(b, 5, 6))).toBe("tlog/other-parent");
    expect(headHash(suite, a.head(5))).not.toEqual(headHash(suite, b.head(5)));
  });
});

describe("a lying directory", () => {
  test("cannot rewrite the log below a head, though the next leaf names that head", () => {
    const honest = Directory.of("liar", 5);
    const liar = Directory.of("liar", 2);
    for (const epoch of [3, 4, 5]) liar.advance("another story", epoch * 1_000);
    const head = liar.advance("", 6_000, { previous: headHash(suite, honest.head(5)) });
    expect(codeOf(honest.head(5), { ...head, previous: headHash(suite, honest.head(5)) }, prove(liar, 5, 6))).toBe(
      "tlog/inconsistent",
    );
  });

  test("cannot put the leaf of another epoch after a head", () => {
    const liar = Directory.of("liar", 5);
    liar.advance("", 6_000, { epoch: 7 });
    liar.advance("", 7_000);
    expect(codeOf(liar.head(5), liar.head(7), prove(liar, 5, 7))).toBe("tlog/inconsistent");
  });

  test("cannot pass off a later leaf that names the head as the next one", () => {
    const liar = Directory.of("liar", 5);
    const parent = headHash(suite, liar.head(5));
    liar.advance("", 6_000, { previous: digest("other") });
    liar.advance("", 7_000, { epoch: 6, previous: parent });
    const [consistency, inclusion] = [prove(liar, 5, 7)?.consistency ?? [], prove(liar, 6, 7)?.inclusion ?? []];
    expect(codeOf(liar.head(5), liar.head(7), prove(liar, 5, 7))).toBe("tlog/other-parent");
    expect(codeOf(liar.head(5), liar.head(7), { consistency, leaf: liar.leafOf(7), inclusion })).toBe(
      "tlog/inconsistent",
    );
  });
});

test("decoder and verifier are total on any bytes", () => {
  const property = fc.property(noise, (bytes) => {
    const decoded = decode(successionCodec, bytes, SUCCESSION_BYTES_MAX);
    if (decoded.ok) expect(encode(successionCodec, decoded.value)).toEqual(bytes);
    else expect(decoded.error).toMatch(/^codec\//u);
  });
  fc.assert(property, { seed: SEED, numRuns: 2_000 });
  const hashes = fc.array(fc.uint8Array({ minLength: 32, maxLength: 32 }), { maxLength: 5 });
  const any = fc.record({ consistency: hashes, inclusion: hashes, leaf: fc.constantFrom(...directory.leaves) });
  const verifies = fc.property(any, properPairs, (proof, [from, to]) => {
    const isProof = from + 1 === to && proof.inclusion.length === 0;
    if (!isProof) expect(codeOf(directory.head(from), directory.head(to), proof)).not.toBe("ok");
  });
  fc.assert(verifies, { seed: SEED, numRuns: 300 });
});

test("a succession takes SUCCESSION_BYTES_MAX bytes at most", () => {
  const hashes = (length: number): Uint8Array[] => Array.from({ length }, () => digest("hash"));
  const leaf = { ...directory.leafOf(2), epoch: EPOCHS_MAX };
  const proof = { consistency: hashes(33), leaf, inclusion: hashes(32) };
  expect(encode(successionCodec, proof).length).toBe(SUCCESSION_BYTES_MAX);
});
