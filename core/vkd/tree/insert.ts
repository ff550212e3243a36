import { err, ok, type Result } from "../../safety/index.ts";
import { bitAt, TREE_DEPTH_MAX, type TreeLeaf } from "./leaf.ts";
import { type PrunedTree, sharePath } from "./pruned.ts";

export type PrunedInsertCode =
  /** A leaf has that index already, or two of the new ones share it. */
  | "vkd/index-taken"
  /** The tree does not show the place where a new leaf belongs. */
  | "vkd/pruned-away";

const EMPTY: PrunedTree = { kind: "empty" };

/** The tree with `leaves`, in any order, added and nothing altered or removed. */
export function insertPruned(tree: PrunedTree, leaves: readonly TreeLeaf[]): Result<PrunedTree, PrunedInsertCode> {
  return insertAt(tree, leaves, 0);
}

function insertAt(tree: PrunedTree, leaves: readonly TreeLeaf[], depth: number): Result<PrunedTree, PrunedInsertCode> {
  const [first] = leaves;
  if (first === undefined) return ok(tree);
  if (tree.kind === "hash") return err("vkd/pruned-away");
  if (tree.kind === "empty" && leaves.length === 1) return ok({ kind: "leaf", ...first });
  if (depth === TREE_DEPTH_MAX) return err(tree.kind === "node" ? "vkd/pruned-away" : "vkd/index-taken");
  if (tree.kind === "leaf") {
    if (!sharePath(tree.index, first.index, depth)) return err("vkd/pruned-away");
    return insertAt(EMPTY, [tree, ...leaves], depth);
  }
  const children = tree.kind === "node" ? tree : { left: EMPTY, right: EMPTY };
  const left = insertAt(
    children.left,
    leaves.filter((leaf) => bitAt(leaf.index, depth) === 0),
    depth + 1,
  );
  if (!left.ok) return left;
  const right = insertAt(
    children.right,
    leaves.filter((leaf) => bitAt(leaf.index, depth) === 1),
    depth + 1,
  );
  return right.ok ? ok({ kind: "node", left: left.value, right: right.value }) : right;
}
