import { expect, test } from "vitest";
import { briefDuration, clock, duration } from "./duration.ts";

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

test.each([
  [0, "0 ms"],
  [43.6, "43.6 ms"],
  [1_000, "1 s"],
  [43_540, "43.5 s"],
  [59_960, "60 s"],
  [1_147_000, "19.1 min"],
  [3_600_000, "1 h"],
  [6_360_000, "1.77 h"],
  [270_000_000, "3.13 d"],
])("%d ms in brief is %s", (ms, text) => {
  expect(briefDuration(ms)).toBe(text);
});
