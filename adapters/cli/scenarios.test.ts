import { describe, expect, test } from "vitest";
import { scenarios } from "../../scenarios/index.ts";
import { run } from "../../sim/index.ts";
import { sabotages } from "../../sim/sabotage/index.ts";
import { simulationSuite } from "../suite/index.ts";
import { playAll } from "./pool.ts";

const quiet = { started() {}, finished() {} };
const job = (scenario: string, seed: number, sabotage?: string) => ({ scenario, seed, parameters: {}, sabotage });

test("every sabotage is caught by a scenario that names it, and every scenario can fail", () => {
  const named = scenarios.flatMap((scenario) => scenario.sabotages);
  expect(new Set(named)).toEqual(new Set(sabotages.map(({ name }) => name)));
  for (const scenario of scenarios) expect(scenario.sabotages.length, scenario.name).toBeGreaterThan(0);
});

test("every scenario holds, with one trace in two threads", { timeout: 240_000 }, async () => {
  const jobs = scenarios.map(({ name }) => job(name, 1));
  const results = await playAll([...jobs, ...jobs], 2, quiet);
  const [first, second] = [results.slice(0, jobs.length), results.slice(jobs.length)];
  for (const [i, result] of first.entries()) {
    expect(
      result.oracles.filter(({ verdict }) => verdict === "failed"),
      result.scenario,
    ).toEqual([]);
    expect(second[i]?.traceHash).toBe(result.traceHash);
  }
});

test("the portable suite gives the same trace as the native one", { timeout: 120_000 }, () => {
  const [conversation] = scenarios;
  if (conversation === undefined) return expect.unreachable();
  const parameters = { nodes: 2, messages: 20, minutes: 2 };
  const portable = run(conversation, { seed: 1, parameters });
  expect(run(conversation, { seed: 1, parameters, suite: simulationSuite }).traceHash).toBe(portable.traceHash);
});

describe("each sabotage turns its scenario red", () => {
  const pairs = scenarios.flatMap((scenario) =>
    scenario.sabotages.map((sabotage) => ({ name: scenario.name, sabotage })),
  );
  // Enough seeds that at least one draws the moment that the weakening needs.
  test.each(pairs)("$name with $sabotage", { timeout: 240_000 }, async ({ name, sabotage }) => {
    for (let seed = 1; seed <= 4; seed++) {
      const [result] = await playAll([job(name, seed, sabotage)], 1, quiet);
      if (result?.verdict === "failed") return;
    }
    expect.unreachable(`${name} did not notice ${sabotage}`);
  });
});
