import { expect, test } from "vitest";
import { BODY_BYTES_MIN, bodyOf, digestOf } from "./speech.ts";

test("bodies are a function of seed, speaker and number, all different and within their bounds", () => {
  const bodies = [1, 2].flatMap((seed) =>
    ["alice", "bob"].flatMap((from) => Array.from({ length: 100 }, (_, number) => bodyOf(seed, from, number, 60_000))),
  );
  expect(new Set(bodies.map(digestOf)).size).toBe(bodies.length);
  expect(bodyOf(1, "alice", 0, 60_000)).toEqual(bodies[0]);
  for (const { length } of bodies) {
    expect(length).toBeGreaterThanOrEqual(BODY_BYTES_MIN);
    expect(length).toBeLessThanOrEqual(60_000);
  }
  expect(Math.max(...bodies.map(({ length }) => length))).toBeGreaterThan(50_000);
  expect(bodyOf(1, "alice", 0, BODY_BYTES_MIN)).toHaveLength(BODY_BYTES_MIN);
});
