import { describe, expect, test } from "vitest";
import { decode, encode } from "../../codec/index.ts";
import { cardToBytes } from "../../identity/index.ts";
import { Secret } from "../../safety/index.ts";
import { portableSuite } from "../../suite/index.ts";
import { headHash, type SignedHead, verifySuccession } from "../../tlog/index.ts";
import { register, type Registration } from "../../vkd/index.ts";
import { Bench, type BenchNode } from "../pair.testing.ts";
import { answerCodec, type Answer, type Question, questionCodec } from "./messages.ts";
import { PENDING_MAX } from "./publishing-state.ts";
import { addClient, addLog, eventsOf, type LogBench, remembering, seedOf, standInBls } from "./testing.ts";

const suite = remembering(standInBls(portableSuite));

/** Every head that these nodes were asked to cosign, and every answer of a witness, in order. */
function watchCosigning(bench: Bench): { readonly asked: Set<string>; readonly signed: Map<string, SignedHead[]> } {
  const asked = new Set<string>();
  const signed = new Map<string, SignedHead[]>();
  const open = new Map<string, SignedHead>();
  bench.carry = ({ bytes, from, kind, to }) => {
    if (kind === "question") {
      const question = decode(questionCodec, bytes, 65_536);
      if (question.ok && question.value.kind === "cosign") {
        asked.add(Buffer.from(headHash(suite, question.value.head)).toString("hex"));
        open.set(`${to} ${from}`, question.value.head);
      }
    }
    if (kind === "answer") {
      const answer = decode(answerCodec, bytes, 65_536);
      const head = open.get(`${from} ${to}`);
      if (answer.ok && answer.value.kind === "cosigned" && head !== undefined) {
        signed.set(from, [...(signed.get(from) ?? []), head]);
      }
    }
    return bytes;
  };
  return { asked, signed };
}

function ask(bench: Bench, node: BenchNode, question: Question): Answer | undefined {
  let answer: Answer | undefined;
  node.question("somebody", encode(questionCodec, question), (bytes) => {
    const decoded = decode(answerCodec, bytes, 65_536);
    answer = decoded.ok ? decoded.value : undefined;
  });
  bench.settle();
  return answer;
}

function registration(log: LogBench, label: string, name = label, version = 1): Registration {
  const seed = seedOf(suite, `account of ${name}`);
  const account = { seed, publicKey: suite.ed25519Public(seed) };
  const card = cardOf(account.publicKey);
  return register(suite, account, { log: log.log, label, version, card, lineage: [], issued: 1 });
}

function cardOf(account: Uint8Array): Uint8Array {
  return cardToBytes({
    account,
    device: new Uint8Array(16),
    introduction: new Secret(new Uint8Array(32)),
    label: "x",
    addresses: [],
  });
}

describe("power that fails between any two effects", () => {
  test("of a directory never makes it sign two heads of an epoch, and no promised registration is lost", () => {
    for (let effects = 0; effects <= 14; effects++) {
      const bench = new Bench(suite);
      const log = addLog(bench);
      const { asked } = watchCosigning(bench);
      const bob = addClient(bench, "bob", [log]);
      bench.pass(6_000);
      bob.command({ kind: "register-label", label: "bob" });
      bench.pass(500);
      log.directory.killAfterEffects(effects);
      bench.pass(6_000);
      log.directory.restartIfDown();
      log.directory.killAfterEffects(undefined);
      bench.pass(40_000);
      const published = eventsOf(bob, "directory.head");
      // As many different heads as epochs: every one that was ever shown to a witness was the only one of its epoch.
      expect(published.length).toBeGreaterThan(3);
      expect(asked.size).toBe(published.at(-1)?.epoch);
      expect(eventsOf(bob, "directory.convicted")).toEqual([]);
      expect(eventsOf(bob, "label.registered")).toMatchObject([{ label: "bob", version: 1 }]);
      // Whatever was not stored for others before the crash is stored after it.
      const [mirror] = log.mirrors;
      const state = Object.values(mirror?.engine.inspect().logs ?? {})[0];
      expect(state?.mirrored).toBe(state?.epoch);
    }
  });

  test("of a witness never makes it sign two histories, whatever the directory shows it", () => {
    for (let effects = 0; effects <= 6; effects++) {
      const bench = new Bench(suite);
      const log = addLog(bench, { mirrors: 0, witnesses: 3, threshold: 2 });
      const { signed } = watchCosigning(bench);
      bench.pass(12_000);
      const [witness] = log.witnesses;
      witness?.killAfterEffects(effects);
      bench.pass(20_000);
      witness?.restartIfDown();
      bench.pass(30_000);
      const heads = signed.get("log-w0") ?? [];
      expect(heads.length).toBeGreaterThan(2);
      for (const [i, head] of heads.entries()) {
        const next = heads[i + 1];
        if (next === undefined) continue;
        const same = Buffer.compare(headHash(suite, head), headHash(suite, next)) === 0;
        expect(same || next.epoch > head.epoch).toBe(true);
        if (next.epoch === head.epoch) expect(verifySuccession(suite, head, next, undefined).ok).toBe(true);
      }
    }
  });
});

describe("a directory restored from an old state", () => {
  test("is stopped by its witnesses' evidence, and convicts itself", () => {
    const bench = new Bench(suite);
    const log = addLog(bench, { mirrors: 0 });
    const alice = addClient(bench, "alice", [log]);
    bench.pass(15_000);
    const { directory } = log;
    const backup = { stored: directory.stored, index: directory.index.snapshot() };
    bench.pass(30_000);
    expect(eventsOf(alice, "directory.convicted")).toEqual([]);
    directory.stored = backup.stored;
    directory.index.restore(backup.index);
    directory.restart();
    bench.pass(15_000);
    expect(eventsOf(directory, "directory.convicted")).toHaveLength(1);
    expect(eventsOf(alice, "directory.convicted")).toHaveLength(1);
  });
});

describe("admission of registrations", () => {
  test("demands work first, then judges, and answers the same registration the same", () => {
    const bench = new Bench(suite);
    const log = addLog(bench, { mirrors: 0 });
    bench.pass(5_000);
    const { directory } = log;
    const mine = registration(log, "bob");
    const demanded = ask(bench, directory, { kind: "register", registration: mine, work: undefined });
    expect(demanded).toMatchObject({ kind: "work", difficulty: 4 });
    const stale = { epoch: 99, nonce: new Uint8Array(8) };
    expect(ask(bench, directory, { kind: "register", registration: mine, work: stale })).toMatchObject({
      kind: "work",
    });
    expect(directory.engine.inspect().pendingRegistrations).toBe(0);
  });

  test("is first come, first served, and remembers what it promised through a restart", () => {
    const bench = new Bench(suite);
    const log = addLog(bench, { mirrors: 0, settings: { registrationDifficulty: 0 } });
    bench.pass(5_000);
    const { directory } = log;
    const epoch = eventsOf(directory, "directory.published").at(-1)?.epoch ?? 0;
    const submit = (one: Registration) =>
      ask(bench, directory, { kind: "register", registration: one, work: { epoch, nonce: new Uint8Array(8) } });
    const mine = registration(log, "bob");
    expect(submit(mine)).toMatchObject({ kind: "accepted", epoch });
    expect(submit(mine)).toMatchObject({ kind: "accepted", epoch });
    expect(submit(registration(log, "bob", "mallory"))).toEqual({ kind: "refused", code: "directory/label-taken" });
    directory.restart();
    expect(directory.engine.inspect().pendingRegistrations).toBe(1);
    bench.pass(12_000);
    expect(directory.engine.inspect().pendingRegistrations).toBe(0);
    const later = eventsOf(directory, "directory.published").at(-1)?.epoch ?? 0;
    const submitLater = (one: Registration) =>
      ask(bench, directory, {
        kind: "register",
        registration: one,
        work: { epoch: later, nonce: new Uint8Array(8) },
      });
    expect(submitLater(registration(log, "bob", "mallory"))).toMatchObject({ code: "directory/other-version" });
    expect(submitLater(registration(log, "bob", "mallory", 2))).toMatchObject({ code: "directory/label-taken" });
    expect(submitLater(registration(log, "bob", "bob", 3))).toMatchObject({ code: "directory/other-version" });
    expect(submitLater({ ...registration(log, "bob", "bob", 2), issued: 2 })).toMatchObject({
      code: "vkd/registration-signature",
    });
    expect(submitLater(registration(log, "bob", "bob", 2))).toMatchObject({ kind: "accepted" });
  });

  test("grows dearer as the queue fills, and ends where the queue does", () => {
    expect(PENDING_MAX).toBe(4_096);
    const bench = new Bench(suite);
    const log = addLog(bench, { mirrors: 0, settings: { registrationDifficulty: 0 } });
    bench.pass(3_000);
    const { directory } = log;
    const demands = new Set<number>();
    for (let i = 0; i < 120; i++) {
      const one = registration(log, `squat${i}`);
      const answer = ask(bench, directory, { kind: "register", registration: one, work: undefined });
      if (answer?.kind !== "work") throw new Error("no demand");
      demands.add(answer.difficulty);
      let done: Answer | undefined;
      for (let nonce = 0; done?.kind !== "accepted" && nonce < 64; nonce++) {
        const work = { epoch: answer.epoch, nonce: new Uint8Array(8).fill(nonce) };
        done = ask(bench, directory, { kind: "register", registration: one, work });
      }
      expect(done?.kind).toBe("accepted");
    }
    expect([...demands]).toEqual([0, 1, 2]);
  });
});
