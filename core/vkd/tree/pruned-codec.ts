import { concatBytes } from "@noble/hashes/utils.js";
import { bytesUpTo, type Codec, type CodecCode } from "../../codec/index.ts";
import { assert, err, ok, type Result } from "../../safety/index.ts";
import { SHA256_BYTES } from "../../suite/index.ts";
import { COMMITMENT_BYTES, INDEX_BYTES, TREE_DEPTH_MAX } from "./leaf.ts";
import { type PrunedTree, sharePath } from "./pruned.ts";

/** Nodes of every kind; as many as 64 KiB can name. */
export const PRUNED_NODES_MAX = 262_144;

/** Two bits a node, in this order of codes. */
const KINDS = ["hash", "empty", "leaf", "node"] as const;
type Kind = (typeof KINDS)[number];
const KINDS_PER_BYTE = 4;
/** What follows of a node beside its kind. */
const CONTENT_BYTES: Readonly<Record<Kind, number>> = {
  hash: SHA256_BYTES,
  empty: 0,
  leaf: INDEX_BYTES + COMMITMENT_BYTES,
  node: 0,
};
/** The largest: every second node a leaf. */
export const PRUNED_BYTES_MAX: number = PRUNED_NODES_MAX / KINDS_PER_BYTE + (PRUNED_NODES_MAX / 2) * CONTENT_BYTES.leaf;

const EMPTY: PrunedTree = { kind: "empty" };
const packed = bytesUpTo(PRUNED_BYTES_MAX);

/**
 * One byte string: the kinds of all nodes in preorder, two bits each from the highest of a byte down and zero bits up
 * to a whole byte, then the hashes (32) and the leaves (index 32 ‖ commitment 32) in the same order. One encoding a
 * tree, and no tree that a directory cannot make or would have pruned further.
 */
export const prunedCodec: Codec<PrunedTree> = {
  write(writer, tree) {
    const bytes = pack(tree);
    assert(unpack(bytes).ok, "pruned tree is malformed");
    packed.write(writer, bytes);
  },
  read(reader) {
    const bytes = packed.read(reader);
    if (reader.failure !== undefined) return EMPTY;
    const tree = unpack(bytes);
    if (tree.ok) return tree.value;
    reader.fail(tree.error);
    return EMPTY;
  },
};

function pack(tree: PrunedTree): Uint8Array {
  const kinds: number[] = [];
  const contents: Uint8Array[] = [];
  const add = (node: PrunedTree): void => {
    kinds.push(KINDS.indexOf(node.kind));
    if (node.kind === "hash") contents.push(node.hash);
    if (node.kind === "leaf") contents.push(node.index, node.commitment);
    if (node.kind === "node") {
      add(node.left);
      add(node.right);
    }
  };
  add(tree);
  const shape = new Uint8Array(Math.ceil(kinds.length / KINDS_PER_BYTE));
  for (const [i, kind] of kinds.entries()) {
    const at = Math.floor(i / KINDS_PER_BYTE);
    shape[at] = (shape[at] as number) | (kind << shiftOf(i));
  }
  for (const content of contents) assert(content.length === SHA256_BYTES, "not a hash, index or commitment");
  return concatBytes(shape, ...contents);
}

/** Where in its byte the kind of the `i`th node is. */
function shiftOf(i: number): number {
  return 6 - 2 * (i % KINDS_PER_BYTE);
}

function kindAt(bytes: Uint8Array, i: number): Kind | undefined {
  const byte = bytes[Math.floor(i / KINDS_PER_BYTE)];
  return byte === undefined ? undefined : KINDS[(byte >> shiftOf(i)) & 3];
}

/** The number of nodes, once it is certain that `bytes` has all of what they consist of and nothing else. */
function countNodes(bytes: Uint8Array): Result<number, CodecCode> {
  let count = 0;
  let contentBytes = 0;
  for (let due = 1; due > 0; count++) {
    const kind = kindAt(bytes, count);
    if (kind === undefined) return err("codec/truncated");
    if (count === PRUNED_NODES_MAX) return err("codec/out-of-range");
    contentBytes += CONTENT_BYTES[kind];
    due += kind === "node" ? 1 : -1;
  }
  const shapeBytes = Math.ceil(count / KINDS_PER_BYTE);
  for (let i = count; i < shapeBytes * KINDS_PER_BYTE; i++) {
    if (kindAt(bytes, i) !== KINDS[0]) return err("codec/not-canonical");
  }
  if (bytes.length === shapeBytes + contentBytes) return ok(count);
  return err(bytes.length < shapeBytes + contentBytes ? "codec/truncated" : "codec/trailing-bytes");
}

/** The tree's hashes and leaves are views of `bytes`. */
function unpack(bytes: Uint8Array): Result<PrunedTree, CodecCode> {
  const count = countNodes(bytes);
  if (!count.ok) return count;
  const path = new Uint8Array(INDEX_BYTES);
  let next = 0;
  let offset = Math.ceil(count.value / KINDS_PER_BYTE);
  const take = (length: number): Uint8Array => bytes.subarray(offset, (offset += length));
  const subtree = (depth: number): PrunedTree | undefined => {
    switch (kindAt(bytes, next++) as Kind) {
      case "hash":
        return { kind: "hash", hash: take(SHA256_BYTES) };
      case "empty":
        return EMPTY;
      case "leaf": {
        const index = take(INDEX_BYTES);
        const commitment = take(COMMITMENT_BYTES);
        return sharePath(index, path, depth) ? { kind: "leaf", index, commitment } : undefined;
      }
      case "node": {
        if (depth === TREE_DEPTH_MAX) return undefined;
        const left = subtree(depth + 1);
        if (left === undefined) return undefined;
        flipBit(path, depth);
        const right = subtree(depth + 1);
        flipBit(path, depth);
        return right === undefined || isIdle(left, right) ? undefined : { kind: "node", left, right };
      }
    }
  };
  const tree = subtree(0);
  return tree === undefined ? err("codec/not-canonical") : ok(tree);
}

function flipBit(path: Uint8Array, depth: number): void {
  path[depth >> 3] = (path[depth >> 3] as number) ^ (0x80 >> (depth & 7));
}

/** A node that shows nothing (two hashes), is nothing (two empty), or would not be there (its one leaf sits higher). */
function isIdle(left: PrunedTree, right: PrunedTree): boolean {
  if (left.kind === right.kind) return left.kind === "hash" || left.kind === "empty";
  return (left.kind === "empty" && right.kind === "leaf") || (left.kind === "leaf" && right.kind === "empty");
}
