import fc from "fast-check";
import { expect, test } from "vitest";
import { portableSuite as suite } from "../../suite/index.ts";
import { type PrunedTree, prunedRoot, type TreeLeaf } from "./index.ts";
import { answer, flipped, indices, lies, pruneAtRandom, spec, toHex } from "./testing.ts";

const SEED = 0x9a7;
const EMPTY: PrunedTree = { kind: "empty" };
const choices = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });

/** Every index that occurs in the tree, and some that nearly do. */
function near(tree: PrunedTree): Uint8Array[] {
  if (tree.kind === "leaf") return [tree.index, flipped(tree.index, 1), flipped(tree.index, 255)];
  return tree.kind === "node" ? [...near(tree.left), ...near(tree.right)] : [];
}

test("pruning keeps the root, whatever the tree, and no two prunings contradict each other about any index", () => {
  const property = fc.property(lies, choices, choices, fc.array(indices, { maxLength: 4 }), (tree, a, b, more) => {
    const [one, two] = [pruneAtRandom(tree, a), pruneAtRandom(tree, b)];
    const root = toHex(prunedRoot(suite, tree));
    expect([toHex(prunedRoot(suite, one)), toHex(prunedRoot(suite, two))]).toEqual([root, root]);
    for (const index of [...near(tree), ...more]) {
      const whole = answer(tree, index);
      for (const pruned of [one, two]) expect(["unknown", whole]).toContain(answer(pruned, index));
    }
  });
  fc.assert(property, { seed: SEED, numRuns: 300 });
});

test("any change to what a tree shows changes its root", () => {
  const property = fc.property(lies, fc.nat(), fc.nat(511), (tree, pick, bit) => {
    const places = leavesIn(tree);
    fc.pre(places.length > 0);
    const leaf = places[pick % places.length] as TreeLeaf;
    const changed = replaced(tree, leaf, {
      kind: "leaf",
      index: bit < 256 ? flipped(leaf.index, bit) : leaf.index,
      commitment: bit < 256 ? leaf.commitment : flipped(leaf.commitment, bit - 256),
    });
    expect(toHex(prunedRoot(suite, changed))).not.toBe(toHex(prunedRoot(suite, tree)));
    expect(toHex(prunedRoot(suite, replaced(tree, leaf, EMPTY)))).not.toBe(toHex(prunedRoot(suite, tree)));
  });
  fc.assert(property, { seed: SEED, numRuns: 200 });
});

function leavesIn(tree: PrunedTree): TreeLeaf[] {
  if (tree.kind === "leaf") return [tree];
  return tree.kind === "node" ? [...leavesIn(tree.left), ...leavesIn(tree.right)] : [];
}

function replaced(tree: PrunedTree, leaf: TreeLeaf, by: PrunedTree): PrunedTree {
  if (tree === leaf) return by;
  if (tree.kind !== "node") return tree;
  return { kind: "node", left: replaced(tree.left, leaf, by), right: replaced(tree.right, leaf, by) };
}

test("a leaf and a node are never taken for each other, nor a hash for what it stands for", () => {
  const [left, right] = [spec.hash("left"), spec.hash("right")];
  const leaf: PrunedTree = { kind: "leaf", index: left, commitment: right };
  const node: PrunedTree = { kind: "node", left: { kind: "hash", hash: left }, right: { kind: "hash", hash: right } };
  expect(toHex(prunedRoot(suite, leaf))).not.toBe(toHex(prunedRoot(suite, node)));
  expect(answer({ kind: "hash", hash: prunedRoot(suite, leaf) }, left)).toBe("unknown");
});

test("a leaf off its path answers for nothing, and a tree deeper than an index is long neither", () => {
  const index = new Uint8Array(32);
  const stray: PrunedTree = { kind: "leaf", index: flipped(index, 0), commitment: index };
  const astray: PrunedTree = { kind: "node", left: stray, right: EMPTY };
  expect([answer(astray, index), answer(astray, stray.index), answer(stray, index)]).toEqual([
    "unknown",
    "absent",
    "absent",
  ]);
  const chain = (depth: number, end: PrunedTree): PrunedTree =>
    depth === 0 ? end : { kind: "node", left: chain(depth - 1, end), right: EMPTY };
  const here: PrunedTree = { kind: "leaf", index, commitment: spec.hash("here") };
  expect(answer(chain(256, here), index)).toBe(toHex(spec.hash("here")));
  expect(answer(chain(256, EMPTY), index)).toBe("absent");
  expect(answer(chain(257, here), index)).toBe("unknown");
  expect(answer(chain(257, EMPTY), index)).toBe("unknown");
});
