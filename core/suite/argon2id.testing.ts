import { expect, test } from "vitest";
import { AssertionFailure } from "../safety/index.ts";
import type { Suite } from "./suite.ts";
import argon2id from "./vectors/argon2id.json" with { type: "json" };
import { bytes, plain, zeros } from "./vectors.testing.ts";

export function argon2idConformance(suite: Suite): void {
  const least = { memoryKiB: 8, passes: 1 };

  test.each(argon2id.stretched.cases)("Argon2id of $salt, $memoryKiB KiB, $passes passes", (vector) => {
    expect(plain(suite.argon2id(bytes(vector.password), bytes(vector.salt), vector, vector.key.length / 2))).toBe(
      vector.key,
    );
  });

  test("Argon2id takes an empty password, and gives the lengths from 4 to 1024 that are asked for", () => {
    const keys = [4, 32, 64, 1024].map((length) => suite.argon2id(zeros(0), zeros(8), least, length));
    expect(keys.map((key) => key.length)).toEqual([4, 32, 64, 1024]);
    expect(new Set(keys.map((key) => plain(key)?.slice(0, 8))).size).toBe(4);
  });

  test("Argon2id: a salt, cost or length out of bounds is a bug", () => {
    const costs = [
      { memoryKiB: 7, passes: 1 },
      { memoryKiB: 8.5, passes: 1 },
      { memoryKiB: 2 ** 20 + 1, passes: 1 },
      { memoryKiB: Number.NaN, passes: 1 },
      { memoryKiB: 8, passes: 0 },
      { memoryKiB: 8, passes: 1.5 },
      { memoryKiB: 8, passes: 65 },
    ];
    for (const cost of costs) expect(() => suite.argon2id(zeros(0), zeros(8), cost, 32)).toThrow(AssertionFailure);
    for (const length of [0, 3, 4.5, 1025]) {
      expect(() => suite.argon2id(zeros(0), zeros(8), least, length)).toThrow(AssertionFailure);
    }
    expect(() => suite.argon2id(zeros(0), zeros(7), least, 32)).toThrow(AssertionFailure);
  });
}
