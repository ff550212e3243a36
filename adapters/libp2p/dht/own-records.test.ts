import fc from "fast-check";
import { expect, test } from "vitest";
import {
  OWN_RECORD_BYTES_MAX,
  OWN_RECORDS_MAX,
  type OwnRecord,
  OwnRecords,
  PUT_AGAIN_MS,
  PUT_RETRY_MS,
  PUT_RETRY_MS_MAX,
} from "./own-records.ts";

function record(number: number, expires = 1e12, bytes = 10): OwnRecord {
  const address = new Uint8Array(32);
  new DataView(address.buffer).setUint32(0, number);
  return { address, value: new Uint8Array(bytes).fill(number), expires };
}

test("is due at once, and again twelve hours after somebody took it", () => {
  const own = new OwnRecords();
  own.put(record(1), 1_000);
  const due = own.takeDue(1_000) as OwnRecord;
  expect(due.value).toEqual(record(1).value);
  expect(own.takeDue(1_000)).toBeUndefined();
  own.placed(due, 3, 2_000);
  expect(own.nextDueAt(2_000)).toBe(2_000 + PUT_AGAIN_MS);
  expect(own.takeDue(2_000 + PUT_AGAIN_MS - 1)).toBeUndefined();
  expect(own.takeDue(2_000 + PUT_AGAIN_MS)).toBe(due);
});

test("is due again soon while nobody takes it, each time later", () => {
  const own = new OwnRecords();
  own.put(record(1), 0);
  let now = 0;
  const waits: number[] = [];
  for (let i = 0; i < 12; i++) {
    own.placed(own.takeDue(now) as OwnRecord, 0, now);
    const next = own.nextDueAt(now) as number;
    waits.push(next - now);
    now = next;
  }
  expect(waits.slice(0, 3)).toEqual([PUT_RETRY_MS, 2 * PUT_RETRY_MS, 4 * PUT_RETRY_MS]);
  expect(waits.at(-1)).toBe(PUT_RETRY_MS_MAX);
});

test("what was replaced while it was put is due in its new form", () => {
  const own = new OwnRecords();
  own.put(record(1), 0);
  const old = own.takeDue(0) as OwnRecord;
  own.put({ ...record(1), value: Uint8Array.of(9) }, 1);
  own.placed(old, 20, 2);
  expect(own.takeDue(2)?.value).toEqual(Uint8Array.of(9));
});

test("is gone when it expires", () => {
  const own = new OwnRecords();
  own.put(record(1, 500), 0);
  expect(own.get(record(1).address, 499)?.value).toEqual(record(1).value);
  expect(own.get(record(1).address, 500)).toBeUndefined();
  expect(own.takeDue(500)).toBeUndefined();
  expect(own.size).toBe(0);
});

test("a bounded number and a bounded size is kept, the newest of them", () => {
  const many = new OwnRecords();
  for (let i = 0; i <= OWN_RECORDS_MAX; i++) many.put(record(i), 0);
  expect(many.size).toBe(OWN_RECORDS_MAX);
  expect(many.get(record(0).address, 0)).toBeUndefined();
  const large = new OwnRecords();
  const half = OWN_RECORD_BYTES_MAX / 2;
  for (let i = 0; i < 3; i++) large.put(record(i, 1e12, half), 0);
  expect([0, 1, 2].map((i) => large.get(record(i).address, 0) !== undefined)).toEqual([false, true, true]);
  // Replacing counts once.
  for (let i = 0; i < 5; i++) large.put(record(2, 1e12, half), 0);
  expect(large.get(record(1).address, 0)).toBeDefined();
});

test("a clock that is set back keeps nothing from being put", () => {
  const own = new OwnRecords();
  own.put(record(1, 1e15), 1e12);
  own.placed(own.takeDue(1e12) as OwnRecord, 1, 1e12);
  expect(own.nextDueAt(0)).toBe(PUT_AGAIN_MS);
});

test("the one that has been due for longest comes first, and each once", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(1_000), { maxLength: 30 }), (times) => {
      const own = new OwnRecords();
      for (const [i, time] of times.entries()) own.put(record(i), time);
      const taken: number[] = [];
      for (let due = own.takeDue(1_000); due !== undefined; due = own.takeDue(1_000)) {
        taken.push(times[new DataView(due.address.buffer).getUint32(0)] as number);
      }
      expect(taken).toEqual(times.toSorted((a, b) => a - b));
      expect(own.nextDueAt(1_000)).toBeUndefined();
    }),
    { seed: 1 },
  );
});
