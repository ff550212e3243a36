import { expect, test } from "vitest";
import { PublishedRecords, RECORD_BYTES_MAX, RECORDS_MAX } from "./records.ts";

const NOW = 1_000;

function addressOf(number: number): Uint8Array {
  const address = new Uint8Array(32);
  new DataView(address.buffer).setUint32(0, number);
  return address;
}

test("a record is found until it expires, and forgotten then", () => {
  let now = NOW;
  const records = new PublishedRecords(() => now);
  expect(records.put(addressOf(1), new Uint8Array([1, 2]), NOW + 10)).toBe(true);
  now = NOW + 9;
  expect(records.get(addressOf(1))).toEqual(new Uint8Array([1, 2]));
  now = NOW + 10;
  expect(records.get(addressOf(1))).toBeUndefined();
  now = NOW;
  expect(records.get(addressOf(1))).toBeUndefined();
});

test("refuses wrong lengths and what is expired", () => {
  const records = new PublishedRecords(() => NOW);
  expect(records.put(new Uint8Array(31), new Uint8Array(1), NOW + 1)).toBe(false);
  expect(records.put(addressOf(1), new Uint8Array(0), NOW + 1)).toBe(false);
  expect(records.put(addressOf(1), new Uint8Array(RECORD_BYTES_MAX + 1), NOW + 1)).toBe(false);
  expect(records.put(addressOf(1), new Uint8Array(1), NOW)).toBe(false);
});

test("keeps at most RECORDS_MAX records, the latest published", () => {
  const records = new PublishedRecords(() => NOW);
  for (let number = 0; number <= RECORDS_MAX; number++) records.put(addressOf(number), new Uint8Array(1), NOW + 1);
  expect(records.get(addressOf(0))).toBeUndefined();
  expect(records.get(addressOf(1))).toBeDefined();
  expect(records.get(addressOf(RECORDS_MAX))).toBeDefined();
});

test("later changes by the publisher or a reader do not reach the record", () => {
  const records = new PublishedRecords(() => NOW);
  const value = new Uint8Array([7]);
  records.put(addressOf(1), value, NOW + 1);
  value.fill(0);
  records.get(addressOf(1))?.fill(0);
  expect(records.get(addressOf(1))).toEqual(new Uint8Array([7]));
});
