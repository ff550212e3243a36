import { expect, test } from "vitest";
import { clock, duration } from "./duration.ts";

test.each([
  [0, "0 ms"],
  [999.6, "1 s"],
  [3250, "3.25 s"],
  [59_996, "1 min"],
  [245_000, "4 min 5 s"],
  [3_599_600, "1 h"],
  [7_500_000, "2 h 5 min"],
  [86_400_000, "1 d"],
  [270_000_000, "3 d 3 h"],
])("duration of %d ms is %s", (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  [0, "0:00.000"],
  [1250.9, "0:01.250"],
  [3_723_004, "1:02:03.004"],
  [176_523_004, "2d 01:02:03.004"],
])("clock of %d ms is %s", (ms, text) => {
  expect(clock(ms)).toBe(text);
});
