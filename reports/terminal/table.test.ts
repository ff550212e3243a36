import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { failedRun, heldRun } from "../sample.testing.ts";
import { columns } from "./fit.ts";
import { verdictTable } from "./table.ts";

const plain = { color: false, width: 100 };

test("held runs give a row a scenario and one line of summary", () => {
  const lines = verdictTable([heldRun(), heldRun({ seed: 2 }), heldRun({ scenario: "storm" })], plain).split("\n");
  expect(lines).toEqual([
    "scenario       seeds held  verdict  oracles failed  virtual time  events  wall time",
    "─────────────  ──────────  ───────  ──────────────  ────────────  ──────  ─────────",
    "first-contact         2/2  ✔ held   –                  2 min 2 s   2,468     500 ms",
    "storm                 1/1  ✔ held   –                  1 min 1 s   1,234     250 ms",
    "",
    "3 runs held.",
    "",
  ]);
});

test("a failed run gets a block with oracle, time, message and command", () => {
  const text = verdictTable([heldRun(), failedRun({ seed: 2 })], plain);
  expect(text).toMatch(/^first-contact +1\/2 +✘ failed +delivery /m);
  expect(text).toContain(
    [
      "✘ first-contact, seed 2",
      "  delivery at 1:01.000",
      "  bob never read message 0 of alice",
      "  chhaya run first-contact --seed 2",
    ].join("\n"),
  );
  expect(text.endsWith("\n\n1 of 2 runs failed.\n")).toBe(true);
});

test("colour only when asked for, and it changes nothing but colour", () => {
  const results = [heldRun(), failedRun({ seed: 2 })];
  const coloured = verdictTable(results, { color: true, width: 100 });
  expect(verdictTable(results, plain)).not.toContain("\u001B");
  expect(coloured).toContain("\u001B[31m");
  expect(stripVTControlCharacters(coloured)).toBe(verdictTable(results, plain));
});

test("no line exceeds the width, whatever the names", () => {
  const results = [
    heldRun({ scenario: "影".repeat(30), events: 123_456_789 }),
    failedRun(
      { scenario: "a-very-long-scenario-name-that-goes-on", parameters: { "a-long-parameter": 1, b: 2 } },
      { name: "an-oracle-with-a-name-beyond-all-measure", message: `${"word ".repeat(30)}${"x".repeat(200)}` },
    ),
  ];
  for (let width = 2; width <= 140; width++) {
    for (const line of verdictTable(results, { color: false, width }).split("\n")) {
      expect(columns(line), `${width}: ${line}`).toBeLessThanOrEqual(width);
    }
  }
});

test("a long command continues after a backslash and is the same command when joined", () => {
  const run = failedRun({ parameters: { "first-parameter": 1, "second-parameter": 2 } });
  const text = verdictTable([run], { color: false, width: 50 });
  expect(text.replaceAll(/ \\\n */g, " ")).toContain(
    "  chhaya run first-contact --seed 1 --set first-parameter=1 --set second-parameter=2\n",
  );
  expect(text).toContain(" \\\n  --set second-parameter=2\n");
});

test("control characters in names and messages never reach the terminal", () => {
  const text = verdictTable([failedRun({ scenario: "a\u001B[2Jb" }, { message: "x\ny\u0007\u009B31m" })], plain);
  expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  expect(text).toContain("  x y31m\n");
});
