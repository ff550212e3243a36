import { describe, expect, test } from "vitest";
import { Bench, type BenchNode } from "./pair.testing.ts";
import { MESSAGE_BYTES_MAX, STORED_BYTES_MAX } from "./settings.ts";

function pair(settings = {}): { bench: Bench; alice: BenchNode; bob: BenchNode } {
  const bench = new Bench();
  const [alice, bob] = [bench.add("alice", settings), bench.add("bob", settings)];
  bench.meet(alice, bob);
  return { bench, alice, bob };
}

describe("what must not be lost", () => {
  test("messages to a contact that was removed and added again arrive, and are not taken for repetitions", () => {
    const { bench, alice, bob } = pair();
    for (let i = 0; i < 10; i++) alice.say(bob, `old ${i}`);
    bench.pass(10_000);
    alice.command({ kind: "remove-contact", contact: bob.engine.account });
    bench.pass(10_000);
    alice.command({ kind: "add-contact", name: "bob", card: bob.engine.cardBytes() });
    alice.say(bob, "new");
    bench.pass(300_000);
    expect(bob.heard()).toHaveLength(11);
    expect(bob.heard()).toContain("new");
  });

  test("a store that is nearly full refuses messages before its log could not be written any more", () => {
    const { bench, alice, bob } = pair();
    bob.up = false;
    const text = "x".repeat(MESSAGE_BYTES_MAX);
    const room = Math.ceil(STORED_BYTES_MAX / MESSAGE_BYTES_MAX);
    for (let i = 0; i < room + 5; i++) alice.say(bob, text);
    expect(alice.events.at(-1)).toMatchObject({ kind: "command.refused", code: "command/outbox-full" });
    bench.pass(120_000);
    alice.restart();
    expect(alice.engine.contacts()).toHaveLength(1);
  }, 120_000);

  test("a first message that is overtaken by a newer one does not take the place of its session", () => {
    const { bench, alice, bob } = pair({ handshakeLifeMs: 10_000 });
    const held: { from: string; to: string; bytes: Uint8Array }[] = [];
    bench.filter = (from, to, bytes) => {
      if (from === "alice") held.push({ from, to, bytes });
      return from !== "alice";
    };
    alice.say(bob, "one");
    bench.pass(9_000);
    bench.filter = () => true;
    bench.pass(30_000);
    expect(bob.heard()).toEqual(["one"]);
    bench.wire.push(...held);
    bench.pass(1_000);
    alice.say(bob, "two");
    bench.pass(20_000);
    expect(bob.heard()).toEqual(["one", "two"]);
  });
});

describe("time and trust", () => {
  test("a clock that was a year ahead and is set right stops neither handshakes nor publication", () => {
    const { bench, alice, bob } = pair();
    bench.pass(5_000);
    const year = 365 * 86_400_000;
    bench.now += year;
    bob.up = false;
    alice.say(bob, "from the future");
    bench.pass(5_000);
    bench.now -= year;
    bob.up = true;
    alice.restart();
    bob.restart();
    bench.pass(900_000);
    expect(bob.heard()).toEqual(["from the future"]);
  });

  test("a stopped conversation believes no answer to a handshake that was under way", () => {
    const { bench, alice, bob } = pair();
    const other = bench.add("bob-again");
    bench.filter = (from) => {
      if (from === "bob") {
        alice.command({ kind: "add-contact", name: "bob", card: other.engine.cardBytes() });
      }
      return true;
    };
    alice.say(bob, "one");
    bob.say(alice, "held back");
    bench.pass(20_000);
    expect(alice.count("contact.key-changed")).toBeGreaterThan(0);
    expect(alice.count("session.confirmed")).toBe(0);
    expect(alice.heard()).toEqual([]);
  });

  test("a message says for itself when its author is proven", () => {
    const { bench, alice, bob } = pair();
    alice.say(bob, "one");
    bench.pass(10_000);
    const [first] = bob.events.filter((event) => event.kind === "message");
    expect(first).toMatchObject({ assurance: "provisional" });
    expect(bob.events).toContainEqual(expect.objectContaining({ kind: "message.confirmed", id: first?.id }));
  });

  test("after confirmation nothing of the early chain is kept", () => {
    const { bench, alice, bob } = pair();
    alice.say(bob, "one");
    alice.say(bob, "two");
    bench.pass(20_000);
    bench.pass(200_000);
    for (const node of [alice, bob]) {
      node.say(node === alice ? bob : alice, "again");
      bench.pass(200_000);
      expect(new TextDecoder("latin1").decode(node.stored.log)).not.toContain("early/");
    }
  });
});
