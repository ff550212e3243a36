import { createHash } from "node:crypto";
import fc from "fast-check";
import { portableSuite as suite } from "../../suite/index.ts";
import {
  EMPTY_HASH,
  findIndex,
  insertStored,
  type NodeReader,
  type NodeWrite,
  prunedRoot,
  type PrunedTree,
  type TreeLeaf,
} from "./index.ts";

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
export const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

/** SPEC.md once more, with node:crypto and nothing of the code under test. */
export const spec: {
  hash(...parts: (string | Uint8Array)[]): Uint8Array;
  bit(index: Uint8Array, depth: number): string;
  root(leaves: readonly TreeLeaf[], depth?: number): Uint8Array;
} = {
  hash: (...parts) => Uint8Array.from(parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest()),
  bit: (index, depth) => String((Number.parseInt(toHex(index)[depth >> 2] as string, 16) >> (3 - (depth & 3))) & 1),
  root(leaves, depth = 0) {
    const [first] = leaves;
    if (first === undefined) return spec.hash("chhaya vkd empty v1\0");
    if (leaves.length === 1) return spec.hash(Uint8Array.of(0x10), first.index, first.commitment);
    const [left, right] = ["0", "1"].map((bit) => leaves.filter(({ index }) => spec.bit(index, depth) === bit));
    return spec.hash(Uint8Array.of(0x11), spec.root(left!, depth + 1), spec.root(right!, depth + 1));
  },
};

/** A store in memory, and how often it was read. */
export class MemoryNodes implements NodeReader {
  readonly records: Map<string, Uint8Array> = new Map();
  reads = 0;

  node(hash: Uint8Array): Uint8Array | undefined {
    this.reads++;
    return this.records.get(toHex(hash));
  }

  keep(writes: Iterable<NodeWrite>): void {
    for (const { hash, record } of writes) this.records.set(toHex(hash), record);
  }

  /** Inserts leaves whose indices are free. */
  insert(root: Uint8Array, leaves: readonly TreeLeaf[]): Uint8Array {
    const inserted = insertStored(suite, this, root, leaves);
    if (!inserted.ok) throw new Error(inserted.error);
    this.keep(inserted.value.writes);
    return inserted.value.root;
  }
}

/** A store that holds one tree. */
export function treeOf(leaves: readonly TreeLeaf[]): { readonly nodes: MemoryNodes; readonly root: Uint8Array } {
  const nodes = new MemoryNodes();
  return { nodes, root: nodes.insert(EMPTY_HASH, leaves) };
}

const BASES = ["a", "b", "c"].map((name) => spec.hash(name));

export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[bit >> 3]! ^= 0x80 >> (bit & 7);
  return changed;
}

/** Random ones, and ones that agree with others in up to 255 leading bits. */
export const indices: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ minLength: 32, maxLength: 32 }),
  fc
    .tuple(
      fc.constantFrom(...BASES),
      fc.array(fc.oneof(fc.nat(255), fc.integer({ min: 246, max: 255 })), { maxLength: 3 }),
    )
    .map(([base, bits]) => bits.reduce(flipped, base)),
);

export const leaves: fc.Arbitrary<TreeLeaf> = fc.record({
  index: indices,
  commitment: fc.nat(1_000).map((value) => spec.hash(String(value))),
});

/** No two with one index. */
export function leafSets(minLength: number, maxLength: number): fc.Arbitrary<TreeLeaf[]> {
  return fc.uniqueArray(leaves, { minLength, maxLength, selector: ({ index }) => toHex(index) });
}

/** Any shape that a liar could hash into a root: leaves where they do not belong, twice, or deeper than they need. */
export const lies: fc.Arbitrary<PrunedTree> = fc.letrec<{ tree: PrunedTree }>((tie) => {
  const few = fc.constantFrom(...[0, 1, 2, 3, 4, 5].map((i) => fromHex(`${"048bef"[i]}${"0".repeat(63)}`)));
  return {
    tree: fc.oneof(
      { maxDepth: 5, depthSize: "small" },
      fc.record({ kind: fc.constant("leaf" as const), index: fc.oneof(few, indices), commitment: indices }),
      fc.constant({ kind: "empty" as const }),
      {
        weight: 4,
        arbitrary: fc.record({ kind: fc.constant("node" as const), left: tie("tree"), right: tie("tree") }),
      },
    ),
  };
}).tree;

/** The tree with some subtrees replaced by their hashes; `choices` says of each node in preorder whether it is kept. */
export function pruneAtRandom(tree: PrunedTree, choices: readonly boolean[]): PrunedTree {
  let next = 0;
  const prune = (node: PrunedTree): PrunedTree => {
    const kept = choices[next++ % choices.length];
    if (kept === false) return { kind: "hash", hash: prunedRoot(suite, node) };
    return node.kind === "node" ? { kind: "node", left: prune(node.left), right: prune(node.right) } : node;
  };
  return prune(tree);
}

/** What a tree says of an index, as one comparable string. */
export function answer(tree: PrunedTree, index: Uint8Array): string {
  const found = findIndex(tree, index);
  return found.kind === "present" ? toHex(found.commitment) : found.kind;
}
