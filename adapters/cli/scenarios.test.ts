import { describe, expect, test } from "vitest";
import { scenarios } from "../../scenarios/index.ts";
import { run, type Scenario } from "../../sim/index.ts";
import { parametersOf, scaledFor } from "../../sim/run/index.ts";
import { sabotages } from "../../sim/sabotage/index.ts";
import { simulationSuite } from "../suite/index.ts";
import type { Job, SimulatedStack } from "./plan.ts";
import { playAll } from "./pool.ts";

const quiet = { started() {}, finished() {} };
/** A run on the stack that the scenario needs. */
const job = (scenario: Scenario, seed: number, sabotage?: string): Job => {
  const stack: SimulatedStack = scenario.stack ?? "model";
  const parameters = parametersOf(scaledFor(scenario, stack), {});
  return { scenario: scenario.name, seed, parameters, stack, population: 0, sabotage };
};

test("every sabotage is caught by a scenario that names it, and every scenario can fail", () => {
  const named = scenarios.flatMap((scenario) => scenario.sabotages);
  expect(new Set(named)).toEqual(new Set(sabotages.map(({ name }) => name)));
  for (const scenario of scenarios) expect(scenario.sabotages.length, scenario.name).toBeGreaterThan(0);
});

test("the portable suite gives the same trace as the native one", { timeout: 120_000 }, () => {
  const [conversation] = scenarios;
  if (conversation === undefined) return expect.unreachable();
  const parameters = { nodes: 2, messages: 20, minutes: 2 };
  const portable = run(conversation, { seed: 1, parameters });
  expect(run(conversation, { seed: 1, parameters, suite: simulationSuite }).traceHash).toBe(portable.traceHash);
});

describe("each sabotage turns its scenario red", () => {
  // A run of real peers takes up to a minute: the quickest three, one weakening of each; all of them by the command line.
  const quick = ["eclipse", "gossip-spam", "nat-churn"];
  const pairs = scenarios.flatMap((scenario) =>
    scenario.sabotages
      .slice(0, scenario.stack === undefined ? undefined : Number(quick.includes(scenario.name)))
      .map((sabotage) => ({ name: scenario.name, scenario, sabotage })),
  );
  // Enough seeds that at least one draws the moment that the weakening needs.
  test.each(pairs)("$name with $sabotage", { timeout: 240_000 }, async ({ name, sabotage, scenario }) => {
    for (let seed = 1; seed <= 4; seed++) {
      const [result] = await playAll([job(scenario, seed, sabotage)], 1, quiet);
      if (result?.verdict === "failed") return;
    }
    expect.unreachable(`${name} did not notice ${sabotage}`);
  });
});
