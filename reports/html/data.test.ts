import { expect, test } from "vitest";
import { differentOnBoth, failedRun, heldRun, sameOnBoth } from "../sample.testing.ts";
import { embeddedJson, pageData } from "./data.ts";

test("failed runs and each scenario's first seed keep their timeline, the others do not", () => {
  const data = pageData([heldRun({ seed: 3 }), failedRun({ seed: 2 }), heldRun(), heldRun({ scenario: "b" })], "t");
  expect(data.rows).toEqual([
    { label: "first-contact", held: 2, runs: [0, 1, 2] },
    { label: "b", held: 1, runs: [3] },
  ]);
  expect(data.runs.map((run) => [run.seed, run.detail !== undefined])).toEqual([
    [1, true],
    [2, true],
    [3, false],
    [1, true],
  ]);
  expect(data.runs[2]).not.toHaveProperty("timeline");
  expect(data.runs[2]).not.toHaveProperty("states");
});

test("the details of many large failed runs stay within a few megabytes, one of each scenario first", () => {
  const states = { alice: "x".repeat(900_000) };
  const many = Array.from({ length: 20 }, (_, seed) => failedRun({ seed, states }));
  const data = pageData([...many, failedRun({ scenario: "b", states }), heldRun({ scenario: "c", states })], "t");
  expect(embeddedJson(data).length).toBeLessThan(4_100_000);
  expect(data.runs.filter((run) => run.detail).map((run) => `${run.scenario} ${run.seed}`)).toEqual([
    "first-contact 0",
    "first-contact 1",
    "first-contact 2",
    "b 1",
  ]);
});

test("embedded JSON cannot end its element and reads back unchanged", () => {
  const hostile = { "</script>": "<!--<script>\u2028\u2029 & ]]>" };
  expect(embeddedJson(hostile)).not.toMatch(/[<\u2028\u2029]/);
  expect(JSON.parse(embeddedJson(hostile))).toEqual(hostile);
});

test("states that JSON has no form for stay readable", () => {
  const states = { n: 12n, bytes: Uint8Array.of(1, 255), map: new Map([["k", 1]]), set: new Set(["s"]) };
  expect(JSON.parse(embeddedJson(states))).toEqual({ n: "12", bytes: "01ff", map: { k: 1 }, set: ["s"] });
});

test("comparisons are merged over seeds, and outcomes stay out of the page", () => {
  const outcome = { messages: [], messagesLeftOut: 0, foreign: [], convictions: [], digest: "" };
  const data = pageData([heldRun({ outcome })], "t", [differentOnBoth({ seed: 2 }), sameOnBoth()]);
  expect(data.runs[0]).not.toHaveProperty("outcome");
  expect(data.summary).toBe("1 run held. 1 of 1 scenario ends otherwise on libp2p than on the model.");
  expect(data.comparisons).toMatchObject([
    {
      scenario: "first-contact",
      seeds: 2,
      same: 1,
      compared: 6,
      differences: ["seed 2: delivery: held on the model, failed on libp2p"],
      replays: ["chhaya run first-contact --seed 2 --stack both"],
      model: { messages: 6, quantiles: { p50: 50, p90: 60, p99: 60 } },
    },
  ]);
});
