import { expect, test } from "vitest";
import { comparisonLine, jsonLine } from "./json.ts";
import { failedRun, heldRun, sameOnBoth } from "./sample.testing.ts";

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

test("of an outcome a line holds numbers", () => {
  const message = { id: "aa", from: "alice", to: "bob", atMs: 1, fate: "queued" as const };
  const read = (readAfterMs: number) => ({ ...message, readings: [{ reader: "bob", author: "alice" }], readAfterMs });
  const messages = [read(30), read(10), { ...message, readings: [] }, read(20)];
  const outcome = { messages, messagesLeftOut: 2, foreign: ["bb bob alice"], convictions: ["bob log"], digest: "cc" };
  expect((JSON.parse(jsonLine(heldRun({ outcome }))) as { outcome: unknown }).outcome).toEqual({
    said: 6,
    read: 3,
    foreign: 1,
    convictions: 1,
    latencyMs: { p50: 20, p90: 30, p99: 30 },
    digest: "cc",
  });
});

test("a comparison is a line of its own, with quantiles in the place of latencies", () => {
  const { latencies: _latencies, ...rest } = sameOnBoth({ notComparable: { b: 1, a: 2 } });
  expect(JSON.parse(comparisonLine(sameOnBoth({ notComparable: { b: 1, a: 2 } })))).toEqual({
    ...rest,
    stack: "both",
    same: true,
    latencyMs: { model: { p50: 50, p90: 60, p99: 60 }, libp2p: { p50: 55, p90: 4_000, p99: 4_000 } },
  });
});
