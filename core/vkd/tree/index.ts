export { EMPTY_HASH, RECORD_BYTES, sameHash } from "./hash.ts";
export { insertPruned, type PrunedInsertCode } from "./insert.ts";
export {
  COMMITMENT_BYTES,
  compareIndices,
  INDEX_BYTES,
  INSERT_LEAVES_MAX,
  leavesCodec,
  sortLeaves,
  TREE_DEPTH_MAX,
  type TreeLeaf,
} from "./leaf.ts";
export { type Found, findIndex, prunedRoot, type PrunedTree } from "./pruned.ts";
export { PRUNED_BYTES_MAX, PRUNED_NODES_MAX, prunedCodec } from "./pruned-codec.ts";
export { leavesOf, type NodeReader, proveStored, pruneForInsert } from "./stored.ts";
export { insertStored, type Insertion } from "./stored-insert.ts";
export { type NodeWrite, NodeWrites } from "./writes.ts";
