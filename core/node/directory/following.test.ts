import { describe, expect, test } from "vitest";
import { decode, encode } from "../../codec/index.ts";
import { combine, cosign, enrol, rotationCodec, rotationHash, witnessSetId } from "../../quorum/index.ts";
import { portableSuite } from "../../suite/index.ts";
import { convict } from "../../tlog/index.ts";
import { Bench } from "../pair.testing.ts";
import { GOSSIP_BYTES_MAX } from "../ports.ts";
import { answerCodec, gossipCodec } from "./messages.ts";
import { addClient, addLog, eventsOf, Fork, remembering, seedOf, standInBls, tell } from "./testing.ts";

const suite = remembering(standInBls(portableSuite));

describe("a directory with two faces", () => {
  test("is convicted by two signed heads of one epoch, cosigned or not; everybody hears it and nobody forgets", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const [alice, bob] = [addClient(bench, "alice", [log]), addClient(bench, "bob", [log])];
    bench.pass(25_000);
    const other = new Fork(suite, log).publish(bench.now - 20_000, [], log.seeds.slice(0, 1), log);
    tell(alice, { kind: "head", ...other });
    bench.pass(1_000);
    expect(eventsOf(alice, "directory.convicted")).toMatchObject([{ epoch: 1, contacts: [] }]);
    for (const node of [bob, ...log.mirrors, ...log.witnesses, log.directory]) {
      expect(eventsOf(node, "directory.convicted")).toHaveLength(1);
    }
    const before = eventsOf(bob, "directory.head").length;
    bob.restart();
    // A crash may have come before the telling.
    expect(eventsOf(bob, "directory.convicted")).toHaveLength(2);
    bench.pass(40_000);
    expect(eventsOf(bob, "directory.head")).toHaveLength(before);
    expect(Object.values(bob.engine.inspect().logs)).toMatchObject([{ convicted: true }]);
    bob.command({ kind: "look-up", label: "anybody", token: 7 });
    bench.pass(1_000);
    expect(eventsOf(bob, "label.unresolved")).toMatchObject([{ failures: [{ code: "directory/convicted" }] }]);
  });

  test("is convicted though the face that was seen first was never accepted", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const alice = addClient(bench, "alice", [log]);
    bench.neighbours = () => [];
    bench.carry = ({ from, to, bytes }) => (from === "alice" || to === "alice" ? undefined : bytes);
    const other = new Fork(suite, log).publish(bench.now + 1, [], log.seeds.slice(0, 1), log);
    tell(alice, { kind: "head", ...other });
    bench.pass(5_000);
    expect(eventsOf(alice, "refused").map(({ code }) => code)).toContain("vkd/under-witnessed");
    expect(eventsOf(alice, "directory.head")).toEqual([]);
    bench.carry = ({ bytes }) => bytes;
    bench.pass(5_000);
    expect(eventsOf(alice, "directory.convicted")).toHaveLength(1);
  });

  test("is convicted by the chain's other end when heads of different epochs meet", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const alice = addClient(bench, "alice", [log]);
    bench.pass(15_000);
    const fork = new Fork(suite, log);
    for (let epoch = 1; epoch <= 5; epoch++) fork.publish(bench.now - 6 + epoch, [], log.seeds, log);
    const ahead = fork.publish(bench.now, [], log.seeds, log);
    // Somebody of the other half of the mesh answers for what it holds.
    const stranger = addClient(bench, "stranger", [log]);
    stranger.up = false;
    const held = alice.engine.inspect().logs;
    const { epoch } = Object.values(held)[0] ?? { epoch: 0 };
    bench.answerers.set("stranger", () => encode(answerCodec, { kind: "head", head: fork.heads[epoch - 1] as never }));
    tell(alice, { kind: "head", ...ahead });
    bench.pass(1_000);
    expect(eventsOf(alice, "directory.convicted")).toMatchObject([{ epoch }]);
  });

  test("is convicted by a head of an epoch that this node passed over", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    bench.pass(45_000);
    const alice = addClient(bench, "alice", [log]);
    bench.pass(6_000);
    const first = eventsOf(alice, "directory.head")[0]?.epoch ?? 0;
    expect(first).toBeGreaterThan(3);
    const fork = new Fork(suite, log);
    tell(alice, { kind: "head", ...fork.publish(bench.now - 40_000, [], log.seeds, log) });
    bench.pass(1_000);
    expect(eventsOf(alice, "directory.convicted")).toMatchObject([{ epoch: 1 }]);
  });

  test("is not convicted by a forgery", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const alice = addClient(bench, "alice", [log]);
    bench.pass(15_000);
    const forger = { ...log, keys: { ...log.keys, signing: seedOf(suite, "forger") } };
    const other = new Fork(suite, forger).publish(bench.now - 10_000, [], log.seeds, log);
    tell(alice, { kind: "head", ...other });
    const [a, b] = [other.head.head, { ...other.head.head, time: other.head.head.time + 1 }];
    expect(convict(suite, log.anchor.key, a, b)).toBeUndefined();
    tell(alice, { kind: "equivocation", log: log.log, proof: { a, b } });
    bench.pass(1_000);
    expect(eventsOf(alice, "directory.convicted")).toEqual([]);
    const codes = eventsOf(alice, "refused").map(({ code }) => code);
    expect(codes).toContain("vkd/head-signature");
    expect(codes).toContain("directory/no-equivocation");
  });
});

describe("a directory that stands still", () => {
  test("is reported when its heads are too old, once, and when it goes on", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const alice = addClient(bench, "alice", [log]);
    bench.pass(15_000);
    log.directory.up = false;
    bench.pass(130_000);
    expect(eventsOf(alice, "directory.frozen")).toMatchObject([{ reason: "stalled" }]);
    log.directory.restartIfDown();
    bench.pass(20_000);
    expect(eventsOf(alice, "directory.thawed")).toHaveLength(1);
  });

  test("is no reason to wake again and again when the clock is set back meanwhile", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const alice = addClient(bench, "alice", [log]);
    bench.pass(15_000);
    bench.carry = () => undefined;
    bench.pass(62_000);
    bench.now -= 50_000;
    alice.wake();
    bench.settle();
    expect(alice.wakeAt).toBeGreaterThan(bench.now);
  });

  test("that is followed in leaps is not reported when heads come out of order", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const alice = addClient(bench, "alice", [log]);
    bench.pass(15_000);
    const told = new Map<number, Uint8Array>();
    bench.carry = ({ bytes, from, kind, to }) => {
      const gossip = kind === "gossip" ? decode(gossipCodec, bytes, GOSSIP_BYTES_MAX) : undefined;
      if (gossip?.ok === true && gossip.value.kind === "head") told.set(gossip.value.head.head.epoch, bytes);
      return [from, to].includes("alice") ? undefined : bytes;
    };
    bench.pass(20_000);
    const [held] = eventsOf(alice, "directory.head").slice(-1);
    bench.carry = ({ bytes }) => bytes;
    // The chain is asked for from the epoch held, and begins before the one that came meanwhile.
    const epochs = [2, 1].map((ahead) => (held?.epoch ?? 0) + ahead);
    for (const epoch of epochs) alice.hear("somebody", told.get(epoch) ?? new Uint8Array());
    bench.settle();
    const followed = eventsOf(alice, "directory.head").map(({ epoch }) => epoch);
    expect(followed.slice(-3)).toEqual([held?.epoch, ...epochs.toReversed()]);
    expect(eventsOf(alice, "directory.frozen")).toEqual([]);
  });

  test("whose chain nobody shows is reported as well", () => {
    const bench = new Bench(suite);
    const log = addLog(bench, { mirrors: 0 });
    const alice = addClient(bench, "alice", [log]);
    bench.pass(15_000);
    const fork = new Fork(suite, log);
    for (let epoch = 1; epoch <= 8; epoch++) fork.publish(bench.now - 20 + epoch, [], log.seeds, log);
    const ahead = fork.publish(bench.now, [], log.seeds, log);
    bench.carry = () => undefined;
    tell(alice, { kind: "head", ...ahead });
    bench.pass(5_000);
    expect(eventsOf(alice, "directory.frozen")).toMatchObject([{ reason: "chain-refused" }]);
    expect(eventsOf(alice, "directory.head").every(({ epoch }) => epoch < 9)).toBe(true);
  });
});

describe("a rotation of the witnesses", () => {
  test("is followed by everybody, and by a node that was away from before it", () => {
    const bench = new Bench(suite);
    const log = addLog(bench);
    const alice = addClient(bench, "alice", [log]);
    const away = addClient(bench, "away", [log]);
    bench.pass(15_000);
    away.up = false;
    let { witnesses: set } = log.anchor;
    let seeds = log.seeds;
    for (let sequence = 1; sequence <= 6; sequence++) {
      const nextSeeds = [0, 1, 2].map((i) => seedOf(suite, `term ${sequence} witness ${i}`));
      const members = nextSeeds.map((seed) => ({
        key: suite.blsPublic(seed),
        possession: suite.blsProvePossession(seed),
      }));
      const next = enrol(suite, members, 2);
      if (!next.ok) throw new Error(next.error);
      const fromEpoch = (Object.values(log.directory.engine.inspect().logs)[0]?.epoch ?? 0) + 2;
      const unsigned = { log: log.log, sequence, from: witnessSetId(suite, set), to: next.value, fromEpoch };
      const hash = rotationHash(suite, unsigned);
      const parts = new Map(
        set.members.flatMap(({ key }, place) => {
          const seed = seeds.find((candidate) => Buffer.compare(suite.blsPublic(candidate), key) === 0);
          return seed === undefined ? [] : [[place, cosign(suite, seed, hash)] as const];
        }),
      );
      const cosignature = combine(suite, set, parts);
      if (cosignature === undefined) throw new Error("no cosignature");
      const addresses = members.map(({ key }, i) => ({ address: `term${sequence}-${i}`, key }));
      for (const [i, { address }] of addresses.entries()) {
        const seed = nextSeeds[i] as (typeof nextSeeds)[number];
        bench.add(address, {}, { witness: { seed, logs: [log.anchor] } });
      }
      log.directory.command({
        kind: "adopt-rotation",
        rotation: encode(rotationCodec, { ...unsigned, cosignature }),
        witnesses: addresses,
      });
      bench.pass(25_000);
      [set, seeds] = [next.value, nextSeeds];
    }
    expect(eventsOf(log.directory, "command.refused")).toEqual([]);
    away.restartIfDown();
    bench.pass(15_000);
    const epochs = eventsOf(log.directory, "directory.published").map(({ epoch }) => epoch);
    expect(epochs.at(-1)).toBeGreaterThan(12);
    for (const node of [alice, away]) {
      expect(eventsOf(node, "directory.head").at(-1)?.epoch).toBe(epochs.at(-1));
      expect(eventsOf(node, "directory.frozen")).toEqual([]);
    }
  });
});
