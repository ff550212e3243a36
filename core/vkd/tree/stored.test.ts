import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionFailure } from "../../safety/index.ts";
import { portableSuite as suite } from "../../suite/index.ts";
import {
  EMPTY_HASH,
  INSERT_LEAVES_MAX,
  insertStored,
  leavesOf,
  proveStored,
  prunedRoot,
  RECORD_BYTES,
  sortLeaves,
  type TreeLeaf,
} from "./index.ts";
import { answer, flipped, fromHex, indices, leafSets, leaves, MemoryNodes, spec, toHex, treeOf } from "./testing.ts";

const SEED = 0x7ee;
const NEVER = { node: (): undefined => undefined };

test("roots are pinned, and follow the specification", () => {
  const three = ["00", "7f", "80"].map((first, i) => ({
    index: fromHex(first + "11".repeat(31)),
    commitment: new Uint8Array(32).fill(i),
  }));
  expect(toHex(EMPTY_HASH)).toBe("906e89194374529b86dd17ae4e2c6b5b0ff6038743a91d781953e19ac592dadf");
  expect(toHex(treeOf(three.slice(0, 1)).root)).toBe(
    "0311d360f43413029bb464a6943be6cc786010e04bed972e6e90240f192f1e2c",
  );
  expect(toHex(treeOf(three).root)).toBe("675acdf23360e110b7d3298521d1848ebf1af27d083113d0adb64c6166e349e1");
  expect(toHex(spec.root(three))).toBe(toHex(treeOf(three).root));
  expect(RECORD_BYTES).toBe(65);
});

interface Epoch {
  readonly root: Uint8Array;
  readonly held: ReadonlyMap<string, Uint8Array>;
}

test("over any sequence of insertions, every epoch answers as a map of that time does, present or absent", () => {
  const batches = fc.array(fc.array(leaves, { maxLength: 9 }), { maxLength: 7 });
  const property = fc.property(batches, fc.array(indices, { maxLength: 6 }), fc.nat(), (steps, strangers, pick) => {
    const nodes = new MemoryNodes();
    const epochs: Epoch[] = [{ root: EMPTY_HASH, held: new Map() }];
    for (const batch of steps) {
      const { held, root } = epochs.at(-1) as Epoch;
      const inserted = insertStored(suite, nodes, root, batch);
      const next = new Map([...held, ...batch.map(({ commitment, index }) => [toHex(index), commitment] as const)]);
      expect(inserted.ok).toBe(next.size === held.size + batch.length);
      if (!inserted.ok) continue;
      nodes.keep(inserted.value.writes);
      epochs.push({ root: inserted.value.root, held: next });
    }
    const known = [...(epochs.at(-1) as Epoch).held.keys()].map(fromHex);
    const all = [...known, ...strangers, ...known.map((index, i) => flipped(index, (pick + 37 * i) % 256))];
    for (const { held, root } of epochs) {
      const model = [...held].map(([hex, commitment]) => ({ index: fromHex(hex), commitment }));
      expect(toHex(root)).toBe(toHex(spec.root(model)));
      expect([...leavesOf(suite, nodes, root)]).toEqual(sortLeaves(model));
      const expected = (index: Uint8Array): string => toHex(held.get(toHex(index)) ?? new Uint8Array()) || "absent";
      const whole = proveStored(suite, nodes, root, all);
      expect(toHex(prunedRoot(suite, whole))).toBe(toHex(root));
      for (const index of all) expect(answer(whole, index)).toBe(expected(index));
      const asked = all[pick % Math.max(all.length, 1)];
      if (asked === undefined) continue;
      const one = proveStored(suite, nodes, root, [asked]);
      expect(toHex(prunedRoot(suite, one))).toBe(toHex(root));
      expect(answer(one, asked)).toBe(expected(asked));
      for (const index of all) expect(["unknown", expected(index)]).toContain(answer(one, index));
    }
  });
  fc.assert(property, { seed: SEED, numRuns: 30 });
});

test("neither order nor batching matters: the root and what is reachable from it are those of the set", () => {
  const property = fc.property(leafSets(0, 30), fc.infiniteStream(fc.nat(1_000)), (set, stream) => {
    const draw = (): number => stream.next().value as number;
    const { nodes, root } = treeOf(set);
    const shuffled = set.map((leaf) => ({ leaf, rank: draw() })).sort((a, b) => a.rank - b.rank);
    const other = new MemoryNodes();
    let grown = EMPTY_HASH;
    for (let at = 0; at < shuffled.length;) {
      const size = 1 + (draw() % 7);
      const batch = shuffled.slice(at, at + size).map(({ leaf }) => leaf);
      grown = other.insert(grown, batch);
      at += size;
    }
    expect(toHex(grown)).toBe(toHex(root));
    for (const [hash, record] of nodes.records) expect(toHex(other.records.get(hash)!)).toBe(toHex(record));
  });
  fc.assert(property, { seed: SEED, numRuns: 60 });
});

describe("insertStored", () => {
  test("of nothing changes, reads and writes nothing", () => {
    const inserted = insertStored(suite, NEVER, spec.hash("any root"), []);
    expect(inserted.ok && [toHex(inserted.value.root), [...inserted.value.writes]]).toEqual([
      toHex(spec.hash("any root")),
      [],
    ]);
  });

  test("refuses an index that is taken, by a stored leaf or within the batch, wherever it stands", () => {
    const property = fc.property(leafSets(1, 20), leafSets(0, 5), fc.nat(), fc.boolean(), (set, more, pick, within) => {
      const { nodes, root } = treeOf(set);
      const free = more.filter(({ index }) => !set.some((leaf) => toHex(leaf.index) === toHex(index)));
      const twin = within ? free[pick % Math.max(free.length, 1)] : set[pick % set.length];
      fc.pre(twin !== undefined);
      const batch = [...free];
      batch.splice(pick % (free.length + 1), 0, { ...twin, commitment: spec.hash("another") });
      expect(insertStored(suite, nodes, root, batch)).toEqual({ ok: false, error: "vkd/index-taken" });
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  test("writes each record once, under its hash, children before parents, and as many as its length says", () => {
    const property = fc.property(leafSets(0, 200), leafSets(0, 100), (first, second) => {
      const { nodes, root } = treeOf(first);
      const fresh = second.filter(({ index }) => !first.some((leaf) => toHex(leaf.index) === toHex(index)));
      const inserted = insertStored(suite, nodes, root, fresh);
      if (!inserted.ok) throw new Error(inserted.error);
      const { writes } = inserted.value;
      const seen = new Set(nodes.records.keys()).add(toHex(EMPTY_HASH));
      for (const { hash, record } of writes) {
        expect(toHex(spec.hash(record))).toBe(toHex(hash));
        expect(seen.has(toHex(hash))).toBe(false);
        seen.add(toHex(hash));
        if (record[0] === 0x10) continue;
        expect(record[0]).toBe(0x11);
        for (const at of [1, 33]) expect(seen.has(toHex(record.subarray(at, at + 32)))).toBe(true);
      }
      expect([...writes].length).toBe(writes.length);
      expect(seen.size).toBe(nodes.records.size + 1 + writes.length);
    });
    fc.assert(property, { seed: SEED, numRuns: 25 });
  });

  test("reads and writes in proportion to the changes, not to the tree", () => {
    const many = Array.from({ length: 4_096 }, (_, i) => leafAt(`old ${i}`));
    const { nodes, root } = treeOf(many);
    nodes.reads = 0;
    const inserted = insertStored(
      suite,
      nodes,
      root,
      Array.from({ length: 16 }, (_, i) => leafAt(`new ${i}`)),
    );
    // 16 paths of 12 levels, of which they share the first 4, and the few levels in which a new leaf parts from an old.
    expect(nodes.reads).toBeLessThan(16 * 11);
    expect(inserted.ok && inserted.value.writes.length).toBeLessThan(16 * 13);
    nodes.reads = 0;
    proveStored(suite, nodes, root, [leafAt("new 0").index, leafAt("old 7").index]);
    expect(nodes.reads).toBeLessThan(2 * 18);
  });

  test("takes no more leaves at once than it can sort, and none of a wrong length", () => {
    const leaf = leafAt("a");
    const tooMany = new Array<TreeLeaf>(INSERT_LEAVES_MAX + 1).fill(leaf);
    expect(() => sortLeaves(tooMany)).toThrow(AssertionFailure);
    for (const bad of [new Uint8Array(31), new Uint8Array(33)]) {
      expect(() => insertStored(suite, NEVER, EMPTY_HASH, [{ ...leaf, index: bad }])).toThrow(AssertionFailure);
      expect(() => insertStored(suite, NEVER, EMPTY_HASH, [{ ...leaf, commitment: bad }])).toThrow(AssertionFailure);
      expect(() => proveStored(suite, NEVER, EMPTY_HASH, [bad])).toThrow(AssertionFailure);
    }
  });
});

function leafAt(name: string): TreeLeaf {
  return { index: spec.hash(name), commitment: spec.hash("of", name) };
}

test("sorting is by index, whatever agrees in the first bytes", () => {
  const property = fc.property(fc.array(leaves, { maxLength: 40 }), (list) => {
    const sorted = sortLeaves(list);
    expect(sorted.map(({ index }) => toHex(index))).toEqual(list.map(({ index }) => toHex(index)).sort());
    expect(new Set(sorted)).toEqual(new Set(list));
  });
  fc.assert(property, { seed: SEED });
});

describe("a damaged store", () => {
  const set = Array.from({ length: 40 }, (_, i) => leafAt(`leaf ${i}`));

  test("stops everything that reads a lost or altered record, and gives no wrong proof", () => {
    const property = fc.property(fc.nat(), fc.nat(8 * RECORD_BYTES - 1), fc.constantFrom(...set), (pick, bit, leaf) => {
      const { nodes, root } = treeOf(set);
      const honest = answer(proveStored(suite, nodes, root, [leaf.index]), leaf.index);
      const damaged = [...nodes.records.keys()][pick % nodes.records.size] as string;
      const record = nodes.records.get(damaged) as Uint8Array;
      for (const change of [undefined, flipped(record, bit), record.slice(1), Uint8Array.of(...record, 0)]) {
        if (change === undefined) nodes.records.delete(damaged);
        else nodes.records.set(damaged, change);
        expect(() => [...leavesOf(suite, nodes, root)]).toThrow(AssertionFailure);
        let found: string;
        try {
          found = answer(proveStored(suite, nodes, root, [leaf.index]), leaf.index);
        } catch (error) {
          expect(error).toBeInstanceOf(AssertionFailure);
          continue;
        }
        expect(found).toBe(honest);
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  test("after a crash that kept any part of an epoch's writes, older epochs stand and the epoch is made again alike", () => {
    const property = fc.property(
      leafSets(1, 12),
      leafSets(1, 12),
      fc.infiniteStream(fc.boolean()),
      (old, more, kept) => {
        const fresh = more.filter(({ index }) => !old.some((leaf) => toHex(leaf.index) === toHex(index)));
        const { nodes, root } = treeOf(old);
        const first = insertStored(suite, nodes, root, fresh);
        if (!first.ok) throw new Error(first.error);
        nodes.keep([...first.value.writes].filter(() => kept.next().value));
        expect([...leavesOf(suite, nodes, root)]).toEqual(sortLeaves(old));
        expect(toHex(nodes.insert(root, fresh))).toBe(toHex(first.value.root));
        expect([...leavesOf(suite, nodes, first.value.root)]).toEqual(sortLeaves([...old, ...fresh]));
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 40 });
  });
});
