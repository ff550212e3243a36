import fc from "fast-check";
import { expect, test } from "vitest";
import type { MessageOutcome, OracleVerdict, Outcome, RunResult } from "../result.ts";
import { chat } from "./chat.testing.ts";
import { compareRuns, run } from "./index.ts";

const sample = run(chat, { seed: 1 });

const name = fc.constantFrom("alice", "bob", "carol");
const reading = fc.record({ reader: name, author: name });
const message: fc.Arbitrary<Omit<MessageOutcome, "id">> = fc.record(
  {
    from: name,
    to: name,
    atMs: fc.nat(),
    fate: fc.constantFrom("queued", "undelivered", "unqueued"),
    readings: fc.uniqueArray(reading, { selector: ({ author, reader }) => `${reader} ${author}`, maxLength: 3 }),
    readAfterMs: fc.nat(),
  },
  { requiredKeys: ["from", "to", "atMs", "fate", "readings"] },
);
const outcome: fc.Arbitrary<Outcome> = fc.record({
  messages: fc.array(message, { maxLength: 12 }).map((all) => all.map((each, i) => ({ ...each, id: `id${i}` }))),
  messagesLeftOut: fc.constant(0),
  foreign: fc.uniqueArray(fc.constantFrom("x bob alice", "y carol bob", "z bob ?")),
  convictions: fc.uniqueArray(fc.constantFrom("alice log", "bob log", "bob other")),
  digest: fc.constant(""),
});
const oracles: fc.Arbitrary<OracleVerdict[]> = fc
  .uniqueArray(fc.constantFrom("delivery", "attribution", "liveness", "conviction"), { minLength: 1 })
  .chain((names) => fc.tuple(...names.map((each) => verdict(each))));
const result: fc.Arbitrary<RunResult> = fc.record({ oracles, outcome }).map((parts) => ({ ...sample, ...parts }));

function verdict(each: string): fc.Arbitrary<OracleVerdict> {
  return fc.record({ name: fc.constant(each), verdict: fc.constantFrom("held", "failed"), checks: fc.nat() });
}

function changed(of: RunResult, changes: Partial<Outcome>): RunResult {
  return { ...of, outcome: { ...(of.outcome as Outcome), ...changes } };
}

function without<T>(all: readonly T[], at: number): T[] {
  return all.filter((_, i) => i !== at);
}

const differences = (model: RunResult, libp2p: RunResult): readonly string[] => compareRuns(model, libp2p).differences;

test("a run of its seed is the same as itself, with all its messages compared", () => {
  expect(compareRuns(sample, { ...run(chat, { seed: 1 }), stack: "libp2p" })).toMatchObject({
    scenario: "chat",
    seed: 1,
    differences: [],
    compared: 7,
    notComparable: {},
    saidOtherwise: 0,
  });
  expect(sample.outcome?.messages.every(({ readAfterMs }) => readAfterMs !== undefined)).toBe(true);
});

test("equal outcomes compare equal, whatever took how long", () => {
  fc.assert(
    fc.property(result, fc.nat(), (model, delay) => {
      const { messages } = model.outcome as Outcome;
      const slower = messages.map((each) => ({ ...each, readAfterMs: delay }));
      const libp2p = changed({ ...model, stack: "libp2p", traceHash: "", events: 1 }, { messages: slower });
      const { compared, differencesLeftOut, notComparable, saidOtherwise } = compareRuns(model, libp2p);
      expect([...differences(model, libp2p), differencesLeftOut, saidOtherwise]).toEqual([0, 0]);
      const apart = Object.values(notComparable).reduce((sum, count) => sum + count, 0);
      expect(compared + apart).toBe(messages.length);
    }),
  );
});

test("a reading that one run lacks is told, where both queued the message", () => {
  fc.assert(
    fc.property(result, fc.nat(), fc.boolean(), (whole, at, onModel) => {
      const { messages } = whole.outcome as Outcome;
      const read = messages.flatMap(({ fate, readings }, i) =>
        fate === "queued" ? readings.map((_, j) => [i, j]) : [],
      );
      const [which, what] = read[at % Math.max(1, read.length)] ?? [];
      fc.pre(which !== undefined && what !== undefined);
      const lacking = messages.map((each, i) =>
        i === which ? { ...each, readings: without(each.readings, what) } : each,
      );
      const part = changed(whole, { messages: lacking });
      const { author, reader } = messages[which]?.readings[what] ?? { author: "", reader: "" };
      const lines = onModel ? differences(part, whole) : differences(whole, part);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toMatch(new RegExp(`^${reader} read .* ${onModel ? "on libp2p" : "on the model"} only$`, "u"));
      if (author !== messages[which]?.from) expect(lines[0]).toContain(` as one of ${author} `);
    }),
  );
});

test("a conviction, a verdict, an oracle, or a message from nowhere that one run lacks is told", () => {
  fc.assert(
    fc.property(result, fc.nat(), (whole, at) => {
      const { convictions, foreign } = whole.outcome as Outcome;
      const index = (all: readonly unknown[]): number => at % Math.max(1, all.length);
      const told = (part: RunResult): number => differences(whole, part).length + differences(part, whole).length;
      const lost = (all: readonly unknown[]): number => (all.length === 0 ? 0 : 2);
      expect(told(changed(whole, { convictions: without(convictions, index(convictions)) }))).toBe(lost(convictions));
      expect(told(changed(whole, { foreign: without(foreign, index(foreign)) }))).toBe(lost(foreign));
      expect(told({ ...whole, oracles: without(whole.oracles, index(whole.oracles)) })).toBe(2);
      const flipped = whole.oracles.map((oracle, i): OracleVerdict => {
        if (i !== index(whole.oracles)) return oracle;
        return { ...oracle, verdict: oracle.verdict === "held" ? "failed" : "held" };
      });
      expect(told({ ...whole, oracles: flipped })).toBe(2);
    }),
  );
});

test("a message that only one run queued is counted, and never silently compared", () => {
  const { messages } = sample.outcome as Outcome;
  const [first, second, third, fourth, fifth] = messages as [
    MessageOutcome,
    MessageOutcome,
    MessageOutcome,
    MessageOutcome,
    MessageOutcome,
  ];
  const other = [
    { ...first, fate: "unqueued" as const, readings: [] },
    { ...second, fate: "undelivered" as const, readings: [] },
    { ...third, to: "carol" },
    { ...fourth, atMs: fourth.atMs + 1 },
    { ...fifth, id: "other words" },
    ...messages.slice(5),
  ];
  expect(compareRuns(sample, changed(sample, { messages: other, messagesLeftOut: 3 }))).toMatchObject({
    differences: [],
    compared: 3,
    notComparable: {
      "queued on the model only": 1,
      "declared undelivered": 1,
      "said to somebody else": 1,
      "said on the model only": 1,
      "said on libp2p only": 1,
      "beyond the bound": 3,
    },
    saidOtherwise: 4,
  });
});

test("of many differences the first are named and the others counted", () => {
  const convictions = Array.from({ length: 30 }, (_, i) => `node${i} log`);
  const comparison = compareRuns(sample, changed(sample, { convictions }));
  expect(comparison.differences).toHaveLength(10);
  expect(comparison.differences[0]).toBe("node0 convicted log on libp2p only");
  expect(comparison.differencesLeftOut).toBe(20);
});

test("runs of other seeds or parameters are not held against each other", () => {
  expect(() => compareRuns(sample, { ...sample, seed: 2 })).toThrow("only runs of one scenario");
  expect(() => compareRuns(sample, { ...sample, parameters: { messages: 7 } })).toThrow("only runs of one scenario");
});
