import { assert, err, ok, type Result } from "../../safety/index.ts";
import type { Suite } from "../../suite/index.ts";
import { EMPTY_HASH, LEAF_KIND, NODE_KIND } from "./hash.ts";
import { bitAt, COMMITMENT_BYTES, INDEX_BYTES, TREE_DEPTH_MAX, sortLeaves, type TreeLeaf } from "./leaf.ts";
import { isEmpty, type NodeReader, readStored } from "./stored.ts";
import { NodeWrites } from "./writes.ts";

export interface Insertion {
  /** Of the tree with the leaves in it, 32 bytes. */
  readonly root: Uint8Array;
  /** What the tree has that the one before had not. The root can be used once they are in the store. */
  readonly writes: NodeWrites;
}

/**
 * Adds leaves, in any order and at most {@link INSERT_LEAVES_MAX}, to a stored tree. Reads and writes the nodes on
 * their paths and nothing else: about `leaves · (log2(size / leaves) + 2)` where indices are as random as a VRF's.
 */
export function insertStored(
  suite: Suite,
  reader: NodeReader,
  root: Uint8Array,
  leaves: readonly TreeLeaf[],
): Result<Insertion, "vkd/index-taken"> {
  for (const { index, commitment } of leaves) {
    assert(index.length === INDEX_BYTES && commitment.length === COMMITMENT_BYTES, "leaf of a wrong length");
  }
  const inserter = new Inserter(suite, reader, leaves);
  const grown = inserter.into(root, 0, 0, leaves.length);
  return grown === undefined ? err("vkd/index-taken") : ok({ root: grown, writes: inserter.writes });
}

/** A leaf that is in the store already and moves down to where it parts from new ones. */
interface Resident {
  readonly index: Uint8Array;
  readonly hash: Uint8Array;
}

/** Gives the hash of each subtree that changed; undefined once two leaves of one index are found. */
class Inserter {
  readonly writes = new NodeWrites();
  readonly #suite: Suite;
  readonly #reader: NodeReader;
  readonly #leaves: readonly TreeLeaf[];

  constructor(suite: Suite, reader: NodeReader, leaves: readonly TreeLeaf[]) {
    this.#suite = suite;
    this.#reader = reader;
    this.#leaves = sortLeaves(leaves);
  }

  /** The subtree at `depth` with the leaves [from, to) in it. */
  into(hash: Uint8Array, depth: number, from: number, to: number): Uint8Array | undefined {
    if (from === to) return hash;
    if (isEmpty(hash)) return this.#build(undefined, depth, from, to);
    const { isLeaf, first, second } = readStored(this.#suite, this.#reader, hash);
    if (isLeaf) return this.#build({ index: first, hash }, depth, from, to);
    assert(depth < TREE_DEPTH_MAX, "a stored tree is deeper than an index is long");
    const middle = this.#split(depth, from, to);
    const left = this.into(first, depth + 1, from, middle);
    const right = left && this.into(second, depth + 1, middle, to);
    return left && right && this.writes.add(this.#suite, NODE_KIND, left, right);
  }

  /** A new subtree of the leaves [from, to) and `resident`. */
  #build(resident: Resident | undefined, depth: number, from: number, to: number): Uint8Array | undefined {
    if (from === to) return resident?.hash ?? EMPTY_HASH;
    if (to - from === 1 && resident === undefined) {
      const { index, commitment } = this.#leaves[from] as TreeLeaf;
      return this.writes.add(this.#suite, LEAF_KIND, index, commitment);
    }
    if (depth === TREE_DEPTH_MAX) return undefined;
    const middle = this.#split(depth, from, to);
    const side = resident && bitAt(resident.index, depth);
    const left = this.#build(side === 0 ? resident : undefined, depth + 1, from, middle);
    const right = left && this.#build(side === 1 ? resident : undefined, depth + 1, middle, to);
    return left && right && this.writes.add(this.#suite, NODE_KIND, left, right);
  }

  /** Of the leaves [from, to), which agree in all bits before `depth`: the first whose bit there is 1. */
  #split(depth: number, from: number, to: number): number {
    let [low, high] = [from, to];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (bitAt((this.#leaves[middle] as TreeLeaf).index, depth) === 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
