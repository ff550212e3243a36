import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionFailure } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { proveConsistency, verifyConsistency } from "./consistency.ts";
import { proveInclusion, verifyInclusion } from "./inclusion.ts";
import { digest, listMutations, MemoryLog } from "./testing.ts";
import { appendLeaf, EPOCHS_MAX, leafHash, type LogReader, logRoot, nodeHash } from "./tree.ts";
import vectors from "./vectors.json" with { type: "json" };

const SEED = 0x10c;
const { rfc6962 } = vectors;
const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** RFC 6962 section 2.1, word by word, over leaf hashes. */
function treeHash(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return suite.sha256();
  if (leaves.length === 1) return leaves[0] as Uint8Array;
  const k = largestPowerBelow(leaves.length);
  return nodeHash(suite, treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

function largestPowerBelow(n: number): number {
  let k = 1;
  while (k * 2 < n) k *= 2;
  return k;
}

/** RFC 6962 section 2.1.1. */
function path(m: number, leaves: readonly Uint8Array[]): Uint8Array[] {
  if (leaves.length === 1) return [];
  const k = largestPowerBelow(leaves.length);
  return m < k
    ? [...path(m, leaves.slice(0, k)), treeHash(leaves.slice(k))]
    : [...path(m - k, leaves.slice(k)), treeHash(leaves.slice(0, k))];
}

/** RFC 6962 section 2.1.2. */
function subproof(m: number, leaves: readonly Uint8Array[], whole: boolean): Uint8Array[] {
  if (m === leaves.length) return whole ? [] : [treeHash(leaves)];
  const k = largestPowerBelow(leaves.length);
  return m <= k
    ? [...subproof(m, leaves.slice(0, k), whole), treeHash(leaves.slice(k))]
    : [...subproof(m - k, leaves.slice(k), false), treeHash(leaves.slice(0, k))];
}

const leavesOf = (count: number, salt = 0): Uint8Array[] =>
  Array.from({ length: count }, (_, i) => digest(`leaf ${i} of ${salt}`));

/** Two numbers from `least` to a random size, in order. */
const sizes = (least: number): fc.Arbitrary<[number, number]> =>
  fc
    .tuple(fc.integer({ min: least, max: 300 }), fc.integer({ min: least, max: 300 }))
    .map(([a, b]) => [Math.min(a, b), Math.max(a, b)]);

describe("published vectors", () => {
  const leaves = rfc6962.leaves.map((entry) => leafHash(suite, fromHex(entry)));
  const log = MemoryLog.of(leaves);

  test("hashes of complete subtrees, and the root of every size", () => {
    rfc6962.nodes.forEach((hashes, level) => {
      expect(hashes.map((_, index) => toHex(log.hash(level, index)))).toEqual(hashes);
    });
    expect(log.count).toBe(rfc6962.nodes.flat().length);
    expect(rfc6962.roots.map((_, size) => toHex(logRoot(suite, log, size)))).toEqual(rfc6962.roots);
  });

  test.each(rfc6962.inclusion)("inclusion $name: $valid", ({ index, leaf, path: hashes, root, size, valid }) => {
    const found = verifyInclusion(suite, fromHex(leaf), index, size, hashes.map(fromHex), fromHex(root));
    expect(found).toBe(valid);
    if (valid && size > 1) expect(proveInclusion(suite, log, index, size).map(toHex)).toEqual(hashes);
  });

  test.each(rfc6962.consistency)("consistency $name: $valid", ({ from, fromRoot, proof, to, toRoot, valid }) => {
    // One case compares two roots that are no hashes: refused here.
    const expected = valid && fromRoot.length === 64;
    expect(verifyConsistency(suite, from, to, fromHex(fromRoot), fromHex(toRoot), proof.map(fromHex))).toBe(expected);
    if (valid) expect(proveConsistency(suite, log, from, to).map(toHex)).toEqual(proof);
  });

  test("the example tree of RFC 9162 section 2.1.5", () => {
    type Seven = [Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array];
    const [a, b, c, d, e, f, j] = leavesOf(7) as Seven;
    const node = (left: Uint8Array, right: Uint8Array): Uint8Array => nodeHash(suite, left, right);
    const [g, h, i] = [node(a, b), node(c, d), node(e, f)] as const;
    const [k, l] = [node(g, h), node(i, j)] as const;
    const example = MemoryLog.of(leavesOf(7));
    expect(logRoot(suite, example, 7)).toEqual(node(k, l));
    expect(proveInclusion(suite, example, 0, 7)).toEqual([b, h, l]);
    expect(proveInclusion(suite, example, 3, 7)).toEqual([c, g, l]);
    expect(proveInclusion(suite, example, 4, 7)).toEqual([f, j, k]);
    expect(proveInclusion(suite, example, 6, 7)).toEqual([i, k]);
    expect(proveConsistency(suite, example, 3, 7)).toEqual([c, d, g, l]);
    expect(proveConsistency(suite, example, 4, 7)).toEqual([l]);
    expect(proveConsistency(suite, example, 6, 7)).toEqual([i, j, k]);
  });
});

describe("any log", () => {
  test("is the tree of RFC 6962, whatever its size, and stores one hash a complete subtree", () => {
    const property = fc.property(fc.nat(300), (size) => {
      const leaves = leavesOf(size);
      const log = new MemoryLog();
      let root = suite.sha256();
      for (const leaf of leaves) root = log.append(leaf);
      expect(root).toEqual(treeHash(leaves));
      expect(logRoot(suite, log, size)).toEqual(root);
      let subtrees = 0;
      for (let count = size; count > 0; count = Math.floor(count / 2)) subtrees += count;
      expect(log.count).toBe(subtrees);
    });
    fc.assert(property, { seed: SEED, numRuns: 30 });
  });

  test("gives the proofs of RFC 6962, and each verifies", () => {
    const property = fc.property(sizes(1), fc.nat(), ([from, to], at) => {
      const leaves = leavesOf(to);
      const log = MemoryLog.of(leaves);
      const index = at % to;
      const inclusion = proveInclusion(suite, log, index, to);
      expect(inclusion).toEqual(path(index, leaves));
      const [fromRoot, toRoot] = [treeHash(leaves.slice(0, from)), treeHash(leaves)];
      expect(verifyInclusion(suite, leaves[index] as Uint8Array, index, to, inclusion, toRoot)).toBe(true);
      const consistency = proveConsistency(suite, log, from, to);
      expect(consistency).toEqual(subproof(from, leaves, true));
      expect(verifyConsistency(suite, from, to, fromRoot, toRoot, consistency)).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  test("proves nothing else: not at another place, size, leaf or root, nor by any other list of hashes", () => {
    const property = fc.property(sizes(1), fc.nat(), fc.nat(), listMutations, ([from, to], at, other, mutate) => {
      const leaves = leavesOf(to);
      const log = MemoryLog.of(leaves);
      const index = at % to;
      const [leaf, root] = [leaves[index] as Uint8Array, logRoot(suite, log, to)];
      const inclusion = proveInclusion(suite, log, index, to);
      const elsewhere = other % (to + 2);
      if (elsewhere !== index) expect(verifyInclusion(suite, leaf, elsewhere, to, inclusion, root)).toBe(false);
      expect(verifyInclusion(suite, digest("no leaf"), index, to, inclusion, root)).toBe(false);
      expect(verifyInclusion(suite, leaf, index, to, inclusion, digest("no root"))).toBe(false);
      const changed = mutate(inclusion);
      if (!same(changed, inclusion)) expect(verifyInclusion(suite, leaf, index, to, changed, root)).toBe(false);

      const fromRoot = logRoot(suite, log, from);
      const consistency = proveConsistency(suite, log, from, to);
      const broken = mutate(consistency);
      if (!same(broken, consistency)) {
        expect(verifyConsistency(suite, from, to, fromRoot, root, broken)).toBe(false);
      }
      expect(verifyConsistency(suite, from, to, digest("no root"), root, consistency)).toBe(false);
      expect(verifyConsistency(suite, from, to, fromRoot, digest("no root"), consistency)).toBe(false);
      if (from < to) expect(verifyConsistency(suite, from, to, root, fromRoot, consistency)).toBe(false);
    });
    fc.assert(property, { seed: SEED, numRuns: 150 });
  });

  test("is never consistent with one that had another leaf", () => {
    const property = fc.property(sizes(1), fc.nat(), ([from, to], at) => {
      const leaves = leavesOf(to);
      const index = at % from;
      const forked = MemoryLog.of(leaves.with(index, digest("another story")));
      const root = logRoot(suite, MemoryLog.of(leaves.slice(0, from)), from);
      const proof = proveConsistency(suite, forked, from, to);
      expect(verifyConsistency(suite, from, to, root, logRoot(suite, forked, to), proof)).toBe(false);
    });
    fc.assert(property, { seed: SEED, numRuns: 40 });
  });
});

test("verifiers are total: any numbers and any bytes give an answer, and sizes out of range a refusal", () => {
  const count = fc.oneof(
    fc.double(),
    fc.integer(),
    fc.constantFrom(0, 1, 2, EPOCHS_MAX, EPOCHS_MAX + 1, 2 ** 53, -1, Number.NaN, Infinity, 0.5),
  );
  const hash = fc.oneof(fc.constant(digest("hash")), fc.uint8Array({ maxLength: 70 }));
  const property = fc.property(
    count,
    count,
    hash,
    fc.array(hash, { maxLength: 40 }),
    hash,
    (a, b, leaf, list, root) => {
      // A single leaf is its own root, and a log is consistent with itself.
      if (a !== 0 || b !== 1) expect(verifyInclusion(suite, leaf, a, b, list, root)).toBe(false);
      if (a !== b) expect(verifyConsistency(suite, a, b, leaf, root, list)).toBe(false);
    },
  );
  fc.assert(property, { seed: SEED, numRuns: 2_000 });
});

test("surplus hashes are refused, even where the root would fit", () => {
  const [a, b, c] = leavesOf(3) as [Uint8Array, Uint8Array, Uint8Array];
  expect(verifyInclusion(suite, a, 0, 1, [b], nodeHash(suite, b, a))).toBe(false);
  expect(verifyInclusion(suite, a, 0, 2, [b, c], nodeHash(suite, c, nodeHash(suite, a, b)))).toBe(false);
  // A log of three leaves and one of four, both below one surplus hash.
  const [left, right] = [nodeHash(suite, a, b), nodeHash(suite, c, a)];
  const [from, to] = [nodeHash(suite, left, c), nodeHash(suite, left, right)];
  expect(verifyConsistency(suite, 3, 4, from, to, [c, a, left])).toBe(true);
  const [fromBelow, toBelow] = [nodeHash(suite, b, from), nodeHash(suite, b, to)];
  expect(verifyConsistency(suite, 3, 4, fromBelow, toBelow, [c, a, left, b])).toBe(false);
});

test("hashes of another length are refused, even where their concatenation would be the same", () => {
  const [a, b] = leavesOf(2) as [Uint8Array, Uint8Array];
  const root = nodeHash(suite, a, b);
  const whole = Uint8Array.of(...a, ...b);
  expect(verifyInclusion(suite, a, 0, 2, [b], root)).toBe(true);
  expect(verifyInclusion(suite, whole.subarray(0, 33), 0, 2, [whole.subarray(33)], root)).toBe(false);
  expect(verifyInclusion(suite, a, 0, 2, [whole], nodeHash(suite, a, whole))).toBe(false);
  expect(verifyInclusion(suite, whole, 0, 2, [a], nodeHash(suite, whole, a))).toBe(false);
  expect(verifyInclusion(suite, a, 0, 1, [], Uint8Array.of(...a, 0))).toBe(false);
  expect(verifyConsistency(suite, 1, 2, a, nodeHash(suite, a, whole), [whole])).toBe(false);
  expect(verifyConsistency(suite, 1, 2, whole, nodeHash(suite, whole, a), [a])).toBe(false);
  expect(verifyConsistency(suite, 1, 2, whole.subarray(0, 33), root, [whole.subarray(33)])).toBe(false);
});

test("a log of up to 2^32 leaves: arithmetic beyond 31 bits", () => {
  // All leaves are one, so each level has one hash and a log of any size is at hand.
  const levels = [digest("leaf")];
  for (let i = 0; i < 32; i++) levels.push(nodeHash(suite, levels[i] as Uint8Array, levels[i] as Uint8Array));
  const reader: LogReader = { hash: (level) => levels[level] as Uint8Array };
  const leaf = reader.hash(0, 0);
  const near = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: EPOCHS_MAX }));
  const property = fc.property(near, near, near, (below, back, depth) => {
    const size = EPOCHS_MAX + 1 - below;
    const index = Math.max(0, size - back);
    const root = logRoot(suite, reader, size);
    const proof = proveInclusion(suite, reader, index, size);
    expect(proof.length).toBeLessThanOrEqual(32);
    expect(verifyInclusion(suite, leaf, index, size, proof, root)).toBe(true);
    expect(verifyInclusion(suite, leaf, index, size, [...proof, leaf], root)).toBe(false);
    const from = Math.max(1, size - depth);
    const consistency = proveConsistency(suite, reader, from, size);
    expect(consistency.length).toBeLessThanOrEqual(33);
    expect(verifyConsistency(suite, from, size, logRoot(suite, reader, from), root, consistency)).toBe(true);
    if (size < EPOCHS_MAX) expect(appendLeaf(suite, reader, size, leaf).root).toEqual(logRoot(suite, reader, size + 1));
  });
  fc.assert(property, { seed: SEED, numRuns: 300 });
  expect(logRoot(suite, reader, EPOCHS_MAX)).toEqual(levels[32]);
});

test("provers assert that what they are asked for exists", () => {
  const log = MemoryLog.of(leavesOf(3));
  expect(() => proveInclusion(suite, log, 3, 3)).toThrow(AssertionFailure);
  expect(() => proveConsistency(suite, log, 0, 3)).toThrow(AssertionFailure);
  expect(() => proveConsistency(suite, log, 3, 2)).toThrow(AssertionFailure);
  expect(() => logRoot(suite, log, EPOCHS_MAX + 1)).toThrow(AssertionFailure);
  expect(() => appendLeaf(suite, log, EPOCHS_MAX, digest("leaf"))).toThrow(AssertionFailure);
  expect(() => appendLeaf(suite, log, 3, new Uint8Array(31))).toThrow(AssertionFailure);
});

function same(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((hash, i) => Buffer.from(hash).equals(b[i] as Uint8Array));
}
