import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SLEEP_MS_MAX, systemClock } from "./clock.ts";

const START = 1_700_000_000_000;
const SET_TIMEOUT_MS_MAX = 2 ** 31 - 1;

beforeEach(() => vi.useFakeTimers({ now: START }));
afterEach(() => vi.useRealTimers());

function record(time: number): { readonly fired: number[]; readonly cancel: () => void } {
  const fired: number[] = [];
  return { fired, cancel: systemClock.at(time, () => fired.push(systemClock.now())) };
}

test("tells the wall clock's time", () => {
  expect(systemClock.now()).toBe(START);
});

test.each([1, SLEEP_MS_MAX - 1, SLEEP_MS_MAX, SLEEP_MS_MAX + 1, SET_TIMEOUT_MS_MAX, SET_TIMEOUT_MS_MAX + 1])(
  "calls back once, %i ms later and not before",
  (delay) => {
    const { fired } = record(START + delay);
    vi.advanceTimersByTime(delay - 1);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toEqual([START + delay]);
    vi.advanceTimersByTime(2 * SLEEP_MS_MAX);
    expect(fired).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  },
);

test.each([START, START - 1, 0])(
  "a time that has come, %i, calls back at once but not from within the call",
  (time) => {
    const { fired } = record(time);
    expect(fired).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(fired).toHaveLength(1);
  },
);

test("a wall clock set back while it sleeps does not make it early", () => {
  const { fired } = record(START + 100);
  vi.setSystemTime(START - 50);
  vi.advanceTimersByTime(149);
  expect(fired).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(fired).toEqual([START + 100]);
});

test("after a jump of the wall clock it is late by one sleep at most", () => {
  const { fired } = record(START + 10 * SLEEP_MS_MAX);
  vi.setSystemTime(START + 20 * SLEEP_MS_MAX);
  vi.advanceTimersByTime(SLEEP_MS_MAX);
  expect(fired).toHaveLength(1);
});

test.each([0, 10, SLEEP_MS_MAX, SLEEP_MS_MAX + 10])("cancelled after %i ms it never calls back", (passed) => {
  const { cancel, fired } = record(START + SLEEP_MS_MAX + 20);
  vi.advanceTimersByTime(passed);
  cancel();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(2 * SLEEP_MS_MAX);
  expect(fired).toEqual([]);
});

test("cancelling after it called back is harmless", () => {
  const { cancel, fired } = record(START + 1);
  vi.advanceTimersByTime(1);
  cancel();
  expect(fired).toHaveLength(1);
});
