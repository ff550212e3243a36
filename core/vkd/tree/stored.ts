import { assert } from "../../safety/index.ts";
import { SHA256_BYTES, type Suite } from "../../suite/index.ts";
import { EMPTY_HASH, LEAF_KIND, RECORD_BYTES, sameHash } from "./hash.ts";
import { bitAt, INDEX_BYTES, TREE_DEPTH_MAX, type TreeLeaf } from "./leaf.ts";
import type { PrunedTree } from "./pruned.ts";

/**
 * The records of trees, each under its own hash: every root that was ever stored stays readable, and what a crash
 * left of a newer one harms none of them. Synchronous; undefined for a hash that is not there.
 */
export interface NodeReader {
  node(hash: Uint8Array): Uint8Array | undefined;
}

/** A record, taken apart: of a leaf its index and commitment, of a node the hashes of its children. Views of the record. */
export interface StoredNode {
  readonly isLeaf: boolean;
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

/**
 * Asserts that the record is there and hashes to its key, so that a disk that lost or altered it stops this node and
 * never makes it prove what is not so.
 */
export function readStored(suite: Suite, reader: NodeReader, hash: Uint8Array): StoredNode {
  const record = reader.node(hash);
  assert(record !== undefined, "a node of the tree is missing from its store");
  assert(
    record.length === RECORD_BYTES && sameHash(suite.sha256(record), hash),
    "a stored node is not what its hash says",
  );
  return {
    isLeaf: record[0] === LEAF_KIND,
    first: record.subarray(1, 1 + SHA256_BYTES),
    second: record.subarray(1 + SHA256_BYTES),
  };
}

export function isEmpty(hash: Uint8Array): boolean {
  return sameHash(hash, EMPTY_HASH);
}

/** The least of the tree that says of each index whether it is there. One read a node shown, none of what is not. */
export function proveStored(
  suite: Suite,
  reader: NodeReader,
  root: Uint8Array,
  indices: readonly Uint8Array[],
): PrunedTree {
  const prove = (hash: Uint8Array, depth: number, asked: readonly Uint8Array[]): PrunedTree => {
    if (isEmpty(hash)) return { kind: "empty" };
    if (asked.length === 0) return { kind: "hash", hash: new Uint8Array(hash) };
    const { isLeaf, first, second } = readStored(suite, reader, hash);
    if (isLeaf) return { kind: "leaf", index: new Uint8Array(first), commitment: new Uint8Array(second) };
    assert(depth < TREE_DEPTH_MAX, "a stored tree is deeper than an index is long");
    const [left, right] = [0, 1].map((bit) => asked.filter((index) => bitAt(index, depth) === bit)) as [
      Uint8Array[],
      Uint8Array[],
    ];
    return { kind: "node", left: prove(first, depth + 1, left), right: prove(second, depth + 1, right) };
  };
  for (const index of indices) assert(index.length === INDEX_BYTES, "index of a wrong length");
  return prove(root, 0, indices);
}

/** What `insertPruned` needs of the tree to add `leaves`. */
export function pruneForInsert(
  suite: Suite,
  reader: NodeReader,
  root: Uint8Array,
  leaves: readonly TreeLeaf[],
): PrunedTree {
  return proveStored(
    suite,
    reader,
    root,
    leaves.map(({ index }) => index),
  );
}

/** Every leaf, ascending by index, read one by one as they are asked for. */
export function* leavesOf(suite: Suite, reader: NodeReader, root: Uint8Array): Generator<TreeLeaf, void, undefined> {
  const due = [root];
  for (let hash = due.pop(); hash !== undefined; hash = due.pop()) {
    if (isEmpty(hash)) continue;
    const { isLeaf, first, second } = readStored(suite, reader, hash);
    if (isLeaf) yield { index: new Uint8Array(first), commitment: new Uint8Array(second) };
    else due.push(second, first);
  }
}
