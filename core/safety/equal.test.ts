import fc from "fast-check";
import { expect, test } from "vitest";
import { assert, AssertionFailure, unreachable } from "./assert.ts";
import { equalConstantTime } from "./equal.ts";
import { err, ok } from "./result.ts";

const SEED = 0xe9;

test("equalConstantTime agrees with comparison byte by byte, for equal and for unequal lengths", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (a, b) => {
    expect(equalConstantTime(a, Uint8Array.from(a))).toBe(true);
    expect(equalConstantTime(a, b)).toBe(Buffer.compare(a, b) === 0);
  });
  fc.assert(property, { seed: SEED });
});

test("equalConstantTime sees one flipped bit at any place", () => {
  const property = fc.property(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), fc.nat(7), (a, at, bit) => {
    const b = Uint8Array.from(a);
    b[at % b.length] = (b[at % b.length] as number) ^ (1 << bit);
    expect(equalConstantTime(a, b)).toBe(false);
  });
  fc.assert(property, { seed: SEED });
});

test("assert and unreachable throw AssertionFailure, and unreachable names the type only", () => {
  expect(() => assert(false, "a reason")).toThrow(new AssertionFailure("a reason"));
  expect(() => assert(1, "never")).not.toThrow();
  expect(() => unreachable("private contents" as never)).toThrow("unreachable variant: string");
});

test("results are plain data", () => {
  expect(ok(1)).toEqual({ ok: true, value: 1 });
  expect(err("area/code")).toEqual({ ok: false, error: "area/code" });
});
