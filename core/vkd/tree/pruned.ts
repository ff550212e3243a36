import type { Suite } from "../../suite/index.ts";
import { EMPTY_HASH, hashRecord, LEAF_KIND, NODE_KIND } from "./hash.ts";
import { bitAt, compareIndices, TREE_DEPTH_MAX } from "./leaf.ts";

/**
 * A tree of which some subtrees are shown by their hash only. It answers for every index whose path it shows, and
 * its root is that of the whole tree.
 */
export type PrunedTree =
  | { readonly kind: "hash"; /** 32 bytes. */ readonly hash: Uint8Array }
  | { readonly kind: "empty" }
  | {
      readonly kind: "leaf";
      /** 32 bytes. */
      readonly index: Uint8Array;
      /** 32 bytes. */
      readonly commitment: Uint8Array;
    }
  | { readonly kind: "node"; readonly left: PrunedTree; readonly right: PrunedTree };

/** What a pruned tree says of an index; `unknown` when its path ends at a hash or where it cannot be. */
export type Found =
  | { readonly kind: "present"; readonly commitment: Uint8Array }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown" };

/** 32 bytes. `tree` is no deeper than the codec allows. */
export function prunedRoot(suite: Suite, tree: PrunedTree): Uint8Array {
  switch (tree.kind) {
    case "hash":
      return tree.hash;
    case "empty":
      return EMPTY_HASH;
    case "leaf":
      return hashRecord(suite, LEAF_KIND, tree.index, tree.commitment);
    case "node":
      return hashRecord(suite, NODE_KIND, prunedRoot(suite, tree.left), prunedRoot(suite, tree.right));
  }
}

/** Whether the first `depth` bits of both are the same. */
export function sharePath(a: Uint8Array, b: Uint8Array, depth: number): boolean {
  const whole = depth >> 3;
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false;
  return ((a[whole] ?? 0) ^ (b[whole] ?? 0)) >> (8 - (depth & 7)) === 0;
}

/**
 * One root gives one answer for an index, however the tree behind it was made: the bits of the index lead to one
 * place, what is there follows from the root, and a leaf counts only on its own path.
 */
export function findIndex(tree: PrunedTree, index: Uint8Array): Found {
  let place = tree;
  for (let depth = 0; ; depth++) {
    switch (place.kind) {
      case "hash":
        return { kind: "unknown" };
      case "empty":
        return { kind: "absent" };
      case "leaf":
        if (compareIndices(place.index, index) === 0) return { kind: "present", commitment: place.commitment };
        return { kind: sharePath(place.index, index, depth) ? "absent" : "unknown" };
      case "node":
        if (depth === TREE_DEPTH_MAX) return { kind: "unknown" };
        place = bitAt(index, depth) === 0 ? place.left : place.right;
    }
  }
}
