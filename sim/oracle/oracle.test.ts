import { describe, expect, test } from "vitest";
import type { Inspection } from "../../core/node/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { portableSuite } from "../../core/suite/index.ts";
import { Kernel, Stream } from "../kernel/index.ts";
import { type Observer, World } from "../world/index.ts";
import {
  attribution,
  boundedMemory,
  declareTheft,
  delivery,
  Judge,
  keyUse,
  liveness,
  type Oracle,
  Seals,
  secrecy,
} from "./index.ts";

const BODY = new Uint8Array(20).fill(7);

/** A world of two with one oracle, whose observer the test calls itself. */
function bench(oracle: Oracle) {
  const kernel = new Kernel();
  const world = new World(kernel, Stream.seeded(1), portableSuite);
  const [alice, bob] = [world.person("alice"), world.person("bob")];
  const judge = new Judge(oracle.name, kernel);
  const observer: Observer = oracle.watch(world, judge);
  const said = world.ledger.say("alice", "bob", BODY, 1_000);
  said.queued = true;
  const reading = {
    reader: "bob",
    author: "alice",
    assurance: "confirmed",
    atMs: 0,
    ...world.ledger.name(BODY),
  } as const;
  return { world, alice, bob, judge, observer, said, reading };
}

test("an oracle that compared nothing has failed", () => {
  expect(new Judge("idle", new Kernel()).verdict()).toMatchObject({
    verdict: "failed",
    message: "nothing was checked",
  });
});

test("the first violation is kept, and the rest are counted", () => {
  const judge = new Judge("x", new Kernel());
  judge.check(true, () => "");
  judge.check(false, () => "first");
  judge.check(false, () => "second");
  expect(judge.verdict()).toMatchObject({ verdict: "failed", checks: 3, message: "first (and 1 more)" });
});

describe("delivery", () => {
  test("holds when everything queued is read once", () => {
    const { judge, observer, reading } = bench(delivery);
    observer.read?.(reading);
    observer.ended?.();
    expect(judge.verdict().verdict).toBe("held");
  });

  test("notices a loss, a repetition and an alteration", () => {
    const lost = bench(delivery);
    lost.observer.ended?.();
    expect(lost.judge.verdict().message).toContain("was lost");
    const twice = bench(delivery);
    twice.observer.read?.(twice.reading);
    twice.observer.read?.(twice.reading);
    expect(twice.judge.verdict().message).toContain("2 times");
    const altered = bench(delivery);
    altered.observer.read?.({ ...altered.reading, digest: "other" });
    expect(altered.judge.verdict().message).toContain("altered");
  });
});

test("attribution notices words of another, for another, and of nobody", () => {
  for (const change of [{ author: "bob" }, { author: undefined }, { reader: "alice" }, { id: "never said" }]) {
    const { judge, observer, reading } = bench(attribution);
    observer.read?.({ ...reading, ...change });
    expect(judge.verdict().verdict).toBe("failed");
  }
});

test("liveness demands that what is said after healing is read", () => {
  const { judge, observer, said } = bench(liveness);
  observer.said?.(said);
  observer.healed?.();
  observer.ended?.();
  expect(judge.verdict().message).toContain("not heard");
});

test("bounded-memory notices a table beyond its limit", () => {
  const { alice, judge, observer } = bench(boundedMemory);
  const inspection: Inspection = { ...alice.machine.engine.inspect(), replayKeys: 1_000_000 };
  observer.sampled?.(alice, inspection);
  expect(judge.verdict().message).toContain("replay keys");
});

test("key-use notices two ciphertexts under one key and nonce, and not one that is sent twice", () => {
  const seals = new Seals();
  const { judge, observer } = bench(keyUse(seals));
  const suite = seals.watched(portableSuite);
  const seal = (text: number): Uint8Array =>
    suite.aesGcmSeal(Secret.copyOf(new Uint8Array(32)), new Uint8Array(12), new Uint8Array(0), Uint8Array.of(text));
  const first = seal(1);
  observer.sent?.("alice", "bob", first);
  observer.sent?.("alice", "bob", first);
  expect(judge.verdict().verdict).toBe("held");
  observer.sent?.("alice", "bob", seal(2));
  expect(judge.verdict().message).toContain("under one key");
});

test("secrecy notices a thief who reads too much, and one who reads nothing", () => {
  const theft = { atMs: 0, beforeMs: 0, afterMs: 500, victims: new Set(["alice", "bob"]) };
  const much = bench(secrecy);
  declareTheft(much.world, { ...theft, read: () => new Set([much.said.id]) });
  much.observer.ended?.();
  expect(much.judge.verdict().message).toContain("after the theft");
  const nothing = bench(secrecy);
  declareTheft(nothing.world, { ...theft, read: () => new Set() });
  nothing.observer.ended?.();
  expect(nothing.judge.verdict().message).toContain("could not read");
});
