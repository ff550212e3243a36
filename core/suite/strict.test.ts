import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isStrictEd25519Encoding } from "./strict.ts";

const SEED = 0x57;
const { Point } = ed25519;
const P = 2n ** 255n - 19n;
const TOP = 2n ** 255n;

const encoded = (value: bigint): Uint8Array => hexToBytes(value.toString(16).padStart(64, "0")).reverse();

test("no y from p on passes, with either sign; the last below p does", () => {
  for (let y = P; y < TOP; y++) {
    expect(isStrictEd25519Encoding(encoded(y))).toBe(false);
    expect(isStrictEd25519Encoding(encoded(y + TOP))).toBe(false);
  }
  // p − 1 is the point of order 2.
  expect(isStrictEd25519Encoding(encoded(P - 1n))).toBe(false);
  expect(isStrictEd25519Encoding(encoded(P - 2n))).toBe(true);
  expect(isStrictEd25519Encoding(encoded(P - 2n + TOP))).toBe(true);
});

test("no point of small order passes, with either sign", () => {
  const torsion = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
  const seen = new Set<string>();
  for (let i = 1n, point = torsion; i <= 8n; i++, point = point.add(torsion)) {
    expect(point.isSmallOrder()).toBe(true);
    const bytes = point.toBytes();
    seen.add(bytesToHex(bytes));
    expect(isStrictEd25519Encoding(bytes)).toBe(false);
    bytes[31] = (bytes[31] as number) ^ 0x80;
    expect(isStrictEd25519Encoding(bytes)).toBe(false);
  }
  expect(seen.size).toBe(8);
});

test("every other point passes, with or without a component of small order, and no other length does", () => {
  const torsion = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
  const property = fc.property(fc.bigInt({ min: 1n, max: Point.Fn.ORDER - 1n }), fc.boolean(), (scalar, mixed) => {
    const point = Point.BASE.multiply(scalar);
    const bytes = (mixed ? point.add(torsion) : point).toBytes();
    expect(isStrictEd25519Encoding(bytes)).toBe(true);
    expect(isStrictEd25519Encoding(bytes.subarray(0, 31))).toBe(false);
    expect(isStrictEd25519Encoding(Uint8Array.of(...bytes, 0))).toBe(false);
  });
  fc.assert(property, { seed: SEED, numRuns: 50 });
});
