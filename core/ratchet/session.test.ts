import fc from "fast-check";
import { expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { ratchetCodec } from "./checkpoint.ts";
import { CHAIN_MESSAGES_MAX, DEFAULT_RATCHET_POLICY, type RatchetPolicy } from "./policy.ts";
import { receivingTags } from "./recognised.ts";
import { sendingRoom } from "./seal.ts";
import { End, type Envelope, must, payloadOf, QUIET, startPair } from "./testing.ts";

/** The properties are long; a busy machine must not fail them. */
const TIMEOUT_MS = 30_000;
const RUNS = { seed: 0x52a7c4e7, numRuns: 60 };
/** Short intervals, so that a run of a few dozen messages meets several KEM epochs. */
const BUSY: RatchetPolicy = { ...DEFAULT_RATCHET_POLICY, kemMessages: 5 };

type Side = "initiator" | "responder";
type Action =
  | { readonly kind: "send"; readonly side: Side; readonly count: number }
  | { readonly kind: "deliver"; readonly side: Side; readonly pick: number; readonly count: number }
  | { readonly kind: "duplicate"; readonly side: Side; readonly pick: number }
  | { readonly kind: "lose"; readonly side: Side; readonly pick: number }
  | { readonly kind: "tamper"; readonly side: Side; readonly pick: number; readonly at: number }
  | { readonly kind: "restart"; readonly side: Side };

const side: fc.Arbitrary<Side> = fc.constantFrom("initiator", "responder");
const pick = fc.oneof({ weight: 3, arbitrary: fc.nat(3) }, { weight: 1, arbitrary: fc.nat(200) });
const few = fc.integer({ min: 1, max: 4 });

function kind<K extends Action["kind"]>(name: K): fc.Arbitrary<K> {
  return fc.constant(name);
}

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ kind: kind("send"), side, count: few }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("send"), side, count: fc.constant(80) }) },
  { weight: 24, arbitrary: fc.record({ kind: kind("deliver"), side, pick, count: few }) },
  { weight: 1, arbitrary: fc.record({ kind: kind("deliver"), side, pick, count: fc.constant(80) }) },
  { weight: 5, arbitrary: fc.record({ kind: kind("duplicate"), side, pick }) },
  { weight: 5, arbitrary: fc.record({ kind: kind("lose"), side, pick }) },
  { weight: 3, arbitrary: fc.record({ kind: kind("tamper"), side, pick, at: fc.nat(400) }) },
  { weight: 5, arbitrary: fc.record({ kind: kind("restart"), side }) },
);

interface Pending {
  readonly envelope: Envelope;
  readonly payload: Uint8Array;
}

/** Two ends and the network between them, with what the model knows about both. */
class World {
  readonly ends: Record<Side, End>;
  /** Under way, by receiver. */
  readonly pending: Record<Side, Pending[]> = { initiator: [], responder: [] };
  readonly arrived: Record<Side, Envelope[]> = { initiator: [], responder: [] };
  sent = 0;
  /** What happened, so that a property can show that it met what it is about. */
  readonly met = { overtakenAcrossChains: 0, overtaken: 0, windowFull: 0, chains: 0, epochs: 0 };

  constructor(seed: string) {
    this.ends = startPair(seed);
  }

  send(from: Side, count: number): void {
    const to = from === "initiator" ? "responder" : "initiator";
    for (let i = 0; i < count; i++) {
      const payload = payloadOf(this.sent, this.sent % 50);
      const room = sendingRoom(this.ends[from].state);
      const sealed = this.ends[from].seal(payload, BUSY, this.sent);
      expect(sealed.ok).toBe(room > 0);
      if (!sealed.ok) {
        expect(sealed.error).toBe("ratchet/window-full");
        this.met.windowFull++;
        return;
      }
      this.sent++;
      this.pending[to].push({ envelope: sealed.value, payload });
    }
  }

  deliver(to: Side, pick: number): void {
    const { length } = this.pending[to];
    if (length === 0) return;
    const [{ envelope, payload }] = this.pending[to].splice(pick % length, 1) as [Pending];
    const { receive, skipped, kem } = this.ends[to].state;
    expect(must(this.ends[to].open(envelope, this.sent))).toEqual(payload);
    const after = this.ends[to].state;
    const stepped = after.receive?.index !== receive?.index;
    if (stepped) this.met.chains++;
    if (after.kem.epoch > kem.epoch) this.met.epochs++;
    if (skipped.some((entry) => entry.tag === envelope.tag)) this.met.overtaken++;
    const kept = after.skipped.length - skipped.length;
    if (stepped && kept > (after.receive?.count ?? 0) - 1) this.met.overtakenAcrossChains++;
    this.arrived[to].push(envelope);
  }

  /** Restores an end from its checkpoint, as a crash after the last commit does. */
  restart(which: Side): void {
    const end = this.ends[which];
    const bytes = encode(ratchetCodec, end.state);
    const state = must(decode(ratchetCodec, bytes, 100_000));
    expect(encode(ratchetCodec, state)).toEqual(bytes);
    this.ends[which] = new End(end.suite, end.random, state);
    expect(this.ends[which].tags).toEqual(end.tags);
  }

  refuse(to: Side, envelope: Envelope, codes: readonly string[]): void {
    const before = this.ends[to].state;
    const result = this.ends[to].open(envelope, this.sent);
    expect(result.ok ? "opened" : result.error).toBeOneOf([...codes]);
    expect(this.ends[to].state).toBe(before);
    // Nothing that the state holds was wiped.
    encode(ratchetCodec, before);
  }

  step(act: Action): void {
    const pending = this.pending[act.side];
    const pick = "pick" in act && pending.length > 0 ? pending[act.pick % pending.length] : undefined;
    switch (act.kind) {
      case "send":
        return this.send(act.side, act.count);
      case "deliver":
        for (let i = 0; i < act.count; i++) this.deliver(act.side, act.pick);
        return;
      case "duplicate": {
        const arrived = this.arrived[act.side];
        const again = arrived[act.pick % Math.max(1, arrived.length)];
        if (again !== undefined) this.refuse(act.side, again, ["ratchet/unknown-tag"]);
        return;
      }
      case "lose":
        if (pick !== undefined) pending.splice(act.pick % pending.length, 1);
        return;
      case "tamper":
        if (pick !== undefined) {
          const rest = Uint8Array.from(pick.envelope.rest);
          rest[act.at] = (rest[act.at] as number) ^ 0x40;
          this.refuse(act.side, { tag: pick.envelope.tag, rest }, ["ratchet/bad-header", "ratchet/bad-body"]);
        }
        return;
      case "restart":
        return this.restart(act.side);
    }
  }

  check(): void {
    for (const which of ["initiator", "responder"] as const) {
      const end = this.ends[which];
      expect(new Set(receivingTags(end.suite, end.state))).toEqual(end.tags);
      // Flow control: whatever may be under way is recognised.
      for (const { envelope } of this.pending[which]) expect(end.tags.has(envelope.tag)).toBe(true);
    }
  }

  /** The network becomes good: everything under way arrives, then the ends talk in turn. */
  heal(rounds: number): void {
    for (const to of ["initiator", "responder"] as const) while (this.pending[to].length > 0) this.deliver(to, 0);
    for (let i = 0; i < rounds; i++) {
      this.send(i % 2 === 0 ? "initiator" : "responder", 1);
      for (const to of ["initiator", "responder"] as const) while (this.pending[to].length > 0) this.deliver(to, 0);
    }
  }
}

// Full length: with fast-check's default size lists stay too short to overtake across chains.
const actions = fc.array(action, { minLength: 20, maxLength: 80, size: "max" });

type Met = World["met"];

/** Adds up what runs met; in the end every kind must have been met. */
function tally(): { add(met: Met): void; check(): void } {
  const sum = new World("tally").met;
  return {
    add(met) {
      for (const key of Object.keys(met) as (keyof Met)[]) sum[key] += met[key];
    },
    check: () => expect(Math.min(...Object.values(sum)), JSON.stringify(sum)).toBeGreaterThan(9),
  };
}

test(
  "under loss, duplication, reordering, tampering and restarts every delivered message opens exactly once, and whatever is under way is recognised",
  () => {
    const met = tally();
    fc.assert(
      fc.property(fc.nat(), actions, (seed, list) => {
        const world = new World(`session ${seed}`);
        for (const act of list) {
          world.step(act);
          world.check();
        }
        world.heal(0);
        met.add(world.met);
      }),
      RUNS,
    );
    met.check();
  },
  TIMEOUT_MS,
);

test(
  "KEM epochs never get stuck: after any such history they go on as soon as the ends are heard",
  () => {
    fc.assert(
      fc.property(fc.nat(), actions, (seed, list) => {
        const world = new World(`kem ${seed}`);
        for (const act of list) world.step(act);
        world.heal(0);
        const { initiator, responder } = world.ends;
        // Both windows full and every acknowledgement lost: only a new handshake helps (SPEC.md, section 6).
        fc.pre(sendingRoom(initiator.state) > 0 || sendingRoom(responder.state) > 0);
        if (sendingRoom(initiator.state) === 0) world.send("responder", 1);
        world.heal(0);
        const before = world.ends.responder.state.kem.epoch;
        world.heal(24);
        expect(world.ends.initiator.state.kem.epoch).toBe(world.ends.responder.state.kem.epoch);
        expect(world.ends.responder.state.kem.epoch).toBeGreaterThan(before);
      }),
      { ...RUNS, numRuns: 25 },
    );
  },
  TIMEOUT_MS,
);

test("both ends may speak first, at once, and cross", () => {
  const world = new World("crossing");
  world.send("initiator", 3);
  world.send("responder", 3);
  for (const to of ["initiator", "responder", "initiator", "responder"] as const) world.deliver(to, 2);
  world.heal(6);
  expect(world.ends.initiator.state.sendIndex).toBeGreaterThan(1);
});

test("a sender whose every acknowledgement is lost stops at the window, and goes on once it hears one", () => {
  const world = new World("one way");
  world.send("initiator", 200);
  expect(world.pending.responder).toHaveLength(CHAIN_MESSAGES_MAX);
  world.heal(0);
  expect(sendingRoom(world.ends.initiator.state)).toBe(0);
  world.send("responder", 1);
  world.heal(0);
  expect(sendingRoom(world.ends.initiator.state)).toBe(CHAIN_MESSAGES_MAX);
});

test("restarting both ends after every step changes nothing, through several KEM epochs", () => {
  const world = new World("restarts");
  for (let i = 0; i < 60; i++) {
    const from = i % 2 === 0 ? "initiator" : "responder";
    const to = i % 2 === 0 ? "responder" : "initiator";
    world.send(from, 2);
    world.restart(from);
    for (let j = 0; j < 2; j++) {
      world.deliver(to, 1);
      world.restart(to);
      world.check();
    }
  }
  expect(world.ends.responder.state.kem.epoch).toBeGreaterThan(5);
});

test("an offer that arrives after its epoch is over changes nothing", () => {
  const { initiator, responder } = startPair("stale");
  const sealed = Array.from({ length: 12 }, (_, i) =>
    must(initiator.seal(payloadOf(i), { ...BUSY, kemMessages: 0 }, 0)),
  );
  const late = sealed.splice(8, 1) as [Envelope];
  for (const envelope of sealed) must(responder.open(envelope, 0));
  for (let i = 0; i < 4; i++) {
    must(initiator.open(must(responder.seal(payloadOf(i), QUIET, 0)), 0));
    must(responder.open(must(initiator.seal(payloadOf(i), QUIET, 0)), 0));
  }
  expect(responder.state.kem.epoch).toBe(1);
  expect(late[0].rest.length).toBeGreaterThan(1568);
  expect(must(responder.open(late[0], 0))).toEqual(payloadOf(8));
  expect(responder.state.kem.phase.kind).toBe("idle");
});

test("two chains cannot begin without the peer having heard the first (a lost chain stays recognised)", () => {
  const world = new World("lost chain");
  world.heal(2);
  const index = world.ends.responder.state.receive?.index ?? 0;
  world.send("initiator", 1);
  // The message that opened the chain is lost; whatever the initiator hears, it stays on that chain.
  world.pending.responder.length = 0;
  world.send("responder", 3);
  for (let i = 0; i < 3; i++) world.deliver("initiator", 0);
  world.send("initiator", 1);
  expect(world.ends.initiator.state.sendIndex).toBe(index + 1);
  world.heal(0);
});
