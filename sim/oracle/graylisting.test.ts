import { expect, test } from "vitest";
import { portableSuite } from "../../core/suite/index.ts";
import { EPOCH_MS, Kernel, Stream } from "../kernel/index.ts";
import type { Carrier, OverlayView } from "../network/index.ts";
import { World } from "../world/index.ts";
import { declareSpam, graylisting, Judge } from "./index.ts";

const BOUND_MS = 10_000;
const SPAMMER = "spammer/0";

interface Course {
  /** Of the spammer at the one who is honest, while it is connected. */
  score(atMs: number): number | undefined;
  /** Of somebody honest. */
  honest?(atMs: number): number;
  /** When the spammer stops. */
  readonly untilMs?: number;
}

function watch({ honest = () => 0, score, untilMs = 60_000 }: Course) {
  const kernel = new Kernel();
  const view = (): OverlayView => {
    const own = score(kernel.elapsed);
    return {
      connected: own === undefined ? ["bob"] : ["bob", SPAMMER],
      mesh: [],
      table: [],
      relays: [],
      nat: "none",
      refused: 0,
      score: (peer) => (peer === SPAMMER ? (own ?? 0) : honest(kernel.elapsed)),
    };
  };
  const nothing = (): void => {};
  const carrier = { overlay: { view }, join: nothing, addressesOf: (name: string) => [name], putRecord: nothing };
  const world = new World(kernel, Stream.seeded(1), portableSuite, carrier as unknown as Carrier);
  world.person("alice");
  const judge = new Judge("graylisting", kernel);
  const observer = graylisting(BOUND_MS).watch(world, judge);
  const counts: Record<string, number> = {};
  declareSpam(world, { name: "spammer", counts });
  world.every(500, untilMs, () => (counts["noise 0 alice"] = (counts["noise 0 alice"] ?? 0) + 1));
  kernel.runUntil(EPOCH_MS + 60_000);
  observer.ended?.();
  return judge.verdict();
}

test("holds while whoever spams is graylisted or gone in time, every time anew", () => {
  expect(watch({ score: (atMs) => (atMs % 20_000 < 8_000 ? 0 : -50) }).verdict).toBe("held");
  expect(watch({ score: (atMs) => (atMs < 8_000 ? 0 : undefined) }).verdict).toBe("held");
});

test("whoever stops need not be graylisted", () => {
  expect(watch({ score: () => 0, untilMs: 5_000 }).verdict).toBe("held");
});

test("notices whoever is listened to for too long, if only later, and whoever is graylisted for nothing", () => {
  expect(watch({ score: () => -39 }).message).toContain("has listened to spammer/0 (noise) for 11000 ms");
  expect(watch({ score: (atMs) => (atMs < 30_000 ? -50 : 0) }).message).toContain("has listened to");
  expect(watch({ score: () => -50, honest: (atMs) => (atMs === 30_000 ? -41 : 0) }).message).toContain("graylists");
});

test("where nobody spams, nothing has held", () => {
  expect(watch({ score: () => undefined, untilMs: 0 }).message).toContain("nobody abused anything");
});
