import { expect, test } from "vitest";
import { Stream } from "../../../sim/kernel/index.ts";
import { play } from "./bench.ts";
import { deliveriesWanted, DIALS, MESSAGES, scheduleOf, type Workload } from "./workload.ts";

const SMALL: Workload = { nodes: 5, dht: true, seconds: 4, seed: 7 };

test("a schedule connects everybody, ends in time and follows from its seed", () => {
  const workload = { ...SMALL, nodes: 40 };
  const schedule = (seed: number) => scheduleOf(workload, Stream.seeded(seed));
  const { begunMs, dials, endMs, messages } = schedule(7);
  expect(schedule(7)).toEqual(schedule(7));
  expect(schedule(8)).not.toEqual(schedule(7));
  for (let from = 1; from < workload.nodes; from++) {
    const made = dials.filter((dial) => dial.from === from);
    expect(new Set(made.map(({ to }) => to)).size).toBe(Math.min(DIALS, from));
    for (const { atMs, to } of made) {
      expect(to).toBeLessThan(from);
      expect(atMs).toBeLessThan(begunMs);
    }
  }
  expect(messages).toHaveLength(MESSAGES);
  for (const { atMs } of messages) expect(atMs >= begunMs && atMs < endMs).toBe(true);
});

test("the mesh in virtual time does the same, byte for byte, in two processes", { timeout: 60_000 }, async () => {
  const [one, two] = await Promise.all([play("virtual", SMALL), play("virtual", SMALL)]);
  expect(one?.digest).toMatch(/^[0-9a-f]{64}$/u);
  expect(two?.digest).toBe(one?.digest);
  expect(one?.delivered).toBe(deliveriesWanted(SMALL));
  expect((await play("virtual", { ...SMALL, seed: 8 }))?.digest).not.toBe(one?.digest);
});

test("and in real time everybody hears everything, too", { timeout: 60_000 }, async () => {
  expect((await play("real", SMALL))?.delivered).toBe(deliveriesWanted(SMALL));
});
