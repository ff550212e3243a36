import { bls12_381 } from "@noble/curves/bls12-381.js";
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { negated } from "../../core/suite/bls.testing.ts";
import { agreed, check, damage, damaged, raw, secret, some } from "./agreement.testing.ts";
import { nativeSuite as native } from "./native.ts";

const { fields, G1, G2 } = bls12_381;
const { Fp, Fp2 } = fields;
const R = G1.Point.Fn.ORDER;
type G1Point = InstanceType<typeof bls12_381.G1.Point>;
type G2Point = InstanceType<typeof bls12_381.G2.Point>;

const seedOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
const message = Uint8Array.of(1, 2, 3);
const key = native.blsPublic(secret(seedOf(1)));
const signature = native.blsSign(secret(seedOf(1)), message);

const verified = (keys: readonly Uint8Array[], of: Uint8Array, by: Uint8Array): string =>
  agreed((suite) => suite.blsVerify(keys, of, by));

/** Random bytes with the flags of a compressed point, or with others. */
function compressed(length: number): fc.Arbitrary<Uint8Array> {
  const flags = fc.constantFrom(0x80, 0xa0, 0xc0, 0xe0, 0x00, 0x20, 0x40, 0x60);
  return fc.tuple(raw(length), flags).map(([bytes, top]) => {
    const copy = bytes.slice();
    copy[0] = ((copy[0] as number) & 0x1f) | top;
    return copy;
  });
}

/** What `at` finds at the first coordinate from `x` on that has a point: about every second has. */
function firstPoint<X, P>(x: X, next: (x: X) => X, at: (x: X) => P): P {
  for (let here = x; ; here = next(here)) {
    try {
      return at(here);
    } catch {
      // The right side of the curve's equation is no square.
    }
  }
}

const coordinate = fc.bigInt({ min: 0n, max: Fp.ORDER - 1n });

/** A point of the curve of keys, y² = x³ + 4, hardly ever one of the subgroup. */
const g1Point: fc.Arbitrary<G1Point> = coordinate.map((start) =>
  firstPoint(
    start,
    (x) => Fp.add(x, 1n),
    (x) => G1.Point.fromAffine({ x, y: Fp.sqrt(Fp.add(Fp.pow(x, 3n), 4n)) }),
  ),
);

/** A point of the curve of signatures, y² = x³ + 4(1 + i), hardly ever one of the subgroup. */
const g2Point: fc.Arbitrary<G2Point> = fc.tuple(coordinate, coordinate).map(([c0, c1]) =>
  firstPoint(
    Fp2.create({ c0, c1 }),
    (x) => Fp2.add(x, Fp2.ONE),
    (x) => G2.Point.fromAffine({ x, y: Fp2.sqrt(Fp2.add(Fp2.pow(x, 3n), Fp2.create({ c0: 4n, c1: 4n }))) }),
  ),
);

// noble writes down no point outside the subgroup. The bit of the sign stays 0, so this may be the negated point.
function encodeG1(point: G1Point): Uint8Array {
  const bytes = Fp.toBytes(point.toAffine().x);
  bytes[0] = (bytes[0] as number) | 0x80;
  return bytes;
}

function encodeG2(point: G2Point): Uint8Array {
  const { c0, c1 } = point.toAffine().x;
  const bytes = concatBytes(Fp.toBytes(c1), Fp.toBytes(c0));
  bytes[0] = (bytes[0] as number) | 0x80;
  return bytes;
}

test("keys, signatures and their sums have the same bytes in both suites", () => {
  const property = fc.property(fc.array(raw(32), { minLength: 1, maxLength: 3 }), some(100), (seeds, of) => {
    const keys = seeds.map((seed) => hexToBytes(agreed((suite) => suite.blsPublic(secret(seed)))));
    const signatures = seeds.map((seed) => hexToBytes(agreed((suite) => suite.blsSign(secret(seed), of))));
    const sum = hexToBytes(agreed((suite) => suite.blsAggregate(signatures)));
    expect(verified(keys, of, sum)).toBe("true");
    expect(verified(keys, of, signatures[0] as Uint8Array)).toBe(String(keys.length === 1));
  });
  check(6, property);
});

test("both refuse whatever was changed", () => {
  const property = fc.property(damage, (how) => {
    expect(verified([damaged(key, how)], message, signature)).toBe("false");
    expect(verified([key], damaged(message, how), signature)).toBe("false");
    expect(verified([key], message, damaged(signature, how))).toBe("false");
  });
  check(20, property);
});

test("both refuse any bytes at all as a key or a signature, and any point outside the subgroup", () => {
  const keys = fc.oneof(compressed(48), g1Point.map(encodeG1), g1Point.map(encodeG1).map(negated));
  const signatures = fc.oneof(compressed(96), g2Point.map(encodeG2), g2Point.map(encodeG2).map(negated));
  const property = fc.property(keys, signatures, (otherKey, otherSignature) => {
    expect(verified([otherKey], message, signature)).toBe("false");
    expect(verified([key, otherKey], message, signature)).toBe("false");
    expect(verified([key], message, otherSignature)).toBe("false");
    expect(agreed((suite) => suite.blsAggregate([otherSignature]))).toBe("undefined");
  });
  check(60, property);
});

test("both refuse a key or a signature to which a point outside the subgroup was added", () => {
  // A multiple by r leaves only what lies outside the subgroup.
  const property = fc.property(g1Point, g2Point, (forKey, forSignature) => {
    const strayKey = G1.Point.fromBytes(key).add(forKey.multiplyUnsafe(R - 1n).add(forKey));
    const straySignature = G2.Point.fromBytes(signature).add(forSignature.multiplyUnsafe(R - 1n).add(forSignature));
    for (const sign of [(bytes: Uint8Array) => bytes, negated]) {
      expect(verified([sign(encodeG1(strayKey))], message, signature)).toBe("false");
      expect(verified([key], message, sign(encodeG2(straySignature)))).toBe("false");
      expect(agreed((suite) => suite.blsAggregate([signature, sign(encodeG2(straySignature))]))).toBe("undefined");
    }
  });
  check(15, property);
});

test("keys and signatures may repeat and cancel, and both count them alike", () => {
  const other = native.blsPublic(secret(seedOf(2)));
  const byOther = native.blsSign(secret(seedOf(2)), message);
  expect(verified([key, negated(key), other], message, byOther)).toBe("true");
  expect(verified([key, negated(key)], message, byOther)).toBe("false");
  const twice = hexToBytes(agreed((suite) => suite.blsAggregate([signature, signature])));
  expect(verified([key, key], message, twice)).toBe("true");
  expect(verified([key], message, twice)).toBe("false");
  expect(agreed((suite) => suite.blsAggregate([signature, negated(signature)]))).toBe("undefined");
  expect(agreed((suite) => suite.blsAggregate([signature, negated(signature), byOther]))).not.toBe("undefined");
});

test("a key that was found valid is known by its bytes, not by the array that held them", () => {
  const array = key.slice();
  expect(verified([array], message, signature)).toBe("true");
  array.set(native.blsPublic(secret(seedOf(2))));
  expect(verified([array], message, signature)).toBe("false");
  expect(verified([array], message, native.blsSign(secret(seedOf(2)), message))).toBe("true");
});
