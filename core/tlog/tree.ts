import { assert } from "../safety/index.ts";
import { SHA256_BYTES, type Suite } from "../suite/index.ts";

/** Epochs, and so leaves, that a log holds at most. */
export const EPOCHS_MAX: number = 2 ** 32;

/** RFC 6962 section 2.1: what keeps a leaf from being taken for a node. */
const LEAF_PREFIX = Uint8Array.of(0x00);
const NODE_PREFIX = Uint8Array.of(0x01);

/**
 * The hashes of a log's complete subtrees. (level, index) covers the leaves from index·2^level up to, and without,
 * (index + 1)·2^level; level 0 holds the leaf hashes. It is only asked for subtrees below the size in question, and
 * must have each of them: 32 bytes.
 */
export interface LogReader {
  hash(level: number, index: number): Uint8Array;
}

/** One hash for the store behind a {@link LogReader}. */
export interface LogNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

export function leafHash(suite: Suite, entry: Uint8Array): Uint8Array {
  return suite.sha256(LEAF_PREFIX, entry);
}

export function nodeHash(suite: Suite, left: Uint8Array, right: Uint8Array): Uint8Array {
  return suite.sha256(NODE_PREFIX, left, right);
}

export function isHash(bytes: Uint8Array): boolean {
  return bytes.length === SHA256_BYTES;
}

/** Whether a verifier can work with it: sizes and indices reach it from wherever its caller had them. */
export function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= EPOCHS_MAX;
}

/** ⌈log2 count⌉, the number of levels above `count` leaves; from 1 leaf to {@link EPOCHS_MAX}. */
function heightOf(count: number): number {
  return 32 - Math.clz32(count - 1);
}

/** The largest power of two smaller than `count` (k of RFC 6962 section 2.1); from 2 leaves on. */
export function splitOf(count: number): number {
  return 2 ** (heightOf(count) - 1);
}

/** MTH(D[start : start + count]) of RFC 6962 section 2.1, for a range that the recursion of that section reaches. */
export function rangeHash(suite: Suite, reader: LogReader, start: number, count: number): Uint8Array {
  const height = heightOf(count);
  if (2 ** height === count) return reader.hash(height, start / count);
  const left = splitOf(count);
  const right = rangeHash(suite, reader, start + left, count - left);
  return nodeHash(suite, rangeHash(suite, reader, start, left), right);
}

/** MTH of the first `size` leaves, RFC 6962 section 2.1: SHA-256 of nothing for none. */
export function logRoot(suite: Suite, reader: LogReader, size: number): Uint8Array {
  assert(isCount(size), "log size out of range");
  return size === 0 ? suite.sha256() : rangeHash(suite, reader, 0, size);
}

/**
 * The subtrees that a leaf at `size` completes, the leaf itself first, and the root of `size + 1` leaves.
 * Costs at most two hashes a level.
 */
export function appendLeaf(
  suite: Suite,
  reader: LogReader,
  size: number,
  leaf: Uint8Array,
): { readonly nodes: readonly LogNode[]; readonly root: Uint8Array } {
  assert(isCount(size + 1) && isHash(leaf), "leaf out of range");
  const nodes: LogNode[] = [{ level: 0, index: size, hash: leaf }];
  let [level, index, hash, completes] = [0, size, leaf, true];
  for (; index > 0; level++, index = Math.floor(index / 2)) {
    // Without a left sibling there is none on the right either: an incomplete subtree stands for its parent.
    if (index % 2 === 0) completes = false;
    else hash = nodeHash(suite, reader.hash(level, index - 1), hash);
    if (completes) nodes.push({ level: level + 1, index: (index - 1) / 2, hash });
  }
  return { nodes, root: hash };
}
