import { expect, test } from "vitest";
import { Samples, summarise } from "./measure.ts";
import { seededRandom } from "./random.ts";

test("the nearest rank, of however few", () => {
  expect(summarise([3])).toEqual({ median: 3, p95: 3, repetitions: 1 });
  expect(summarise([2, 1])).toEqual({ median: 1, p95: 2, repetitions: 2 });
  expect(summarise(Array.from({ length: 100 }, (_, i) => 100 - i))).toEqual({ median: 50, p95: 95, repetitions: 100 });
});

test("tasks take turns, and what warms them up does not count", () => {
  const order: string[] = [];
  const task = (name: string, every: number) => ({ name, every, ready: () => () => order.push(name) });
  const samples = new Samples();
  samples.take([task("a", 1), task("b", 2)], 4);
  expect(order.join("")).toBe("aaa" + "ab" + "a" + "ab" + "a");
  expect([...samples.summary()].map(([name, { repetitions }]) => [name, repetitions])).toEqual([
    ["a", 4],
    ["b", 2],
  ]);
});

test("a seed gives the same bytes again, and another seed others", () => {
  const draw = (seed: string): Uint8Array => seededRandom(seed).bytes(40);
  expect(draw("a")).toEqual(draw("a"));
  expect(draw("a")).not.toEqual(draw("b"));
});
