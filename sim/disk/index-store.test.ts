import fc from "fast-check";
import { expect, test } from "vitest";
import { indexStorageConformance } from "../../core/node/conformance.testing.ts";
import { Kernel, Stream } from "../kernel/index.ts";
import { SimIndex } from "./index.ts";

indexStorageConformance("the simulated index store", () => {
  const kernel = new Kernel();
  const storage = new SimIndex(kernel, Stream.seeded(1));
  return {
    storage,
    restart() {
      const restarted = new SimIndex(kernel, Stream.seeded(2));
      restarted.overwrite(storage.entries());
      return restarted;
    },
    settle(reached) {
      for (let i = 0; i < 1_000 && !reached(); i++) kernel.runUntil(kernel.now + 1);
    },
  };
});

/** Number `mark` under each of these keys, so that a batch that is there in part shows. */
const KEYS = [1, 2, 3].map((key) => Uint8Array.of(key));

function batchOf(mark: number): { key: Uint8Array; value: Uint8Array }[] {
  return KEYS.map((key) => ({ key, value: Uint8Array.of(mark) }));
}

/** The number of the last batch on the disk; 0 for none. */
function lastOf(index: SimIndex): number {
  const marks = new Set(KEYS.map((key) => index.get(key)?.[0] ?? 0));
  expect(marks.size).toBe(1);
  return [...marks][0] as number;
}

test("crashes at any moment keep what was acknowledged, at most one batch more, and no part of one", () => {
  const ends = new Set<string>();
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.nat(12))), (seed, steps) => {
      const kernel = new Kernel();
      const index = new SimIndex(kernel, Stream.seeded(seed));
      let mark = 0;
      for (const [count, waitMs] of steps) {
        let acknowledged = mark;
        for (let i = 1; i <= count; i++) {
          const written = mark + i;
          index.write(batchOf(written), () => {
            expect(acknowledged).toBe(written - 1);
            acknowledged = written;
          });
        }
        kernel.runUntil(kernel.now + waitMs);
        index.crash();
        const found = lastOf(index);
        const underWay = acknowledged < mark + count;
        expect(underWay ? [acknowledged, acknowledged + 1] : [acknowledged]).toContain(found);
        ends.add(`${underWay ? "under way" : "done"}, ${found - acknowledged} more`);
        // What was lost is never done later.
        const before = acknowledged;
        kernel.runUntil(kernel.now + 1_000);
        expect([acknowledged, lastOf(index)]).toEqual([before, found]);
        mark = found;
      }
    }),
    { seed: 1, numRuns: 200 },
  );
  expect([...ends].sort()).toEqual(["done, 0 more", "under way, 0 more", "under way, 1 more"]);
});

test("its contents are read and replaced whole, and the copy is nobody else's", () => {
  const kernel = new Kernel();
  const index = new SimIndex(kernel, Stream.seeded(1));
  index.write(batchOf(1), () => {});
  kernel.runUntil(kernel.now + 1_000);
  const taken = index.entries();
  index.write([...batchOf(2), { key: Uint8Array.of(9), value: Uint8Array.of(9) }], () => {});
  kernel.runUntil(kernel.now + 1_000);
  expect([index.size, lastOf(index)]).toEqual([4, 2]);
  index.overwrite(taken);
  expect([index.size, lastOf(index)]).toEqual([3, 1]);
});
