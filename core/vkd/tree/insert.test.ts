import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { portableSuite as suite } from "../../suite/index.ts";
import { insertPruned, insertStored, pruneForInsert, prunedRoot, type PrunedTree } from "./index.ts";
import { answer, flipped, indices, leafSets, leaves, lies, pruneAtRandom, spec, toHex, treeOf } from "./testing.ts";

const SEED = 0x1259;

test("inserting into a pruned tree gives the root that inserting into the stored one gives, or its refusal", () => {
  const property = fc.property(leafSets(0, 25), fc.array(leaves, { maxLength: 8 }), (old, more) => {
    const { nodes, root } = treeOf(old);
    const pruned = pruneForInsert(suite, nodes, root, more);
    expect(toHex(prunedRoot(suite, pruned))).toBe(toHex(root));
    const [inserted, stored] = [insertPruned(pruned, more), insertStored(suite, nodes, root, more)];
    if (!inserted.ok || !stored.ok) {
      expect(inserted).toEqual({ ok: false, error: "vkd/index-taken" });
      expect(stored).toEqual(inserted);
      return;
    }
    expect(toHex(prunedRoot(suite, inserted.value))).toBe(toHex(stored.value.root));
    expect(toHex(stored.value.root)).toBe(toHex(spec.root([...old, ...more])));
    for (const { commitment, index } of more) expect(answer(inserted.value, index)).toBe(toHex(commitment));
  });
  fc.assert(property, { seed: SEED, numRuns: 100 });
});

test("whatever the old tree is, an insertion that succeeds keeps every answer and adds its leaves", () => {
  const choices = fc.array(fc.boolean(), { minLength: 1, maxLength: 40 });
  const property = fc.property(
    lies,
    choices,
    leafSets(1, 3),
    fc.array(indices, { maxLength: 6 }),
    (tree, kept, more, others) => {
      const pruned = pruneAtRandom(tree, kept);
      const inserted = insertPruned(pruned, more);
      if (!inserted.ok) {
        expect(["vkd/index-taken", "vkd/pruned-away"]).toContain(inserted.error);
        return;
      }
      const added = new Map(more.map(({ commitment, index }) => [toHex(index), toHex(commitment)]));
      for (const index of [...others, ...more.flatMap((leaf) => [leaf.index, flipped(leaf.index, 255)])]) {
        const before = answer(pruned, index);
        const now = added.get(toHex(index));
        if (now !== undefined) expect([before, answer(inserted.value, index)]).toEqual(["absent", now]);
        else expect(answer(inserted.value, index)).toBe(before);
      }
    },
  );
  fc.assert(property, { seed: SEED, numRuns: 300 });
});

describe("insertPruned refuses", () => {
  const leaf = { index: new Uint8Array(32), commitment: spec.hash("value") };
  const far = { ...leaf, index: flipped(leaf.index, 0) };
  const placed: PrunedTree = { kind: "leaf", ...leaf };

  test("a place that is not shown, and a leaf or a depth that cannot be there", () => {
    const hidden: PrunedTree = { kind: "hash", hash: spec.hash("subtree") };
    const pruned = { ok: false, error: "vkd/pruned-away" };
    expect(insertPruned(hidden, [leaf])).toEqual(pruned);
    expect(insertPruned({ kind: "node", left: hidden, right: placed }, [leaf])).toEqual(pruned);
    expect(insertPruned({ kind: "node", left: placed, right: placed }, [far])).toEqual(pruned);
    let deep: PrunedTree = placed;
    for (let depth = 0; depth < 257; depth++) deep = { kind: "node", left: deep, right: { kind: "empty" } };
    expect(insertPruned(deep, [leaf])).toEqual(pruned);
    expect(insertPruned({ kind: "node", left: placed, right: hidden }, [far])).toEqual(pruned);
  });

  test("an index that is taken, in the tree or twice in the batch, even with the same commitment", () => {
    const taken = { ok: false, error: "vkd/index-taken" };
    expect(insertPruned(placed, [leaf])).toEqual(taken);
    expect(insertPruned({ kind: "empty" }, [leaf, far, leaf])).toEqual(taken);
    expect(insertPruned(placed, [far]).ok).toBe(true);
  });
});
