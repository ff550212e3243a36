import { expect, test } from "vitest";
import { jsonLine } from "./json.ts";
import { failedRun, heldRun } from "./sample.testing.ts";

test("keys come in a fixed order, whatever order the run has them in", () => {
  const run = failedRun({ stack: "real", wire: "tcp", sabotage: "nonce-fixed", parameters: { b: 2, a: 1 } });
  const reversed = Object.fromEntries(Object.entries({ ...run, parameters: { a: 1, b: 2 } }).reverse());
  const line = jsonLine(run);
  expect(jsonLine(reversed as unknown as typeof run)).toBe(line);
  expect(Object.keys(JSON.parse(line))).toEqual(
    "scenario seed stack wire nodes verdict oracles traceHash virtualMs wallMs events parameters sabotage counts".split(
      " ",
    ),
  );
});

test("a line holds everything but timeline and states, and is one line", () => {
  const run = heldRun({ scenario: "a\nb\u2028c\u2029d" });
  const { timeline: _timeline, timelineDropped: _dropped, states: _states, ...rest } = run;
  const line = jsonLine(run);
  expect(JSON.parse(line)).toEqual(rest);
  expect(line).not.toMatch(/[\r\n\u2028\u2029]/);
});
