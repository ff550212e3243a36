import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import type { Diverging } from "./diverging.testing.ts";
import { describeDivergence, findDivergence, type Play, toldBy } from "./index.ts";

/** As in the thread's script, which cannot be loaded here: it would start. */
const PLANTED_AT = 5_000;

function playing(plant: Diverging["plant"]): Play {
  return (seed, capture) => {
    const workerData: Diverging = { plant, seed, capture };
    return toldBy(new Worker(new URL("./diverging.testing.ts", import.meta.url), { workerData }));
  };
}

test("two runs of a seed do not differ in a world without holes", async () => {
  expect(await findDivergence(3, playing("none"))).toBeUndefined();
});

test("two seeds differ at once", async () => {
  const play = playing("none");
  const divergence = await findDivergence(3, play, (_, capture) => play(4, capture));
  expect(divergence).toMatchObject({ event: 1, repeated: true });
});

test.each([
  ["Date.now", /wire: \d+ bytes 73656e74/u, "stampedByTheHost"],
  ["Math.random", /asks for event \d+ at \d+ ms/u, "jitterOfTheHost"],
  ["performance.now", /draws from the platform/u, "pacedByTheHost"],
] as const)("a %s that was taken early is found by what it changes, with both stacks", async (plant, text, culprit) => {
  const divergence = await findDivergence(3, playing(plant));
  expect(divergence).toMatchObject({ seed: 3, event: PLANTED_AT, repeated: true });
  const told = describeDivergence(divergence as NonNullable<typeof divergence>);
  expect(told).toMatch(text);
  const [, one = "", two = ""] = /\nrun 1: ([^]*)\nrun 2: ([^]*)\nThe event was asked for\n/u.exec(told) ?? [];
  expect(one).not.toBe(two);
  expect(`${one}${two}`).toContain(culprit);
  expect(told.split("The event was asked for").at(-1)).toContain("at step");
});
