import { expect, test } from "vitest";
import { replayCommand } from "./replay.ts";
import { heldRun } from "./sample.testing.ts";

test("the command names scenario and seed, and only what differs from the default", () => {
  expect(replayCommand(heldRun())).toBe("chhaya run first-contact --seed 1");
  expect(
    replayCommand(
      heldRun({
        seed: 7,
        stack: "real",
        wire: "ws",
        parameters: { loss: 0.1, nodes: 9 },
        sabotage: "replay-cache-off",
      }),
    ),
  ).toBe(
    "chhaya run first-contact --seed 7 --stack real --transport ws --set loss=0.1 --set nodes=9 --sabotage replay-cache-off",
  );
});

test("bystanders belong to a run of another stack", () => {
  expect(replayCommand(heldRun({ stack: "libp2p", population: 100, parameters: {} }))).toBe(
    "chhaya run first-contact --seed 1 --stack libp2p --population 100",
  );
});

test("a name that a shell would interpret is quoted", () => {
  expect(replayCommand(heldRun({ scenario: "a; rm $(b) 'c'" }))).toBe(`chhaya run 'a; rm $(b) '\\''c'\\''' --seed 1`);
});
