import fc from "fast-check";
import { expect, test } from "vitest";
import { AssertionFailure } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { commitment, SALT_BYTES } from "./commitment.ts";
import { flipped, spec, toHex } from "./tree/testing.ts";

const SEED = 0xc33;
const salts = fc.uint8Array({ minLength: SALT_BYTES, maxLength: SALT_BYTES });

test("a commitment is the hash of its domain, the salt and the value", () => {
  const property = fc.property(salts, fc.uint8Array({ maxLength: 200 }), (salt, value) => {
    expect(toHex(commitment(suite, salt, value))).toBe(toHex(spec.hash("chhaya vkd commitment v1\0", salt, value)));
  });
  fc.assert(property, { seed: SEED });
  expect(toHex(commitment(suite, new Uint8Array(32), Uint8Array.of(1, 2, 3)))).toBe(
    "42527565317f0fbfdb3db064c3876712add8d105c193305bb7aef394aadc138c",
  );
});

test("no other salt and no other value opens it", () => {
  const property = fc.property(salts, fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.nat(), (salt, value, bit) => {
    const made = toHex(commitment(suite, salt, value));
    expect(toHex(commitment(suite, flipped(salt, bit % 256), value))).not.toBe(made);
    expect(toHex(commitment(suite, salt, flipped(value, bit % (8 * value.length))))).not.toBe(made);
    expect(toHex(commitment(suite, salt, value.slice(1)))).not.toBe(made);
    expect(toHex(commitment(suite, salt, Uint8Array.of(...value, 0)))).not.toBe(made);
  });
  fc.assert(property, { seed: SEED });
});

test("a salt of another length is a bug: it would move the border between salt and value", () => {
  for (const length of [0, 31, 33]) {
    expect(() => commitment(suite, new Uint8Array(length), new Uint8Array(8))).toThrow(AssertionFailure);
  }
});
