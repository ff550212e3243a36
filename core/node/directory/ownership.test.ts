import { describe, expect, test } from "vitest";
import { decode, encode } from "../../codec/index.ts";
import { portableSuite } from "../../suite/index.ts";
import { register } from "../../vkd/index.ts";
import { Bench, type BenchNode } from "../pair.testing.ts";
import { answerCodec, questionCodec } from "./messages.ts";
import { addClient, addLog, eventsOf, type LogBench, remembering, seedOf, standInBls, Usurper } from "./testing.ts";

const suite = remembering(standInBls(portableSuite));

/** A log in which `names` have registered labels of their own. */
function registered(...names: string[]): { bench: Bench; log: LogBench; people: BenchNode[] } {
  const bench = new Bench(suite);
  const log = addLog(bench);
  const people = names.map((name) => addClient(bench, name, [log]));
  bench.pass(6_000);
  for (const person of people) person.command({ kind: "register-label", label: person.name });
  bench.pass(25_000);
  for (const person of people) expect(eventsOf(person, "label.registered")).toHaveLength(1);
  return { bench, log, people };
}

function accountOf(name: string) {
  const seed = seedOf(suite, `account of ${name}`);
  return { seed, publicKey: suite.ed25519Public(seed) };
}

describe("an own label", () => {
  test("is registered anew with the present card, and watched again after a restart", () => {
    const { bench, people } = registered("bob");
    const [bob] = people as [BenchNode];
    bob.command({ kind: "register-label", label: "bob" });
    bob.command({ kind: "register-label", label: "bob" });
    expect(eventsOf(bob, "command.refused")).toMatchObject([{ code: "command/busy" }]);
    bench.pass(25_000);
    expect(eventsOf(bob, "label.registered").map(({ version }) => version)).toEqual([1, 2]);
    bob.restart();
    bench.pass(90_000);
    expect(eventsOf(bob, "label.registered")).toHaveLength(2);
    expect(eventsOf(bob, "label.alarm")).toEqual([]);
    expect(eventsOf(bob, "label.unwatched")).toEqual([]);
  });

  test("that somebody else has is refused", () => {
    const { bench, log } = registered("bob");
    const mallory = addClient(bench, "mallory", [log]);
    bench.pass(6_000);
    mallory.command({ kind: "register-label", label: "bob" });
    bench.pass(3_000);
    expect(eventsOf(mallory, "label.refused")).toMatchObject([{ label: "bob", code: "directory/other-version" }]);
    expect(mallory.engine.inspect().ownLabels).toBe(0);
  });

  test("changes hands by the old account's signature, and not without", () => {
    const { bench, log, people } = registered("bob");
    const [bob] = people as [BenchNode];
    const carol = addClient(bench, "carol", [log]);
    bench.pass(6_000);
    bob.command({ kind: "release-label", label: "bob", to: Buffer.from(carol.engine.account, "hex") });
    const [released] = eventsOf(bob, "label.released");
    const transfer = released?.transfer ?? new Uint8Array(0);
    const dave = addClient(bench, "dave", [log]);
    bench.pass(6_000);
    dave.command({ kind: "claim-label", label: "bob", transfer });
    expect(eventsOf(dave, "command.refused")).toMatchObject([{ code: "command/transfer-invalid" }]);
    carol.command({ kind: "claim-label", label: "bob", transfer });
    bench.pass(25_000);
    expect(eventsOf(carol, "label.registered")).toMatchObject([{ label: "bob", version: 2 }]);
    dave.command({ kind: "look-up", label: "bob", token: 1 });
    bench.pass(2_000);
    expect(eventsOf(dave, "label.found")).toMatchObject([{ account: carol.engine.account, version: 2 }]);
    expect(eventsOf(bob, "label.passed")).toMatchObject([{ label: "bob", to: carol.engine.account }]);
    expect(eventsOf(bob, "label.alarm")).toEqual([]);
    expect(bob.engine.inspect().ownLabels).toBe(0);
  });

  test("raises an alarm, once, when the directory publishes a version that its owner did not make", () => {
    const { bench, log, people } = registered("bob", "alice");
    const [bob, alice] = people as [BenchNode, BenchNode];
    const before = eventsOf(alice, "directory.head").at(-1)?.epoch ?? 0;
    // The directory itself takes the substitute in, as no honest one would: it judges nothing.
    const mallory = accountOf("mallory");
    const substitute = register(suite, mallory, {
      log: log.log,
      label: "bob",
      version: 2,
      card: alice.engine.cardBytes(),
      lineage: [],
      issued: 5,
    });
    const usurper = new Usurper(bench, log);
    for (const registrations of [[substitute], [], []]) {
      bench.pass(10_000);
      usurper.publish(registrations);
    }
    bench.pass(5_000);
    expect(eventsOf(alice, "directory.head").at(-1)?.epoch).toBeGreaterThan(before);
    expect(eventsOf(bob, "label.alarm")).toMatchObject([{ label: "bob", code: "vkd/foreign-version" }]);
    expect(eventsOf(alice, "label.alarm")).toEqual([]);
    // And nobody who looks it up believes it: no transfer leads to the substitute.
    alice.command({ kind: "look-up", label: "bob", token: 3 });
    bench.pass(5_000);
    expect(eventsOf(alice, "label.found")).toEqual([]);
    expect(eventsOf(alice, "label.unresolved")).toHaveLength(1);
  });

  test("that nobody proves any more is reported", () => {
    const { bench, people } = registered("bob");
    const [bob] = people as [BenchNode];
    bench.carry = ({ bytes, kind, to }) => (kind === "answer" && to === "bob" ? undefined : bytes);
    bench.pass(80_000);
    expect(eventsOf(bob, "label.unwatched")).toHaveLength(1);
    expect(eventsOf(bob, "label.alarm")).toEqual([]);
  });

  test("that was promised and never published raises an alarm", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const bob = addClient(bench, "bob", [log]);
    bench.pass(6_000);
    bob.command({ kind: "register-label", label: "bob" });
    bench.pass(1_000);
    // The promise was given; now the directory forgets it.
    const usurper = new Usurper(bench, log);
    for (let epoch = 0; epoch < 4; epoch++) {
      bench.pass(10_000);
      usurper.publish();
    }
    bench.pass(10_000);
    expect(eventsOf(bob, "label.alarm")).toMatchObject([{ code: "vkd/not-included" }]);
  });

  test("may be as long as a label can be", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const bob = addClient(bench, "bob", [log]);
    bench.pass(6_000);
    bob.command({ kind: "register-label", label: "b".repeat(64) });
    bench.pass(25_000);
    expect(eventsOf(bob, "label.registered")).toMatchObject([{ label: "b".repeat(64) }]);
  });

  test("stays watched when a further version of it is refused", () => {
    const { bench, people } = registered("bob");
    const [bob] = people as [BenchNode];
    bench.carry = ({ bytes, from, kind, to }) => {
      if (kind !== "answer" || from !== "log-d" || to !== "bob") return bytes;
      const answer = decode(answerCodec, bytes, 65_536);
      const isWord = answer.ok && (answer.value.kind === "work" || answer.value.kind === "accepted");
      return isWord ? encode(answerCodec, { kind: "refused", code: "directory/no-reason" }) : bytes;
    };
    bob.command({ kind: "register-label", label: "bob" });
    bench.pass(80_000);
    expect(eventsOf(bob, "label.refused")).toHaveLength(1);
    expect(eventsOf(bob, "label.alarm")).toEqual([]);
    expect(eventsOf(bob, "label.unwatched")).toEqual([]);
    bench.carry = ({ bytes }) => bytes;
    bob.command({ kind: "register-label", label: "bob" });
    bench.pass(25_000);
    expect(eventsOf(bob, "label.registered").at(-1)).toMatchObject({ version: 2 });
  });

  test("whose history nobody gives is no reason to accuse the directory", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const bob = addClient(bench, "bob", [log]);
    bench.pass(6_000);
    bench.carry = ({ bytes, kind }) => {
      const question = kind === "question" ? decode(questionCodec, bytes, 65_536) : undefined;
      return question?.ok === true && question.value.kind === "history" ? undefined : bytes;
    };
    bob.command({ kind: "register-label", label: "bob" });
    bench.pass(100_000);
    expect(eventsOf(bob, "label.alarm")).toEqual([]);
    expect(eventsOf(bob, "label.unwatched")).toHaveLength(1);
  });
});
