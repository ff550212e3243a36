import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionFailure } from "./assert.ts";
import { BoundedMap, BoundedQueue } from "./bounded.ts";

const SEED = 0xb0d;

describe("BoundedMap", () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant("set" as const), key: fc.nat(12), value: fc.nat() }),
    fc.record({ kind: fc.constant("delete" as const), key: fc.nat(12) }),
  );

  test("never exceeds its capacity and evicts the oldest insertion, as a list model says", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 6 }),
      fc.array(step, { maxLength: 60 }),
      (capacity, steps) => {
        const map = new BoundedMap<number, number>(capacity);
        let model: (readonly [number, number])[] = [];
        for (const action of steps) {
          const held = model.some(([key]) => key === action.key);
          model = model.filter(([key]) => key !== action.key);
          if (action.kind === "set") {
            model.push([action.key, action.value]);
            const evicted = model.length > capacity ? model.shift() : undefined;
            expect(map.set(action.key, action.value)).toEqual(evicted);
          } else {
            expect(map.delete(action.key)).toBe(held);
          }
          expect(map.size).toBeLessThanOrEqual(capacity);
          expect([...map.entries()]).toEqual(model);
          expect([...map.keys()]).toEqual(model.map(([key]) => key));
          expect([...map.values()]).toEqual(model.map(([, value]) => value));
          for (let key = 0; key <= 12; key++) {
            expect(map.get(key)).toBe(model.find(([known]) => known === key)?.[1]);
            expect(map.has(key)).toBe(model.some(([known]) => known === key));
          }
        }
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  test("keys are values, not property names: none reaches a prototype", () => {
    const map = new BoundedMap<string, number>(4);
    expect(map.get("__proto__")).toBeUndefined();
    expect(map.has("constructor")).toBe(false);
    map.set("__proto__", 1);
    expect(map.get("__proto__")).toBe(1);
    expect(({} as Record<string, unknown>)["1"]).toBeUndefined();
  });
});

describe("BoundedQueue", () => {
  test("is first in first out and refuses, unchanged, beyond its capacity", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 90 })), { maxLength: 40 }),
      (capacity, bursts) => {
        const queue = new BoundedQueue<number>(capacity);
        const model: number[] = [];
        let next = 0;
        for (const [push, count] of bursts) {
          for (let i = 0; i < count; i++) {
            if (push) {
              const accepted = model.length < capacity;
              expect(queue.push(next)).toBe(accepted);
              if (accepted) model.push(next);
              next++;
            } else {
              expect(queue.shift()).toBe(model.shift());
            }
            expect(queue.size).toBe(model.length);
          }
        }
        while (model.length > 0) expect(queue.shift()).toBe(model.shift());
        expect(queue.shift()).toBeUndefined();
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });
});

test("a capacity that is no positive integer is a bug", () => {
  for (const capacity of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => new BoundedMap(capacity)).toThrow(AssertionFailure);
    expect(() => new BoundedQueue(capacity)).toThrow(AssertionFailure);
  }
});
