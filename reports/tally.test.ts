import { expect, test } from "vitest";
import { failedRun, heldRun } from "./sample.testing.ts";
import { failures, summary, tallyByScenario } from "./tally.ts";

test("runs group by scenario, stack and sabotage, by seed, with sums", () => {
  const tallies = tallyByScenario([
    failedRun({ seed: 2 }),
    heldRun({ stack: "real" }),
    heldRun({ stack: "real", wire: "tcp" }),
    heldRun({ seed: 1 }),
    failedRun({ sabotage: "nonce-fixed" }),
  ]);
  expect(tallies.map((tally) => [tally.label, tally.runs.map((run) => run.seed), tally.held])).toEqual([
    ["first-contact", [1, 2], 1],
    ["first-contact (real)", [1], 1],
    ["first-contact (real tcp)", [1], 1],
    ["first-contact +nonce-fixed", [1], 0],
  ]);
  expect(tallies[0]).toMatchObject({ failedOracles: ["delivery"], virtualMs: 122_000, wallMs: 500, events: 2468 });
});

test("the earliest violation comes first, one without a time last", () => {
  const oracle = (name: string, atMs?: number) => ({
    name,
    verdict: "failed" as const,
    checks: 1,
    ...(atMs === undefined ? {} : { atMs }),
  });
  const run = failedRun({ oracles: [oracle("never"), oracle("late", 20), oracle("early", 10)] });
  expect(failures(run).map((each) => each.name)).toEqual(["early", "late", "never"]);
});

test("the summary counts", () => {
  expect(summary([])).toBe("No runs.");
  expect(summary([heldRun()])).toBe("1 run held.");
  expect(summary([heldRun(), heldRun({ seed: 2 })])).toBe("2 runs held.");
  expect(summary([heldRun(), failedRun({ seed: 2 })])).toBe("1 of 2 runs failed.");
});
