import { expect, test } from "vitest";
import { recordKeyOf, signRecord } from "../../core/record/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { portableSuite as suite } from "../../core/suite/index.ts";
import { EPOCH_MS, Kernel, Stream } from "../kernel/index.ts";
import { World } from "../world/index.ts";
import { Judge, newestRecord, seekNewest } from "./index.ts";

const BOUND_MS = 5_000;
const key = recordKeyOf(suite, new Secret(new Uint8Array(32).fill(1)));
const expires = EPOCH_MS + 86_400_000;
const [older, newer] = [1, 2].map((sequence) => signRecord(suite, key, { sequence, expires }, Uint8Array.of(sequence)));
const forged = newer?.map((byte, i, all) => (i === all.length - 1 ? byte ^ 1 : byte));

/** Alice seeks at once, and again after ten seconds; storing peers answer with what `given` says then. */
function lookUp(given: (atMs: number) => Uint8Array | undefined) {
  const kernel = new Kernel();
  const world = new World(kernel, Stream.seeded(1), suite);
  const alice = world.person("alice");
  const judge = new Judge("newest-record", kernel);
  world.network.putRecord(key.address, newer as Uint8Array, expires);
  world.network.alterRecords(() => given(kernel.elapsed));
  const observer = newestRecord(BOUND_MS).watch(world, judge);
  seekNewest(world, alice, key.address);
  world.at(10_000, () => seekNewest(world, alice, key.address));
  kernel.runUntil(EPOCH_MS + 20_000);
  observer.ended?.();
  return judge.verdict();
}

test("holds when the newest is found in time, be it after an older one", () => {
  expect(lookUp(() => newer).verdict).toBe("held");
  expect(lookUp((atMs) => (atMs < 3_000 ? older : newer)).verdict).toBe("held");
});

test("notices an older record after a newer one, a forged one, and a newest one that is found too late or never", () => {
  expect(lookUp((atMs) => (atMs < 5_000 ? newer : older)).message).toContain("older record than it had");
  expect(lookUp(() => forged).message).toContain("does not verify");
  expect(lookUp((atMs) => (atMs < 7_000 ? older : newer)).message).toContain("found the newest record");
  expect(lookUp(() => undefined).message).toContain("has not found");
});

test("where nobody seeks, nothing has held", () => {
  const kernel = new Kernel();
  const judge = new Judge("newest-record", kernel);
  newestRecord(BOUND_MS)
    .watch(new World(kernel, Stream.seeded(1), suite), judge)
    .ended?.();
  expect(judge.verdict()).toMatchObject({ verdict: "failed", message: "nobody looked for anything" });
});
