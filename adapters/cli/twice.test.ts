import { expect, test } from "vitest";
import { scenarios } from "../../scenarios/index.ts";
import { parametersOf } from "../../sim/run/index.ts";
import type { Job, SimulatedStack } from "./plan.ts";
import { playTwice } from "./twice.ts";

/** A short talk of two. */
function talk(stack: SimulatedStack, sabotage?: string): Job {
  const [conversation] = scenarios;
  if (conversation === undefined) throw new Error("there are scenarios");
  const parameters = parametersOf(conversation, { nodes: 2, messages: 6, minutes: 1 });
  return { scenario: conversation.name, seed: 1, parameters, stack, population: 0, sabotage };
}

test.each(["model", "libp2p"] as const)("a run comes out the same twice: %s", { timeout: 120_000 }, async (stack) => {
  const { divergence, result } = await playTwice(talk(stack));
  expect(divergence).toBeUndefined();
  expect(result).toMatchObject({ stack, verdict: "held" });
  expect(result.oracles.at(-1)).toMatchObject({ name: "determinism", verdict: "held", checks: result.events });
});
