import { concatBytes } from "@noble/hashes/utils.js";
import { expect } from "vitest";
import { portableSuite as suite } from "../suite/index.ts";
import { type Appended, appendRecord, type RecoveredLog, startGeneration } from "./index.ts";

/** The records of one generation, in order. */
export function write(generation: number, payloads: readonly Uint8Array[]): Appended[] {
  const records: Appended[] = [];
  for (const payload of payloads) {
    const last = records.at(-1);
    records.push(
      last === undefined ? startGeneration(suite, generation, payload) : appendRecord(suite, last.head, payload),
    );
  }
  return records;
}

export const payloadsOf = (...sizes: readonly number[]): Uint8Array[] =>
  sizes.map((size, i) => new Uint8Array(size).map((_, at) => 16 * i + at));
export const logOf = (records: readonly Appended[]): Uint8Array => concatBytes(...records.map(({ bytes }) => bytes));
export const at = <T>(list: readonly T[], index: number): T => list.at(index) as T;

/** How many whole records lie before the first byte in which two logs differ. */
export function intactRecords(records: readonly Appended[], log: Uint8Array): number {
  let [count, end] = [0, 0];
  for (const { bytes } of records) {
    if (!bytes.every((byte, i) => log[end + i] === byte)) break;
    end += bytes.length;
    count++;
  }
  return count;
}

/** Everything before the damage, and only that, with a head to continue from. */
export function expectPrefix(
  found: RecoveredLog,
  records: readonly Appended[],
  payloads: readonly Uint8Array[],
  count: number,
): void {
  expect(found.payloads).toEqual(payloads.slice(0, count));
  expect(found.head).toEqual(records[count - 1]?.head);
  expect(found.validBytes).toBe(logOf(records.slice(0, count)).length);
  expect(found.reason === undefined).toBe(found.status === "clean" || found.status === "empty");
}
