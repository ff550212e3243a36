import { describe, expect, test } from "vitest";
import { CARD_ADDRESSES_MAX, cardToBytes } from "../identity/index.ts";
import { type Effect } from "./index.ts";
import { Bench, type BenchNode } from "./pair.testing.ts";
import { DEFAULT_SETTINGS, MOVE_SETTLE_MS } from "./settings.ts";

const MINUTE = 60_000;
/** As long as they can be, so that a packet that tells them is known by its length. */
const longAddresses = (name: string): string[] =>
  Array.from({ length: CARD_ADDRESSES_MAX }, (_, i) => `${name}${i}`.padEnd(250, "."));
const TELLING_BYTES = 1_024;

function pair(): { bench: Bench; alice: BenchNode; bob: BenchNode } {
  const bench = new Bench();
  const alice = bench.add("alice");
  const bob = bench.add("bob");
  bench.meet(alice, bob);
  return { bench, alice, bob };
}

/** A pair that has talked both ways. */
function talking(): { bench: Bench; alice: BenchNode; bob: BenchNode } {
  const all = pair();
  all.alice.say(all.bob, "hello");
  all.bench.pass(5_000);
  all.bob.say(all.alice, "hello too");
  all.bench.pass(MINUTE);
  return all;
}

/** Everything that a node does from now on. */
function watched(node: BenchNode): Effect[] {
  const seen: Effect[] = [];
  node.onEffects = (effects) => seen.push(...effects);
  return seen;
}

const sends = (effects: readonly Effect[]) => effects.filter((effect) => effect.kind === "send");
const lookups = (effects: readonly Effect[]): number => effects.filter(({ kind }) => kind === "get-record").length;
const puts = (effects: readonly Effect[]): number => effects.filter(({ kind }) => kind === "put-record").length;

describe("who moved", () => {
  test("sends nothing for that alone, but a new bundle once its addresses stay, and later ones with pauses", () => {
    const { alice, bench } = talking();
    const done = watched(alice);
    alice.move("inn");
    alice.move("inn", "inn too");
    bench.pass(MOVE_SETTLE_MS - 1);
    expect(puts(done)).toBe(0);
    bench.pass(1);
    expect(puts(done)).toBe(1);
    for (const address of ["a", "b", "c"]) {
      alice.move(address);
      bench.pass(MOVE_SETTLE_MS);
    }
    expect(puts(done)).toBe(1);
    bench.pass(DEFAULT_SETTINGS.republishMs);
    expect(puts(done)).toBe(2);
    bench.pass(10 * MINUTE);
    expect([sends(done).length, puts(done)]).toEqual([0, 2]);
  });

  test("says so in the packets that go anyway, until one that arrived was acknowledged", () => {
    const { alice, bench, bob } = talking();
    const [byAlice, byBob] = [watched(alice), watched(bob)];
    alice.move(...longAddresses("inn"));
    let lost = 0;
    bench.filter = (from) => !from.startsWith("inn") || ++lost > 1;
    alice.say(bob, "one");
    bench.pass(MINUTE);
    const lengths = sends(byAlice).map(({ bytes }) => bytes.length);
    expect(lengths.length).toBeGreaterThan(1);
    for (const length of lengths) expect(length).toBeGreaterThan(TELLING_BYTES);
    bob.say(alice, "two");
    bench.pass(MINUTE);
    for (const { to } of sends(byBob)) expect(to).toMatch(/^inn/u);
    byAlice.splice(0);
    alice.say(bob, "three");
    bench.pass(MINUTE);
    for (const { bytes } of sends(byAlice)) expect(bytes.length).toBeLessThan(TELLING_BYTES);
    expect([alice.heard(), bob.heard()]).toEqual([
      ["hello too", "two"],
      ["hello", "one", "three"],
    ]);
    expect([lookups(byAlice), lookups(byBob)]).toEqual([0, 0]);
  });

  test("still says so after a restart, and its card does", () => {
    const { alice, bench, bob } = talking();
    alice.move(...longAddresses("inn"));
    bench.pass(MINUTE);
    alice.restart();
    expect(alice.engine.card().addresses).toEqual(longAddresses("inn"));
    const byAlice = watched(alice);
    alice.say(bob, "one");
    bench.pass(MINUTE);
    expect(sends(byAlice)[0]?.bytes.length).toBeGreaterThan(TELLING_BYTES);
    expect(bob.heard()).toEqual(["hello", "one"]);
    expect(bob.engine.contacts()[0]?.addresses).toEqual(longAddresses("inn"));
  });

  test("is taken at its word only where that fits a card", () => {
    const { alice, bench } = pair();
    const done = watched(alice);
    alice.move("alice");
    alice.move();
    alice.move("", "é".repeat(129), "x".repeat(257));
    expect(done.filter(({ kind }) => kind !== "wake")).toEqual([]);
    expect(alice.engine.card().addresses).toEqual(["alice"]);
    alice.move("", ...longAddresses("inn"), "a fifth");
    expect(alice.engine.card().addresses).toEqual(longAddresses("inn"));
    bench.pass(MINUTE);
  });

  test("in the middle of a handshake is answered where its first message came from", () => {
    const { alice, bench, bob } = pair();
    bench.filter = (_from, to) => to !== "bob";
    alice.say(bob, "one");
    bench.pass(1_000);
    alice.move("inn");
    bench.filter = () => true;
    bench.pass(MINUTE);
    bob.say(alice, "two");
    bench.pass(MINUTE);
    expect([alice.heard(), bob.heard()]).toEqual([["two"], ["one"]]);
    expect(bob.engine.contacts()[0]?.addresses).toEqual(["inn"]);
  });
});

describe("who does not know that somebody moved", () => {
  test("finds it through its bundle after some silence", () => {
    const { alice, bench, bob } = talking();
    alice.move("inn");
    bench.pass(MOVE_SETTLE_MS);
    const byBob = watched(bob);
    bob.say(alice, "one");
    bench.pass(MINUTE);
    expect(alice.heard()).toEqual(["hello too", "one"]);
    expect(lookups(byBob)).toBe(1);
    expect(bob.engine.contacts()[0]?.addresses).toEqual(["inn"]);
  });

  test("finds it when both moved at once, and both had something to say", () => {
    const { alice, bench, bob } = talking();
    alice.move("inn");
    bob.move("camp");
    alice.say(bob, "one");
    bob.say(alice, "two");
    bench.pass(MINUTE);
    expect([alice.heard(), bob.heard()]).toEqual([
      ["hello too", "two"],
      ["hello", "one"],
    ]);
  });

  test("finds it for a first message, also after one that was lost on the way to where it was", () => {
    const { alice, bench, bob } = pair();
    alice.say(bob, "one");
    bob.move("camp");
    bench.pass(3 * MINUTE);
    expect(bob.heard()).toEqual(["one"]);
    expect(alice.count("delivered")).toBe(1);
  });

  test("needs no address in a card", () => {
    const bench = new Bench();
    const [alice, bob] = [bench.add("alice"), bench.add("bob")];
    for (const [a, b] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      a.command({ kind: "add-contact", name: b.name, card: cardToBytes({ ...b.engine.card(), addresses: [] }) });
    }
    alice.say(bob, "one");
    bench.pass(5_000);
    bob.say(alice, "two");
    bench.pass(5_000);
    expect([alice.heard(), bob.heard()]).toEqual([["two"], ["one"]]);
  });

  test("waits where neither a card nor a bundle says where, and goes on when one does", () => {
    const bench = new Bench();
    const [alice, bob] = [bench.add("alice"), bench.add("bob")];
    const found = [...bench.records];
    bench.records.clear();
    alice.command({ kind: "add-contact", name: "bob", card: cardToBytes({ ...bob.engine.card(), addresses: [] }) });
    bob.command({ kind: "add-contact", name: "alice", card: alice.engine.cardBytes() });
    const byAlice = watched(alice);
    alice.say(bob, "one");
    bench.pass(10 * MINUTE);
    expect(sends(byAlice)).toEqual([]);
    expect(lookups(byAlice)).toBeLessThan(20);
    for (const [address, value] of found) bench.records.set(address, value);
    bench.pass(2 * MINUTE);
    expect(bob.heard()).toEqual(["one"]);
  });

  test("is not redirected by an older bundle that the store hands out again", () => {
    const { alice, bench, bob } = talking();
    const old = new Map(bench.records);
    alice.move("inn");
    bench.pass(MINUTE);
    alice.say(bob, "one");
    bench.pass(MINUTE);
    for (const [address, value] of old) bench.records.set(address, value);
    bench.filter = (from) => from !== "bob";
    const byBob = watched(bob);
    bob.say(alice, "two");
    bench.pass(MINUTE);
    expect(lookups(byBob)).toBeGreaterThan(0);
    for (const { to } of sends(byBob)) expect(to).toBe("inn");
    bench.filter = () => true;
    bench.pass(2 * MINUTE);
    expect(alice.heard()).toEqual(["hello too", "two"]);
  });

  test("tries a card's addresses first, and those that it knew before", () => {
    const { alice, bench, bob } = talking();
    bench.records.clear();
    alice.move("inn");
    bench.records.clear();
    bob.command({ kind: "add-contact", name: "alice", card: alice.engine.cardBytes() });
    expect(bob.engine.contacts()[0]?.addresses).toEqual(["inn", "alice"]);
    bob.say(alice, "one");
    bench.settle();
    expect(alice.heard()).toEqual(["hello too", "one"]);
  });

  test("looks its record up now and then while it is silent, and never while nothing waits for it", () => {
    const { alice, bench, bob } = talking();
    const byBob = watched(bob);
    alice.up = false;
    bench.pass(60 * MINUTE);
    expect([lookups(byBob), sends(byBob).length]).toEqual([0, 0]);
    bob.say(alice, "one");
    bench.pass(60 * MINUTE);
    expect(bob.count("session.ended")).toBe(0);
    // After 2, 4, 8, 16, 24 … transmissions; there is one a minute in the end.
    expect(sends(byBob).length).toBeGreaterThan(60);
    expect(lookups(byBob)).toBeGreaterThan(8);
    expect(lookups(byBob)).toBeLessThan(12);
    // It comes back elsewhere.
    alice.up = true;
    alice.addresses = ["inn"];
    alice.restart();
    bench.pass(10 * MINUTE);
    expect(alice.heard()).toContain("one");
  });
});
