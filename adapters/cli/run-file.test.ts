import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunResult } from "../../sim/result.ts";
import { loadRun, parseRun, saveRun } from "./run-file.ts";
import { UsageError } from "./usage.ts";

const saved = {
  format: "chhaya-run/1",
  scenario: "replay",
  seed: 3,
  stack: "model",
  population: 0,
  parameters: { minutes: 2 },
  verdict: "failed",
  traceHash: "ab".repeat(32),
};

test("what is saved is loaded again", () => {
  const directory = mkdtempSync(join(tmpdir(), "chhaya-runs-"));
  try {
    const file = saveRun(directory, { ...saved, sabotage: "tags-unchecked" } as unknown as RunResult);
    expect(file).toBe(join(directory, "replay", "3", "run.json"));
    const { format: _, ...expected } = { ...saved, sabotage: "tags-unchecked" };
    expect(loadRun(file)).toEqual(expected);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test.each([
  ["no JSON", "{"],
  ["no object", "7"],
  ["another format", JSON.stringify({ ...saved, format: "x" })],
  ["a negative seed", JSON.stringify({ ...saved, seed: -1 })],
  ["a short hash", JSON.stringify({ ...saved, traceHash: "ab" })],
  ["a parameter that is no number", JSON.stringify({ ...saved, parameters: { a: "b" } })],
  ["an unknown verdict", JSON.stringify({ ...saved, verdict: "perhaps" })],
  ["no scenario", JSON.stringify({ ...saved, scenario: undefined })],
])("%s is refused in one line", (_what, text) => {
  let message = "";
  try {
    parseRun("run.json", text);
  } catch (failure) {
    expect(failure).toBeInstanceOf(UsageError);
    message = (failure as Error).message;
  }
  expect(message).toMatch(/^run\.json is not a saved run: [^\n]+$/u);
});

test("any text gives a run or a usage error", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
      try {
        parseRun("f", text);
      } catch (failure) {
        expect(failure).toBeInstanceOf(UsageError);
      }
    }),
    { seed: 1 },
  );
});

test("a file that is not there is named", () => {
  expect(() => loadRun("/nowhere/run.json")).toThrow("cannot read /nowhere/run.json: ENOENT");
});
