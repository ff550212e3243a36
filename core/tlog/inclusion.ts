import { assert, equalConstantTime } from "../safety/index.ts";
import type { Suite } from "../suite/index.ts";
import { isCount, isHash, type LogReader, nodeHash, rangeHash, splitOf } from "./tree.ts";

/** The longest path: one hash a level. */
export const INCLUSION_HASHES_MAX = 32;

/** PATH(index, D[size]) of RFC 6962 section 2.1.1 (RFC 9162 section 2.1.3.1), from the leaf upwards. */
export function proveInclusion(suite: Suite, reader: LogReader, index: number, size: number): readonly Uint8Array[] {
  assert(isCount(index) && isCount(size) && index < size, "leaf out of range");
  const path: Uint8Array[] = [];
  for (let start = 0, count = size; count > 1;) {
    const left = splitOf(count);
    if (index - start < left) {
      path.push(rangeHash(suite, reader, start + left, count - left));
      count = left;
    } else {
      path.push(rangeHash(suite, reader, start, left));
      start += left;
      count -= left;
    }
  }
  return path.reverse();
}

/**
 * Whether the leaf is at `index` of the log of `size` leaves with this root: RFC 9162 section 2.1.3.2.
 * A path that is longer or shorter than the one there is proves nothing. Total.
 */
export function verifyInclusion(
  suite: Suite,
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isCount(index) || !isCount(size) || index >= size) return false;
  if (!isHash(leaf) || !path.every(isHash)) return false;
  let hash = leaf;
  let [at, last] = [index, size - 1];
  for (const sibling of path) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = nodeHash(suite, sibling, hash);
      // The last node of a level without a sibling is its own parent.
      while (at % 2 === 0 && at !== 0) [at, last] = [at >>> 1, last >>> 1];
    } else {
      hash = nodeHash(suite, hash, sibling);
    }
    [at, last] = [at >>> 1, last >>> 1];
  }
  return last === 0 && equalConstantTime(hash, root);
}
