import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Command } from "../../core/node/index.ts";
import { Correspondence, PROVISIONAL_KEPT_MAX } from "./correspondence.ts";
import { MemoryHistory, Person, World } from "./world.testing.ts";

const MINUTE_MS = 60_000;

interface Played {
  readonly alice: Person;
  readonly bob: Person;
}

/** Two friends talk; one is killed after so many steps, and both start again as often as they are killed. */
function play(kill: (people: Played) => void): Played {
  const world = new World();
  const alice = new Person(world, "alice");
  const bob = new Person(world, "bob");
  world.pass(1_000);
  alice.meet(bob, "bob");
  bob.meet(alice, "alice");
  world.pass(1_000);
  kill({ alice, bob });
  for (let i = 0; i < 4; i++) {
    alice.say(bob, `a${i}`);
    if (i > 0) bob.say(alice, `b${i}`);
    world.pass(2_500);
  }
  alice.killAfter = undefined;
  bob.killAfter = undefined;
  world.pass(10 * MINUTE_MS);
  return { alice, bob };
}

function expectNothingLost({ alice, bob }: Played): void {
  for (const [from, to] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    const arrived = to.texts("in");
    // Once each, and all that was written down, of which all that was acknowledged is a part.
    expect(arrived).toEqual([...new Set(arrived)]);
    expect([...arrived].sort()).toEqual(from.texts("out").sort());
    for (const text of from.acknowledged) expect(arrived).toContain(text);
    expect(to.history.rows.filter(({ direction, provisional }) => direction === "in" && provisional)).toEqual([]);
    const states = from.history.rows.filter(({ direction }) => direction === "out").map(({ state }) => state);
    expect(states).toEqual(states.map(() => "delivered"));
  }
}

function stepsOf(who: "alice" | "bob"): number {
  let before = 0;
  const { [who]: person } = play((people) => (before = people[who].steps));
  return person.steps - before;
}

describe("a process that is killed", () => {
  test.each(["alice", "bob"] as const)("between any two steps of %s loses nothing and says nothing twice", (who) => {
    const steps = stepsOf(who);
    expect(steps).toBeGreaterThan(60);
    for (let step = 0; step < steps; step++) {
      let killed = false;
      const played = play((people) => {
        people[who].killAfter = step;
        killed = true;
      });
      expect(killed).toBe(true);
      expectNothingLost(played);
    }
  });

  test("again and again, both of them", () => {
    fc.assert(
      fc.property(fc.nat({ max: 120 }), fc.nat({ max: 120 }), (a, b) => {
        expectNothingLost(
          play(({ alice, bob }) => {
            alice.killAfter = a;
            bob.killAfter = b;
          }),
        );
      }),
      { numRuns: 20 },
    );
  });

  test("would lose something, were nothing settled at its start", () => {
    const lost: number[] = [];
    for (let step = 0; step < 20; step++) {
      const played = play(({ alice }) => {
        alice.killAfter = step;
        alice.settles = false;
      });
      try {
        expectNothingLost(played);
      } catch {
        lost.push(step);
      }
    }
    expect(lost.length).toBeGreaterThan(0);
  });
});

describe("what a start settles", () => {
  const body = new Uint8Array([1]);

  function settle(state: "offered" | "queued", held: boolean, known: boolean, damaged: boolean) {
    const history = new MemoryHistory();
    const token = history.offer("bob", body);
    if (state === "queued") history.mark(token, "queued");
    const engine = {
      outbox: () => (held ? [{ contact: "bob", token }] : []),
      contacts: () => (known ? [{ account: "bob" }] : []),
    };
    const settlement = new Correspondence(history, () => 0).settle(engine, damaged);
    return { state: history.rows[0]?.state, again: settlement.again.length, uncertain: settlement.uncertain };
  }

  test.each([
    // state, held, known, damaged → state, handed in again, uncertain
    ["offered", true, true, false, "queued", 0, 0],
    ["offered", false, true, false, "offered", 1, 0],
    ["offered", false, true, true, "offered", 1, 0],
    ["queued", true, true, false, "queued", 0, 0],
    ["queued", false, true, false, "delivered", 0, 0],
    ["queued", false, false, false, "failed", 0, 0],
    ["queued", true, true, true, "queued", 0, 0],
    ["queued", false, true, true, "failed", 0, 1],
  ] as const)("%s, held %s, known %s, damaged %s: %s", (from, held, known, damaged, state, again, uncertain) => {
    expect(settle(from, held, known, damaged)).toEqual({ state, again, uncertain });
  });
});

test("a message that was announced as provisional is confirmed, whichever event says so", () => {
  const history = new MemoryHistory();
  const correspondence = new Correspondence(history, () => 0);
  const message = { kind: "message", id: "d/1", contact: "bob", device: "d", seq: 1, body: new Uint8Array(1) } as const;
  const confirmed: string[] = [];
  const command = (given: Command): void => void (given.kind === "confirm" && confirmed.push(given.id));
  correspondence.take({ ...message, assurance: "provisional" }, command);
  expect(history.rows[0]?.provisional).toBe(true);
  // Until then the engine keeps it, and tells the proof again after a crash.
  expect(confirmed).toEqual([]);
  // Told again after a start, by when its author was proven.
  correspondence.take({ ...message, assurance: "confirmed" }, command);
  expect([history.rows.length, history.rows[0]?.provisional]).toEqual([1, false]);
  correspondence.take({ ...message, id: "d/2", assurance: "provisional" }, command);
  correspondence.take({ kind: "message.confirmed", id: "d/2", contact: "bob", device: "d" }, command);
  expect([history.rows.length, history.rows[1]?.provisional]).toEqual([2, false]);
  expect(confirmed).toEqual(["d/1", "d/2"]);
});

test("the engine is made to keep so many unproven messages, and no more", () => {
  const correspondence = new Correspondence(new MemoryHistory(), () => 0);
  const confirmed: string[] = [];
  const command = (given: Command): void => void (given.kind === "confirm" && confirmed.push(given.id));
  for (let seq = 0; seq <= PROVISIONAL_KEPT_MAX; seq++) {
    const told = {
      kind: "message",
      id: `d/${seq}`,
      contact: "bob",
      device: "d",
      seq,
      body: new Uint8Array(1),
    } as const;
    correspondence.take({ ...told, assurance: "provisional" }, command);
  }
  expect(confirmed).toEqual(["d/0"]);
});
