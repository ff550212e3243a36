import fc from "fast-check";
import { expect, test } from "vitest";
import { Questions, QUESTIONS_PER_ASKER_MAX, QUESTIONS_WAITING_MAX } from "./questions.ts";

const SEED = 0x9e57;

test("a question is answered once, by its own number", () => {
  const questions = new Questions();
  const replies = ["a", "b"].map((name) => () => name as never);
  const [a = -1, b = -1] = replies.map((reply, i) => questions.add(`asker ${i}`, reply));
  expect([questions.take(b), questions.take(a)]).toEqual([replies[1], replies[0]]);
  expect([questions.take(a), questions.take(99), questions.size]).toEqual([undefined, undefined, 0]);
});

test("who asks too much loses the oldest of its own", () => {
  const questions = new Questions();
  const other = questions.add("other", () => {});
  const ids = Array.from({ length: QUESTIONS_PER_ASKER_MAX + 3 }, () => questions.add("flood", () => {}));
  expect(questions.size).toBe(QUESTIONS_PER_ASKER_MAX + 1);
  expect(ids.filter((id) => questions.take(id) === undefined)).toEqual(ids.slice(0, 3));
  expect(questions.take(other)).toBeDefined();
});

test("however many ask, and whatever is answered, so many wait at most, and the newest of each is among them", () => {
  const steps = fc.array(fc.tuple(fc.nat(60), fc.boolean()), { minLength: 1, maxLength: 3_000, size: "max" });
  const property = fc.property(steps, (asked) => {
    const questions = new Questions();
    const open = new Set<number>();
    for (const [asker, answered] of asked) {
      const id = questions.add(`asker ${asker}`, () => {});
      if (answered) expect(questions.take(id)).toBeDefined();
      else open.add(id);
      expect(questions.size).toBeLessThanOrEqual(QUESTIONS_WAITING_MAX);
    }
    const left = [...open].filter((id) => questions.take(id) !== undefined);
    expect(questions.size).toBe(0);
    expect(left.length).toBeGreaterThanOrEqual(Math.min(open.size, QUESTIONS_PER_ASKER_MAX));
  });
  fc.assert(property, { seed: SEED, numRuns: 10 });
});
