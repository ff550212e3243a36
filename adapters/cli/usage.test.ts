import { describe, expect, test } from "vitest";
import { setting, shard, UsageError, wholeNumber } from "./usage.ts";

test.each(["", "x", "-1", "1.5", "1e3", "99999999999999999999"])("%j is not a whole number", (word) => {
  expect(() => wholeNumber("--seed", 0)(word)).toThrow(UsageError);
});

test("whole numbers from the lowest up are taken", () => {
  expect(wholeNumber("--seed", 0)("0")).toBe(0);
  expect(() => wholeNumber("--seeds", 1)("0")).toThrow("--seeds takes a whole number from 1 up");
});

describe("settings and shards", () => {
  test("name=number words collect, the later wins", () => {
    expect(setting("a=2", { a: 1, b: 3 })).toEqual({ a: 2, b: 3 });
    expect(setting("rate=0.25")).toEqual({ rate: 0.25 });
  });

  test.each(["a", "a=", "=1", "a=x", "a b=1"])("%j is no setting", (word) => {
    expect(() => setting(word)).toThrow(UsageError);
  });

  test("i/n, counted from 1", () => {
    expect(shard("2/3")).toEqual({ index: 2, count: 3 });
    for (const word of ["0/3", "4/3", "1", "a/b", "1/0"]) expect(() => shard(word)).toThrow(UsageError);
  });
});
