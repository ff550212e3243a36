import { expect, test } from "vitest";
import { columns } from "./fit.ts";
import { progressLine } from "./progress.ts";

test("the line says how far and what is running", () => {
  expect(progressLine(5, 20, ["first-contact", "storm"], 80)).toBe(
    `${"━".repeat(5)}${"─".repeat(15)}  5/20  first-contact, storm`,
  );
  expect(progressLine(20, 20, [], 80)).toBe(`${"━".repeat(20)} 20/20`);
  expect(progressLine(0, 0, [], 80)).toBe(`${"─".repeat(20)} 0/0`);
});

test("the line never exceeds its width", () => {
  for (let width = 0; width < 90; width++) {
    const line = progressLine(5, 2000, ["\u001B[2Jfirst-contact", "影".repeat(40)], width);
    expect(columns(line)).toBeLessThanOrEqual(width);
    expect(line).not.toContain("\u001B");
  }
});
