import { expect, test } from "vitest";
import { chat } from "./chat.testing.ts";
import { parametersOf, run, type Scenario, scenario } from "./index.ts";

test("one seed gives one result, two seeds give two", () => {
  const first = run(chat, { seed: 1 });
  expect(first).toMatchObject({ verdict: "held", nodes: 2, stack: "model", parameters: { messages: 6 } });
  expect(first.counts).toMatchObject({ say: 7, deliver: 7 });
  expect(run(chat, { seed: 1 })).toEqual(first);
  expect(run(chat, { seed: 2 }).traceHash).not.toBe(first.traceHash);
});

test("an exception from a node or a script fails the run instead of escaping it", () => {
  const broken: Scenario = scenario({ ...chat, play: () => expect.unreachable() });
  const result = run(broken, { seed: 1 });
  expect(result.verdict).toBe("failed");
  expect(result.oracles.find(({ name }) => name === "assertions")?.verdict).toBe("failed");
});

test("a parameter that does not exist, or is no number, is refused by name", () => {
  expect(parametersOf(chat, { messages: 2 })).toEqual({ messages: 2 });
  expect(() => parametersOf(chat, { message: 2 })).toThrow('no parameter "message"; it has messages');
  expect(() => parametersOf(chat, { messages: Number.NaN })).toThrow('"messages" must be a number');
});
