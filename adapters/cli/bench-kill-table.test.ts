import { expect, test } from "vitest";
import type { SweepResult } from "../endurance/index.ts";
import { killTable } from "./bench-kill-table.ts";

const RESULT: SweepResult = {
  kills: { alice: 3, bob: 5 },
  killedStarting: 1,
  said: 1_200,
  acknowledged: 1_100,
  delivered: 1_150,
  quietMs: [900],
  torn: 1,
  damaged: 0,
  startMs: [700, 500, 900],
  rounds: 1,
  envelopes: 2_000,
  tags: 1_990,
  repeated: 10,
  conflicts: 0,
  faults: [],
  kept: undefined,
  ms: 12_000,
};

const cellsOf = (result: SweepResult): Record<string, string | undefined> =>
  Object.fromEntries(killTable(result, 7).blocks[0]?.rows.map(({ cells, name }) => [name, cells[0]]) ?? []);

test("the counts, and that all was in order", () => {
  expect(cellsOf(RESULT)).toMatchObject({
    kills: "8",
    acknowledged: "1,100",
    "a start, median": "700 ms",
    "logs found torn": "1",
  });
  expect(killTable(RESULT, 7).notes).toEqual(["Nothing was lost, doubled or altered."]);
});

test("what was wrong, and where to look", () => {
  const { notes } = killTable({ ...RESULT, faults: ["1 lost"], kept: "/somewhere" }, 7);
  expect(notes).toEqual(["FAILED: 1 lost", "The homes of the failed round: /somewhere"]);
});
