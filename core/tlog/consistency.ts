import { assert, equalConstantTime } from "../safety/index.ts";
import type { Suite } from "../suite/index.ts";
import { isCount, isHash, type LogReader, nodeHash, rangeHash, splitOf } from "./tree.ts";

/** The longest proof: one hash a level, and the subtree where the smaller log ends. */
export const CONSISTENCY_HASHES_MAX = 33;

/** PROOF(from, D[to]) of RFC 6962 section 2.1.2 (RFC 9162 section 2.1.4.1); 1 <= from <= to. */
export function proveConsistency(suite: Suite, reader: LogReader, from: number, to: number): readonly Uint8Array[] {
  assert(isCount(from) && isCount(to) && from >= 1 && from <= to, "log sizes out of range");
  const proof: Uint8Array[] = [];
  let [start, count] = [0, to];
  while (start + count !== from) {
    const left = splitOf(count);
    if (from - start <= left) {
      proof.push(rangeHash(suite, reader, start + left, count - left));
      count = left;
    } else {
      proof.push(rangeHash(suite, reader, start, left));
      start += left;
      count -= left;
    }
  }
  // The verifier has the root of the smaller log; any other subtree where that log ends it must be told.
  if (start > 0) proof.push(rangeHash(suite, reader, start, count));
  return proof.reverse();
}

/**
 * Whether the log of `to` leaves begins with the whole log of `from` leaves: RFC 9162 section 2.1.4.2.
 * Nothing is consistent with a log of no leaves: every log is, so it would say nothing. Total.
 */
export function verifyConsistency(
  suite: Suite,
  from: number,
  to: number,
  fromRoot: Uint8Array,
  toRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isCount(from) || !isCount(to) || from < 1 || from > to) return false;
  if (!isHash(fromRoot) || !proof.every(isHash)) return false;
  if (from === to) return proof.length === 0 && equalConstantTime(fromRoot, toRoot);
  let [at, last] = [from - 1, to - 1];
  while (at % 2 === 1) [at, last] = [at >>> 1, last >>> 1];
  // Now `at` is 0 exactly when `from` is a power of two: then the smaller log is a subtree of the larger.
  const [first, ...rest] = at === 0 ? [fromRoot, ...proof] : proof;
  if (first === undefined) return false;
  let [fromHash, toHash] = [first, first];
  for (const hash of rest) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      fromHash = nodeHash(suite, hash, fromHash);
      toHash = nodeHash(suite, hash, toHash);
      while (at % 2 === 0 && at !== 0) [at, last] = [at >>> 1, last >>> 1];
    } else {
      toHash = nodeHash(suite, toHash, hash);
    }
    [at, last] = [at >>> 1, last >>> 1];
  }
  return last === 0 && equalConstantTime(fromHash, fromRoot) && equalConstantTime(toHash, toRoot);
}
