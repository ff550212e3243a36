import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE } from "@noble/curves/utils.js";
import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { proveOffSubgroup, TORSION } from "../../core/suite/ecvrf.testing.ts";
import { portableSuite as portable } from "../../core/suite/index.ts";
import { agreed, check, damage, damaged, littleEndian, raw, secret, some } from "./agreement.testing.ts";

const { Point } = ed25519;
const { Fn } = Point;
type EdwardsPoint = InstanceType<typeof ed25519.Point>;

const P = 2n ** 255n - 19n;
const scalars = fc.bigInt({ min: 1n, max: Fn.ORDER - 1n });
const torsion = fc.nat(7).map((i) => TORSION[i] as EdwardsPoint);

const verified = (key: Uint8Array, input: Uint8Array, proof: Uint8Array): string =>
  agreed((suite) => suite.vrfVerify(key, input, proof));

test("a VRF proves to the same bytes, each suite verifies the other's, and both refuse whatever was changed", () => {
  const property = fc.property(raw(32), some(150), damage, (seed, input, how) => {
    const key = hexToBytes(agreed((suite) => suite.vrfPublic(secret(seed))));
    const proof = hexToBytes(agreed((suite) => suite.vrfProve(secret(seed), input).proof));
    const output = agreed((suite) => suite.vrfProve(secret(seed), input).output);
    expect(output.length).toBe(128);
    expect(verified(key, input, proof)).toBe(output);
    expect(verified(key, input, damaged(proof, how))).toBe("undefined");
    expect(verified(key, damaged(input, how), proof)).toBe("undefined");
    expect(verified(damaged(key, how), input, proof)).toBe("undefined");
  });
  check(50, property);
});

test("both refuse s + nL", () => {
  const property = fc.property(raw(32), some(20), fc.integer({ min: 1, max: 15 }), (seed, input, n) => {
    const key = portable.vrfPublic(secret(seed));
    const { proof } = portable.vrfProve(secret(seed), input);
    const s = bytesToNumberLE(proof.subarray(48)) + BigInt(n) * Fn.ORDER;
    if (s >= 2n ** 256n) return;
    expect(verified(key, input, concatBytes(proof.subarray(0, 48), littleEndian(s)))).toBe("undefined");
  });
  check(40, property);
});

test("both refuse any bytes at all, and any encoding near p, of small order or with a part of small order", () => {
  const nearP = fc
    .record({ above: fc.integer({ min: -20, max: 18 }), sign: fc.boolean() })
    .map(({ above, sign }) => littleEndian(P + BigInt(above) + (sign ? 2n ** 255n : 0n)));
  const mixed = fc.tuple(scalars, torsion).map(([scalar, part]) => Point.BASE.multiply(scalar).add(part).toBytes());
  const encoding = fc.oneof(
    raw(32),
    nearP,
    torsion.map((point) => point.toBytes()),
    mixed,
  );
  const s = scalars.map(littleEndian);
  const property = fc.property(
    encoding,
    some(20),
    encoding,
    raw(16),
    fc.oneof(raw(32), s),
    (key, input, gamma, c, of) => {
      expect(verified(key, input, concatBytes(gamma, c, of))).toBe("undefined");
    },
  );
  check(150, property);
});

test("a part of small order in the key or in Gamma is refused by both, though the equations hold", () => {
  const property = fc.property(scalars, some(20), torsion, torsion, (x, input, toKey, toGamma) => {
    const { publicKey, proof } = proveOffSubgroup(x, input, { toKey, toGamma });
    expect(verified(publicKey, input, proof) === "undefined").toBe(!toKey.is0() || !toGamma.is0());
  });
  check(25, property);
});
