import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../../codec/index.ts";
import { portableSuite } from "../../suite/index.ts";
import { Bench } from "../pair.testing.ts";
import { type Answer, answerCodec, gossipCodec, type Question, questionCodec, vouchesCodec } from "./messages.ts";
import { addClient, addLog, eventsOf, Fork, remembering, standInBls } from "./testing.ts";

const suite = remembering(standInBls(portableSuite));
const anyBytes = fc.uint8Array({ maxLength: 400 });

describe("messages", () => {
  test.each([
    ["gossip", gossipCodec],
    ["question", questionCodec],
    ["answer", answerCodec],
    ["vouches", vouchesCodec],
  ] as const)("%s: any bytes decode or are refused, and what decodes has one encoding", (_, codec) => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const decoded = decode<unknown>(codec as never, bytes, 65_536);
        if (decoded.ok) expect(encode(codec as never, decoded.value as never)).toEqual(bytes);
      }),
    );
  });
});

/** A world with something in it, and every message that passed. */
function recorded() {
  const bench = new Bench(suite);
  const log = addLog(bench);
  const passed: { kind: string; to: string; bytes: Uint8Array }[] = [];
  bench.carry = ({ bytes, kind, to }) => {
    passed.push({ kind, to, bytes });
    return bytes;
  };
  const bob = addClient(bench, "bob", [log]);
  bench.pass(6_000);
  bob.command({ kind: "register-label", label: "bob" });
  bob.command({ kind: "look-up", label: "carol", token: 1 });
  bench.pass(25_000);
  bob.command({ kind: "look-up", label: "bob", token: 2 });
  bench.pass(3_000);
  return { bench, log, bob, passed };
}

describe("whatever strangers send", () => {
  const { bench, log, bob, passed } = recorded();
  const nodes = [bob, log.directory, ...log.mirrors, ...log.witnesses];
  const questions = passed.filter(({ kind }) => kind === "question");
  const spread = passed.filter(({ kind }) => kind === "gossip");
  expect(questions.length).toBeGreaterThan(20);
  bench.carry = () => undefined;

  const altered = (pool: readonly { bytes: Uint8Array }[]) =>
    fc
      .record({
        at: fc.nat(pool.length - 1),
        flips: fc.array(fc.record({ place: fc.double({ min: 0, max: 1, noNaN: true }), byte: fc.nat(255) }), {
          maxLength: 3,
        }),
        cut: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
      })
      .map(({ at, cut, flips }) => {
        const bytes = (pool[at] as { bytes: Uint8Array }).bytes.slice();
        for (const { byte, place } of flips) bytes[Math.floor(place * (bytes.length - 1))] = byte;
        return cut === null ? bytes : bytes.slice(0, Math.floor(cut * bytes.length));
      });

  test("altered and repeated questions make no node throw, and answers decode", () => {
    fc.assert(
      fc.property(altered(questions), fc.nat(nodes.length - 1), (bytes, who) => {
        nodes[who]?.question("stranger", bytes, (answer) => expect(decode(answerCodec, answer, 65_536).ok).toBe(true));
        bench.settle();
      }),
      { numRuns: 400 },
    );
  });

  test("questions at the edges of what may be asked make no node throw", () => {
    const anyEpoch = fc.constantFrom(0, 1, 2, 3, 4, 5, 1_000, 2 ** 32);
    const anyLabel = fc.constantFrom("", "bob", "carol", "Bob", "a".repeat(64), "é", "-", "bob ", "\0");
    const index = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const edge: fc.Arbitrary<Question> = fc.oneof(
      fc.record({ kind: fc.constant("chain" as const), log: fc.constant(log.log), from: anyEpoch }),
      fc.record({ kind: fc.constant("head-at" as const), log: fc.constant(log.log), epoch: anyEpoch }),
      fc.record({ kind: fc.constant("rotations" as const), log: fc.constant(log.log), after: anyEpoch }),
      fc.record({ kind: fc.constant("leaves" as const), log: fc.constant(log.log), from: anyEpoch, to: anyEpoch }),
      fc.record({
        kind: fc.constant("standing" as const),
        log: fc.constant(log.log),
        from: anyEpoch,
        indices: fc.array(index, { maxLength: 64 }),
      }),
      fc.record({ kind: fc.constant("find" as const), log: fc.constant(log.log), label: anyLabel }),
      fc.record({
        kind: fc.constant("history" as const),
        log: fc.constant(log.log),
        label: anyLabel,
        from: fc.constantFrom(1, 2, 3, 65_535),
      }),
    );
    fc.assert(
      fc.property(edge, fc.nat(nodes.length - 1), (question, who) => {
        let answer: Answer | undefined;
        nodes[who]?.question("stranger", encode(questionCodec, question), (bytes) => {
          const decoded = decode(answerCodec, bytes, 65_536);
          answer = decoded.ok ? decoded.value : undefined;
        });
        bench.settle();
        expect(answer).toBeDefined();
      }),
      { numRuns: 300 },
    );
  });

  test("a history from version 0, and one of more versions than an answer holds, cost nothing and are not given", () => {
    const question = encode(questionCodec, { kind: "history", log: log.log, label: "bob", from: 1 });
    // The last byte is the version.
    question[question.length - 1] = 0;
    let answers = 0;
    log.directory.question("stranger", question, () => answers++);
    bench.settle();
    expect([answers, log.directory.up]).toEqual([0, true]);
  });

  test("altered gossip is not believed, not passed on, and convicts nobody", () => {
    const published = new Map(nodes.map((node) => [node.name, 0]));
    for (const node of nodes) {
      node.onEffects = (effects) => {
        const more = effects.filter(({ kind }) => kind === "publish").length;
        published.set(node.name, (published.get(node.name) ?? 0) + more);
      };
    }
    fc.assert(
      fc.property(altered(spread), fc.nat(nodes.length - 1), (bytes, who) => {
        nodes[who]?.hear("stranger", bytes);
        bench.settle();
      }),
      { numRuns: 400 },
    );
    for (const node of nodes) expect(eventsOf(node, "directory.convicted")).toEqual([]);
    expect([...published.values()].reduce((sum, count) => sum + count, 0)).toBe(0);
  });

  test("heads of a directory gone mad fill no memory", () => {
    const fork = new Fork(suite, log);
    for (let epoch = 1; epoch <= 200; epoch++) {
      const head = fork.publish(bench.now + epoch, [], log.seeds.slice(0, 1), log);
      if (epoch > 100) bob.hear("stranger", encode(gossipCodec, { kind: "head", ...head }));
      bench.settle();
    }
    expect(Object.values(bob.engine.inspect().logs)[0]?.heads).toBeLessThanOrEqual(128);
    expect(bob.engine.inspect().asks).toBeLessThanOrEqual(256);
  });
});
