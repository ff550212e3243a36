import fc from "fast-check";
import { expect, test } from "vitest";
import { RECORD_LIFE_MS_MAX } from "../../../core/record/index.ts";
import { nativeSuite } from "../../suite/index.ts";
import { content, DAY_MS, signed } from "./dht.testing.ts";
import { OWN, RECORD_OVERHEAD_BYTES, RecordStore } from "./record-store.ts";

const NOW = 1_800_000_000_000;
/** Of a content record of 64 bytes. */
const COST = 65 + RECORD_OVERHEAD_BYTES;

/** A store with room for so many such records of others, and as many of its own. */
class Shelf {
  now = NOW;
  readonly store: RecordStore;

  constructor(room: number) {
    this.store = new RecordStore(nativeSuite, { now: () => this.now }, { others: room * COST, own: room * COST });
  }

  put(number: number, source: string): void {
    const { address, value } = content(number);
    this.store.put(address, value, source);
  }

  has(number: number): boolean {
    return this.store.get(content(number).address) !== undefined;
  }
}

const version = (sequence: number, expires = NOW + DAY_MS) =>
  signed(1, NOW + sequence, Uint8Array.of(sequence), expires);

test("keeps the newest, in whatever order they come", () => {
  const versions = [0, 1, 2, 3].map((sequence) => version(sequence));
  fc.assert(
    fc.property(fc.shuffledSubarray(versions, { minLength: 1 }), (order) => {
      const { store } = new Shelf(10);
      for (const { address, value } of order) store.put(address, value, "a");
      const newest = versions.findLast((each) => order.includes(each));
      expect(store.get(version(0).address)?.value).toEqual(newest?.value);
      expect(store.size).toBe(1);
    }),
    { seed: 1, numRuns: 20 },
  );
});

test("keeps nothing that does not verify", () => {
  const { store } = new Shelf(10);
  store.put(content(1).address, content(2).value, "a");
  store.put(version(0).address, version(0, NOW - 1).value, "a");
  store.put(content(1).address, new Uint8Array(0), OWN);
  expect([store.size, store.cost]).toEqual([0, 0]);
});

test("a signed record is gone when it expires; content when it has not been put again for long", () => {
  const shelf = new Shelf(10);
  shelf.store.put(version(0).address, version(0).value, "a");
  shelf.put(1, "a");
  shelf.put(2, "a");
  shelf.now += DAY_MS;
  expect(shelf.store.get(version(0).address)).toBeUndefined();
  shelf.put(1, "b");
  shelf.now = NOW + RECORD_LIFE_MS_MAX;
  expect([shelf.has(1), shelf.has(2)]).toEqual([true, false]);
  expect(shelf.store.size).toBe(1);
});

test("a flood pushes out itself", () => {
  const shelf = new Shelf(10);
  for (let i = 0; i < 4; i++) shelf.put(i, "honest");
  for (let i = 100; i < 1_000; i++) shelf.put(i, "flooder");
  expect([0, 1, 2, 3].every((i) => shelf.has(i))).toBe(true);
  expect(shelf.store.size).toBe(10);
  // And whoever comes after it finds room.
  shelf.put(4, "late");
  expect([shelf.has(4), shelf.has(0)]).toEqual([true, true]);
});

test("a flood of large records does not count as few", () => {
  const shelf = new Shelf(100);
  for (let i = 0; i < 20; i++) shelf.put(i, "honest");
  for (let i = 100; i < 110; i++) {
    const { address, value } = content(i, 60_000);
    shelf.store.put(address, value, "flooder");
  }
  expect(Array.from({ length: 20 }, (_, i) => shelf.has(i)).every(Boolean)).toBe(true);
});

test("own records give way to own ones only, and stay own when somebody brings them back", () => {
  const shelf = new Shelf(5);
  for (let i = 0; i < 5; i++) shelf.put(i, OWN);
  shelf.put(0, "a");
  for (let i = 100; i < 200; i++) shelf.put(i, "flooder");
  expect([0, 1, 2, 3, 4].every((i) => shelf.has(i))).toBe(true);
  shelf.put(5, OWN);
  expect([0, 1, 2, 3, 4, 5].filter((i) => !shelf.has(i))).toHaveLength(1);
  expect(shelf.store.size).toBe(10);
});

test("expired records give way before any other", () => {
  const shelf = new Shelf(3);
  shelf.store.put(version(0).address, version(0).value, "flooder");
  shelf.put(1, "a");
  shelf.now += DAY_MS;
  shelf.put(2, "a");
  shelf.put(3, "a");
  expect([1, 2, 3].every((i) => shelf.has(i))).toBe(true);
});

test("it is never over its limits, and counts what it holds", () => {
  const step = fc.record({ number: fc.nat(40), source: fc.constantFrom("a", "b", "c", OWN), waitMs: fc.nat(DAY_MS) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const shelf = new Shelf(6);
      for (const { number, source, waitMs } of steps) {
        shelf.now += waitMs;
        shelf.put(number, source);
        expect(shelf.has(number)).toBe(true);
        expect(shelf.store.size).toBeLessThanOrEqual(12);
        expect(shelf.store.cost).toBe(shelf.store.size * COST);
      }
    }),
    { seed: 1, numRuns: 50 },
  );
});
