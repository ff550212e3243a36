import { expect, test } from "vitest";
import { Turns } from "./turns.ts";

/** Tasks that end when they are told to; `started` is the order of their beginnings. */
function makeTasks(): {
  started: number[];
  task(number: number): () => Promise<void>;
  end(number: number): Promise<void>;
} {
  const started: number[] = [];
  const ends = new Map<number, () => void>();
  return {
    started,
    task: (number) => () => {
      started.push(number);
      return new Promise((resolve) => ends.set(number, resolve));
    },
    async end(number) {
      ends.get(number)?.();
      await new Promise(setImmediate);
    },
  };
}

test("tasks beyond the limit wait their turn, in order, and beyond that are refused", async () => {
  const turns = new Turns(2, 3);
  const { end, started, task } = makeTasks();
  expect([0, 1, 2, 3, 4, 5, 6].map((number) => turns.take(task(number)))).toEqual([
    true,
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
  expect(started).toEqual([0, 1]);
  await end(1);
  expect(started).toEqual([0, 1, 2]);
  expect(turns.take(task(7))).toBe(true);
  for (const number of [0, 2, 3, 4]) await end(number);
  expect(started).toEqual([0, 1, 2, 3, 4, 7]);
  await end(7);
  turns.take(task(8));
  expect(started.at(-1)).toBe(8);
});
