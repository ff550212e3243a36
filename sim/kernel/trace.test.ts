import { expect, test } from "vitest";
import { portableSuite } from "../../core/suite/index.ts";
import type { TimelineEntry } from "../result.ts";
import { TIMELINE_ENTRIES_MAX, Trace } from "./trace.ts";

const entry = (atMs: number): TimelineEntry => ({ atMs, kind: "packet", from: "a", to: "b", bytes: 512 });

function hashOf(...steps: readonly [TimelineEntry, Uint8Array?][]): string {
  const trace = new Trace(portableSuite);
  for (const [step, bytes] of steps) trace.add(step, bytes);
  return trace.hash();
}

test("every part of every step, and their order, enters the hash", () => {
  const one = hashOf([entry(1)], [entry(2)]);
  expect(one).toMatch(/^[0-9a-f]{64}$/u);
  expect(hashOf([entry(1)], [entry(2)])).toBe(one);
  expect(hashOf([entry(2)], [entry(1)])).not.toBe(one);
  expect(hashOf([entry(1)])).not.toBe(one);
  for (const changed of [{ from: "c" }, { to: "c" }, { bytes: 1 }, { note: "x" }, { kind: "drop" as const }]) {
    expect(hashOf([entry(1)], [{ ...entry(2), ...changed }])).not.toBe(one);
  }
  expect(hashOf([entry(1), new Uint8Array(40)])).not.toBe(hashOf([entry(1), new Uint8Array(40).fill(1)]));
});

test("a long timeline keeps its beginning and its end, in order", () => {
  const trace = new Trace(portableSuite);
  const count = TIMELINE_ENTRIES_MAX + 1_234;
  for (let i = 0; i < count; i++) trace.add(entry(i));
  const times = trace.timeline().map(({ atMs }) => atMs);
  expect(times).toHaveLength(TIMELINE_ENTRIES_MAX);
  expect(trace.dropped).toBe(1_234);
  expect(times.at(-1)).toBe(count - 1);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});
