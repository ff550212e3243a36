import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EngineEvent } from "./index.ts";
import { Bench, type BenchNode } from "./pair.testing.ts";

const SEED = 20_260;

function isDemand(event: EngineEvent): boolean {
  return event.kind === "refused" && event.code === "node/cookie-demanded";
}

function pair(settings = {}): { bench: Bench; alice: BenchNode; bob: BenchNode } {
  const bench = new Bench();
  const alice = bench.add("alice", settings);
  const bob = bench.add("bob", settings);
  bench.meet(alice, bob);
  return { bench, alice, bob };
}

describe("a conversation", () => {
  test("the first message is provisional until the handshake proves its author, then confirmed", () => {
    const { bench, alice, bob } = pair();
    alice.say(bob, "one");
    bench.pass(5_000);
    const first = bob.events.find((event) => event.kind === "message");
    expect(first?.kind === "message" && first.assurance).toBe("provisional");
    expect(bob.count("session.confirmed")).toBe(1);
    alice.say(bob, "two");
    bench.pass(5_000);
    const second = bob.events.filter((event) => event.kind === "message").at(-1);
    expect(second?.kind === "message" && second.assurance).toBe("confirmed");
  });

  test("starts with a peer that is offline and ends with one delivery of each message", () => {
    const { bench, alice, bob } = pair();
    bob.up = false;
    for (const text of ["one", "two", "three"]) alice.say(bob, text);
    bench.pass(300_000);
    expect(bob.heard()).toEqual([]);
    bob.up = true;
    bench.pass(120_000);
    expect([...bob.heard()].sort()).toEqual(["one", "three", "two"]);
    expect(bob.count("message")).toBe(3);
    expect(alice.count("delivered")).toBe(3);
  });

  test("simultaneous starts from both ends converge on one session", () => {
    const { bench, alice, bob } = pair();
    alice.say(bob, "from alice");
    bob.say(alice, "from bob");
    bench.pass(120_000);
    expect(bob.heard()).toEqual(["from alice"]);
    expect(alice.heard()).toEqual(["from bob"]);
    expect(alice.count("session.confirmed")).toBe(1);
    expect(bob.count("session.confirmed")).toBe(1);
  });

  test("survives loss, duplication and reordering of any envelope", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(9), { minLength: 40, maxLength: 40 }), (dice) => {
        const { bench, alice, bob } = pair({ retransmitMaxMs: 5_000 });
        let at = 0;
        let faulty = true;
        const held: { from: string; to: string; bytes: Uint8Array }[] = [];
        bench.filter = (from, to, bytes) => {
          const die = faulty ? (dice[at++ % dice.length] ?? 9) : 9;
          if (die <= 2) return false;
          if (die === 3) {
            held.push({ from, to, bytes });
            return false;
          }
          if (die === 4) held.push({ from, to, bytes });
          return true;
        };
        const said: string[] = [];
        for (let i = 0; i < 12; i++) {
          alice.say(bob, `a${i}`);
          if (i % 2 === 0) bob.say(alice, `b${i}`);
          said.push(`a${i}`);
          bench.pass(1_500);
          bench.wire.push(...held.splice(0).reverse());
        }
        faulty = false;
        bench.pass(60_000);
        expect([...bob.heard()].sort()).toEqual([...said].sort());
        expect(bob.count("message")).toBe(12);
        expect(alice.count("message")).toBe(6);
      }),
      { numRuns: 15, seed: SEED },
    );
  });
});

describe("persist before send", () => {
  test.each([
    ["idle", {}],
    ["under load", { handshakesBeforeCookie: 0 }],
  ])("every send, record and event of a turn follows the record that makes the turn durable: %s", (_load, settings) => {
    const { bench, alice, bob } = pair(settings);
    const check = (node: BenchNode): void => {
      node.onEffects = (effects) => {
        const writes = effects.findIndex((effect) => effect.kind === "append" || effect.kind === "replace");
        expect(writes).toBeLessThanOrEqual(0);
        if (effects.some((effect) => effect.kind === "send")) {
          const kinds = effects.map((effect) => effect.kind);
          // A demand for a cookie keeps nothing, and so has nothing to make durable.
          const demand = effects.some(
            ({ kind, ...rest }) => kind === "event" && "event" in rest && isDemand(rest.event),
          );
          if (!demand && !kinds.includes("append") && !kinds.includes("replace")) {
            // Only bytes that were durable before may go out without a record: a repeated M1 or M2.
            expect(node.sentBefore(effects)).toBe(true);
          }
        }
      };
    };
    check(alice);
    check(bob);
    for (let i = 0; i < 20; i++) {
      alice.say(bob, `a${i}`);
      bob.say(alice, `b${i}`);
      bench.pass(700);
    }
    expect(bob.heard()).toHaveLength(20);
  });

  test("a crash between any two effects loses no queued message and announces none twice after a confirm", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(60), { minLength: 6, maxLength: 6 }), fc.boolean(), (kills, crashAlice) => {
        const { bench, alice, bob } = pair({ retransmitMaxMs: 4_000 });
        const victim = crashAlice ? alice : bob;
        bob.confirms = true;
        alice.confirms = true;
        for (const [round, kill] of kills.entries()) {
          victim.killAfterEffects(kill);
          alice.say(bob, `a${round}`);
          bob.say(alice, `b${round}`);
          bench.pass(6_000);
          victim.restartIfDown();
          bench.pass(1_000);
        }
        victim.killAfterEffects(undefined);
        bench.pass(120_000);
        for (const [from, to] of [
          [alice, bob],
          [bob, alice],
        ] as const) {
          for (const text of from.queued) expect(to.read.filter((seen) => seen === text)).toEqual([text]);
          expect(new Set(to.read).size).toBe(to.read.length);
        }
      }),
      { numRuns: 30, seed: SEED },
    );
  }, 30_000);

  test("the state that a log gives back equals the state that was running", () => {
    const { bench, alice, bob } = pair();
    for (let i = 0; i < 10; i++) {
      alice.say(bob, `a${i}`);
      bob.say(alice, `b${i}`);
      bench.pass(30_000);
      const { logBytes: _bytes, logRecords: _records, ...before } = alice.engine.inspect();
      expect(alice.reopened().inspect()).toMatchObject(before);
    }
  });
});

describe("sessions", () => {
  test("ends with a tombstone outside its bounds and a fresh handshake replaces it", () => {
    const { bench, alice, bob } = pair({ retransmitMs: 500, retransmitMaxMs: 500, handshakeLifeMs: 10_000 });
    alice.say(bob, "one");
    bench.pass(5_000);
    bench.filter = (from) => from !== "alice";
    alice.say(bob, "lost for long");
    bench.pass(120_000);
    expect(alice.count("session.ended")).toBe(1);
    bench.filter = () => true;
    bench.pass(30_000);
    expect(bob.heard()).toEqual(["one", "lost for long"]);
    expect(bob.count("session.confirmed")).toBe(2);
    bob.say(alice, "and back");
    bench.pass(5_000);
    expect(alice.heard()).toEqual(["and back"]);
  });

  test("a session is replaced after the number of messages that the operator chose", () => {
    const ratchet = { kemMessages: 8, kemMs: 60_000, sessionMessages: 10, sessionMs: 86_400_000 };
    const { bench, alice, bob } = pair({ ratchet, handshakeLifeMs: 10_000 });
    for (let i = 0; i < 30; i++) {
      alice.say(bob, `a${i}`);
      bench.pass(2_000);
    }
    bench.pass(60_000);
    expect(bob.heard()).toHaveLength(30);
    expect(alice.count("session.ended")).toBeGreaterThan(1);
  });

  test("mixes ML-KEM again and again", () => {
    const ratchet = { kemMessages: 6, kemMs: 3_600_000, sessionMessages: 10_000, sessionMs: 86_400_000 };
    const { bench, alice, bob } = pair({ ratchet });
    for (let i = 0; i < 30; i++) {
      alice.say(bob, `a${i}`);
      bob.say(alice, `b${i}`);
      bench.pass(2_000);
    }
    const [peer] = Object.values(alice.engine.inspect().peers);
    expect(peer?.kemEpoch).toBeGreaterThan(3);
  });
});

describe("replay", () => {
  test("every recorded envelope, replayed at once, later and across restarts, announces nothing", () => {
    const { bench, alice, bob } = pair();
    const recorded: { from: string; to: string; bytes: Uint8Array }[] = [];
    bench.filter = (from, to, bytes) => {
      recorded.push({ from, to, bytes });
      return true;
    };
    for (let i = 0; i < 10; i++) {
      alice.say(bob, `a${i}`);
      bob.say(alice, `b${i}`);
      bench.pass(2_000);
    }
    bench.filter = () => true;
    const announced = [alice.count("message"), bob.count("message")];
    bench.wire.push(...recorded);
    bench.pass(10_000);
    bob.confirmAll();
    alice.confirmAll();
    bob.restart();
    alice.restart();
    bench.wire.push(...recorded);
    bench.pass(10_000);
    expect([alice.count("message"), bob.count("message")]).toEqual(announced);
    expect(alice.count("session.confirmed")).toBe(1);
  });

  test("a handshake on the last-resort prekey is remembered across a restart", () => {
    const { bench, alice, bob } = pair({ oneTimePrekeys: 0 });
    const recorded: Uint8Array[] = [];
    bench.filter = (from, _to, bytes) => {
      if (from === "alice") recorded.push(bytes);
      return true;
    };
    alice.say(bob, "one");
    bench.pass(10_000);
    bob.confirmAll();
    bob.restart();
    const [m1] = recorded;
    if (m1 !== undefined) bob.receive("alice", m1);
    expect(bob.events.at(-1)).toMatchObject({ kind: "refused", code: "node/replayed" });
    expect(bob.engine.inspect().replayKeys).toBe(1);
  });
});

describe("trust", () => {
  test("an account without a card here is announced once and nothing of it is believed", () => {
    const bench = new Bench();
    const [alice, mallory] = [bench.add("alice"), bench.add("mallory")];
    mallory.command({ kind: "add-contact", name: "alice", card: alice.engine.cardBytes() });
    mallory.say(alice, "trust me");
    bench.pass(120_000);
    expect(alice.heard()).toEqual([]);
    expect(alice.count("contact.unknown")).toBe(1);
    expect(alice.engine.contacts()).toEqual([]);
  });

  test("a changed account key stops the conversation until the user decides", () => {
    const { bench, alice, bob } = pair();
    alice.say(bob, "one");
    bench.pass(5_000);
    const other = bench.add("bob-again");
    alice.command({ kind: "add-contact", name: "bob", card: other.engine.cardBytes() });
    expect(alice.count("contact.key-changed")).toBe(1);
    alice.say(bob, "not sent");
    expect(alice.events.at(-1)).toMatchObject({ kind: "command.refused", code: "command/conversation-stopped" });
    bob.say(alice, "held");
    bench.pass(5_000);
    expect(alice.heard()).toEqual([]);
    alice.command({ kind: "resolve-key-change", contact: bob.engine.account, adopt: false });
    bench.pass(60_000);
    expect(alice.heard()).toEqual(["held"]);
  });

  test("adopting the new key removes the old one and reports what was not delivered", () => {
    const { bench, alice, bob } = pair();
    bob.up = false;
    alice.say(bob, "for the old key");
    bench.pass(5_000);
    const other = bench.add("bob-again");
    alice.command({ kind: "add-contact", name: "bob", card: other.engine.cardBytes() });
    alice.command({ kind: "resolve-key-change", contact: bob.engine.account, adopt: true });
    expect(alice.count("undelivered")).toBe(1);
    expect(alice.engine.contacts().map((contact) => contact.account)).toEqual([other.engine.account]);
    other.command({ kind: "add-contact", name: "alice", card: alice.engine.cardBytes() });
    alice.say(other, "for the new key");
    bench.pass(30_000);
    expect(other.heard()).toEqual(["for the new key"]);
    expect(bob.heard()).toEqual([]);
  });

  test("the trust source is recorded on the contact, and verification by the user too", () => {
    const { alice, bob } = pair();
    alice.command({ kind: "mark-verified", contact: bob.engine.account });
    alice.restart();
    expect(alice.engine.safetyNumber(bob.engine.account)).toBe(bob.engine.safetyNumber(alice.engine.account));
    expect(alice.engine.safetyNumber(bob.engine.account)).toMatch(/^[\d ]{60,}$/u);
    expect(alice.engine.safetyNumber(alice.engine.account)).toBeUndefined();
    expect(alice.engine.contacts()).toMatchObject([{ name: "bob", trust: "card", verified: true, keyChanged: false }]);
  });
});

describe("under load", () => {
  test("a cookie is demanded, solved and accepted", () => {
    const { bench, alice, bob } = pair({ handshakesBeforeCookie: 0 });
    alice.say(bob, "one");
    bench.pass(30_000);
    expect(bob.heard()).toEqual(["one"]);
    expect(bob.events.some((event) => event.kind === "refused" && event.code === "node/cookie-demanded")).toBe(true);
  });
});

describe("a damaged log", () => {
  test("with any byte flipped is reported, keeps identity and contacts, and conversations start anew", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.2, max: 0.999, noNaN: true }), fc.integer({ min: 1, max: 255 }), (where, flip) => {
        const { bench, alice, bob } = pair({ compactRecords: 1_000, compactMs: 10_000_000 });
        for (let i = 0; i < 4; i++) {
          alice.say(bob, `a${i}`);
          bob.say(alice, `b${i}`);
          bench.pass(2_000);
        }
        alice.confirmAll();
        bob.confirmAll();
        const account = alice.engine.account;
        const log = alice.stored.log.slice();
        const at = alice.firstRecordBytes + Math.floor(where * (log.length - alice.firstRecordBytes - 1));
        log[at] = (log[at] ?? 0) ^ flip;
        alice.stored = { ...alice.stored, log };
        alice.restart();
        expect(alice.events.some((event) => event.kind === "log.recovered" && event.status === "damaged")).toBe(true);
        expect(alice.engine.account).toBe(account);
        bench.pass(60_000);
        if (alice.engine.contacts().length === 0) return;
        bob.say(alice, "again");
        alice.say(bob, "me too");
        bench.pass(400_000);
        expect(alice.heard()).toContain("again");
        expect(bob.heard()).toContain("me too");
      }),
      { numRuns: 15, seed: SEED },
    );
  });
});
