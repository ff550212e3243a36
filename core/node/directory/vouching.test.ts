import { describe, expect, test } from "vitest";
import { decode, encode } from "../../codec/index.ts";
import { portableSuite } from "../../suite/index.ts";
import { Bench, type BenchNode } from "../pair.testing.ts";
import { answerCodec } from "./messages.ts";
import { addClient, addLog, eventsOf, type LogBench, remembering, standInBls, Usurper } from "./testing.ts";

const suite = remembering(standInBls(portableSuite));

/** People who registered labels of their own names in these logs. */
function people(bench: Bench, logs: readonly LogBench[], names: readonly string[], agreement = 1): BenchNode[] {
  const nodes = names.map((name) => addClient(bench, name, logs, { agreement }));
  bench.pass(6_000);
  for (const node of nodes) node.command({ kind: "register-label", label: node.name });
  bench.pass(25_000);
  return nodes;
}

function befriend(bench: Bench, a: BenchNode, b: BenchNode): void {
  a.command({ kind: "add-labelled", name: b.name, label: b.name });
  b.command({ kind: "add-labelled", name: a.name, label: a.name });
  bench.pass(3_000);
}

describe("a handshake with somebody known from a directory", () => {
  test("does not start on a head that is too old, the user is told, and starts once there is a fresh one", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const [alice, bob] = people(bench, [log], ["alice", "bob"]) as [BenchNode, BenchNode];
    befriend(bench, alice, bob);
    log.directory.up = false;
    bench.pass(100_000);
    alice.say(bob, "hello");
    bench.pass(30_000);
    expect(bob.heard()).toEqual([]);
    expect(eventsOf(alice, "contact.unvouched")).toMatchObject([{ contact: bob.engine.account, reason: "stale" }]);
    log.directory.restartIfDown();
    bench.pass(90_000);
    expect(bob.heard()).toEqual(["hello"]);
  });

  test("does not start on the word of a convicted directory, unless the user verified the contact in person", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const [alice, bob] = people(bench, [log], ["alice", "bob"]) as [BenchNode, BenchNode];
    befriend(bench, alice, bob);
    bench.pass(15_000);
    // The usurper goes on from a state of which everybody has seen a further epoch already.
    const usurper = new Usurper(bench, log);
    usurper.publish();
    bench.pass(1_000);
    const rival = new Usurper(bench, log);
    bench.pass(1_000);
    rival.publish();
    bench.pass(2_000);
    expect(eventsOf(alice, "directory.convicted")).toMatchObject([{ contacts: [bob.engine.account] }]);
    alice.say(bob, "hello");
    bench.pass(30_000);
    expect(bob.heard()).toEqual([]);
    expect(eventsOf(alice, "contact.unvouched")).toMatchObject([{ reason: "convicted" }]);
    alice.command({ kind: "mark-verified", contact: bob.engine.account });
    bob.command({ kind: "mark-verified", contact: alice.engine.account });
    bench.pass(90_000);
    expect(bob.heard()).toEqual(["hello"]);
  });

  test("is answered only where the initiator shows by which head it is registered", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const [bob] = people(bench, [log], ["bob"]) as [BenchNode];
    // Alice is registered from a device that follows the log, and writes to Bob's card from there.
    const [alice] = people(bench, [log], ["alice"]) as [BenchNode];
    alice.command({ kind: "add-contact", name: "Bob", card: bob.engine.cardBytes() });
    bob.command({ kind: "add-labelled", name: "Alice", label: "alice" });
    bench.pass(3_000);
    alice.say(bob, "by card");
    bench.pass(10_000);
    expect(bob.heard()).toEqual(["by card"]);
    expect(eventsOf(bob, "refused").map(({ code }) => code)).not.toContain("node/not-vouched");
  });

  test("carries heads to where gossip does not: what was said to one end convicts at the other", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const [alice, bob] = people(bench, [log], ["alice", "bob"]) as [BenchNode, BenchNode];
    befriend(bench, alice, bob);
    // From now on no gossip reaches Bob; the directory shows him another story than the rest of the world.
    bench.carry = ({ bytes, from, to }) => (from === "bob" || to === "bob" ? undefined : bytes);
    bench.pass(12_000);
    const [first, second] = [new Usurper(bench, log), new Usurper(bench, log)];
    first.publish([], ["alice", ...log.mirrors.map(({ name }) => name)]);
    bench.pass(500);
    second.publish([], ["bob"]);
    bench.pass(500);
    expect(eventsOf(bob, "directory.convicted")).toEqual([]);
    alice.command({ kind: "remove-contact", contact: bob.engine.account });
    alice.command({ kind: "add-labelled", name: "bob", label: "bob" });
    bench.pass(2_000);
    alice.say(bob, "met");
    bench.pass(20_000);
    expect(eventsOf(bob, "directory.convicted")).toHaveLength(1);
  });
});

describe("what a contact's keys rest on", () => {
  test("are heads as they were verified, though a mirror spoils the signatures of one that is held already", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const [alice, bob] = people(bench, [log], ["alice", "bob"]) as [BenchNode, BenchNode];
    bench.carry = ({ bytes, kind }) => {
      const answer = kind === "answer" ? decode(answerCodec, bytes, 65_536) : undefined;
      if (answer?.ok !== true || answer.value.kind !== "standing") return bytes;
      const { standing } = answer.value;
      const head = { ...standing.head.head, signature: new Uint8Array(64).fill(7) };
      return encode(answerCodec, { kind: "standing", standing: { ...standing, head: { ...standing.head, head } } });
    };
    befriend(bench, alice, bob);
    bench.carry = ({ bytes }) => bytes;
    expect(alice.engine.contacts()).toHaveLength(1);
    alice.say(bob, "hello");
    bench.pass(5_000);
    expect(bob.heard()).toEqual(["hello"]);
  });

  test("stay directories when the user adopts what another of them says of the name", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const [alice, bob, other] = people(bench, [log], ["alice", "bob", "other"]) as BenchNode[] as [
      BenchNode,
      BenchNode,
      BenchNode,
    ];
    alice.command({ kind: "add-labelled", name: "Bob", label: "bob" });
    bench.pass(2_000);
    alice.command({ kind: "add-labelled", name: "Bob", label: "other" });
    bench.pass(2_000);
    alice.command({ kind: "resolve-key-change", contact: bob.engine.account, adopt: true });
    expect(alice.engine.contacts()).toMatchObject([{ account: other.engine.account, trust: "directory" }]);
  });

  test("may be any of several labels in one log", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const [alice, bob] = people(bench, [log], ["alice", "bob"]) as [BenchNode, BenchNode];
    bob.command({ kind: "register-label", label: "robert" });
    bench.pass(25_000);
    alice.command({ kind: "add-labelled", name: "Bob", label: "robert" });
    bob.command({ kind: "add-labelled", name: "Alice", label: "alice" });
    bench.pass(3_000);
    bob.say(alice, "from both");
    bench.pass(5_000);
    expect(alice.heard()).toEqual(["from both"]);
  });
});

describe("several directories", () => {
  test("that agree vouch together, and one that stands alone is named and not believed", () => {
    const bench = new Bench(suite);
    const logs = [addLog(bench, { name: "one" }), addLog(bench, { name: "two" }), addLog(bench, { name: "three" })];
    const [alice, bob] = people(bench, logs, ["alice", "bob"], 2) as [BenchNode, BenchNode];
    // A stranger got Bob's label in the third log, before Bob came there.
    const [, , third] = logs;
    const lone = addLog(bench, { name: "four" });
    const mallory = addClient(bench, "mallory", [lone]);
    bench.pass(6_000);
    mallory.command({ kind: "register-label", label: "bob" });
    bench.pass(25_000);
    const carol = addClient(bench, "carol", [logs[0], logs[1], lone] as LogBench[], { agreement: 2 });
    bench.pass(6_000);
    carol.command({ kind: "look-up", label: "bob", token: 9 });
    bench.pass(3_000);
    const [disagreed] = eventsOf(carol, "label.disagreed");
    expect(disagreed?.answers.map(({ account }) => account)).toEqual([
      bob.engine.account,
      bob.engine.account,
      mallory.engine.account,
    ]);
    expect(eventsOf(carol, "label.found")).toMatchObject([{ token: 9, account: bob.engine.account }]);
    expect(eventsOf(carol, "label.found")[0]?.agreed).toHaveLength(2);
    expect(third).toBeDefined();
    befriend(bench, alice, bob);
    alice.say(bob, "by two of three");
    bench.pass(10_000);
    expect(bob.heard()).toEqual(["by two of three"]);
  });

  test("of which too few answer leave the label unresolved, and those that split leave it too", () => {
    const bench = new Bench(suite);
    const logs = [addLog(bench, { name: "one" }), addLog(bench, { name: "two" })] as const;
    const bob = addClient(bench, "bob", [logs[0]]);
    const mallory = addClient(bench, "mallory", [logs[1]]);
    bench.pass(6_000);
    bob.command({ kind: "register-label", label: "bob" });
    mallory.command({ kind: "register-label", label: "bob" });
    bench.pass(25_000);
    const carol = addClient(bench, "carol", logs);
    const dave = addClient(bench, "dave", logs, { agreement: 2 });
    bench.pass(6_000);
    for (const node of [carol, dave]) node.command({ kind: "look-up", label: "bob", token: 1 });
    bench.pass(3_000);
    for (const node of [carol, dave]) {
      expect(eventsOf(node, "label.found")).toEqual([]);
      expect(eventsOf(node, "label.disagreed")).toHaveLength(1);
      expect(eventsOf(node, "label.unresolved")).toHaveLength(1);
    }
    dave.command({ kind: "look-up", label: "nobody", token: 2 });
    bench.pass(3_000);
    expect(eventsOf(dave, "label.absent")).toMatchObject([{ label: "nobody", token: 2 }]);
  });
});
