import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE, numberToBytesLE } from "@noble/curves/utils.js";
import { sha512 } from "@noble/hashes/sha2.js";
import { bytesToHex, concatBytes } from "@noble/hashes/utils.js";
import { expect, test } from "vitest";
import type { Suite } from "./suite.ts";
import ecvrf from "./vectors/ecvrf.json" with { type: "json" };
import { bytes, plain, secret, zeros } from "./vectors.testing.ts";

const { Point } = ed25519;
const { Fn } = Point;
type EdwardsPoint = InstanceType<typeof ed25519.Point>;

/** The eight points of small order. */
export const TORSION: readonly EdwardsPoint[] = [...Array(8).keys()].map((i) =>
  i === 0
    ? Point.ZERO
    : Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05").multiplyUnsafe(BigInt(i)),
);

/**
 * A proof by somebody who knows the private scalar `x`, with a small-order point added to the public key and to
 * Gamma, which checks out by section 5.3 without a check of the subgroup: the nonce is tried until c is a multiple
 * of eight, so that the added points vanish from the equations.
 */
export function proveOffSubgroup(
  x: bigint,
  input: Uint8Array,
  added: { toKey: EdwardsPoint; toGamma: EdwardsPoint },
): { publicKey: Uint8Array; proof: Uint8Array } {
  const publicKey = Point.BASE.multiplyUnsafe(x).add(added.toKey).toBytes();
  const h = hashToCurve(publicKey, input);
  const gamma = h.multiplyUnsafe(x).add(added.toGamma);
  for (let k = 1n; ; k++) {
    const points = [h, gamma, Point.BASE.multiply(k), h.multiply(k)].map((point) => point.toBytes());
    const c = sha512(concatBytes(Uint8Array.of(3, 2), publicKey, ...points, Uint8Array.of(0))).slice(0, 16);
    if (((c[0] as number) & 7) !== 0) continue;
    const s = numberToBytesLE(Fn.create(k + bytesToNumberLE(c) * x), 32);
    return { publicKey, proof: concatBytes(gamma.toBytes(), c, s) };
  }
}

function hashToCurve(publicKey: Uint8Array, input: Uint8Array): EdwardsPoint {
  for (let counter = 0; ; counter++) {
    const hash = sha512(concatBytes(Uint8Array.of(3, 1), publicKey, input, Uint8Array.of(counter, 0)));
    try {
      return Point.fromBytes(hash.subarray(0, 32)).clearCofactor();
    } catch {
      // Not a point: the next one.
    }
  }
}

export function ecvrfConformance(suite: Suite): void {
  const vector = ecvrf.proved.cases[1] as (typeof ecvrf.proved.cases)[number];
  const [key, input, proof] = [bytes(vector.public), bytes(vector.input), bytes(vector.proof)];
  /** The vector's proof with other bytes at an offset. */
  const spliced = (at: number, value: Uint8Array): Uint8Array => {
    const copy = proof.slice();
    copy.set(value, at);
    return copy;
  };

  test.each(ecvrf.proved.cases)("ECVRF-EDWARDS25519-SHA512-TAI, RFC 9381 appendix B.3, example $example", (of) => {
    expect(plain(suite.vrfPublic(secret(of.seed)))).toBe(of.public);
    const proved = suite.vrfProve(secret(of.seed), bytes(of.input));
    expect(plain(proved.proof)).toBe(of.proof);
    expect(plain(proved.output)).toBe(of.output);
    expect(plain(suite.vrfVerify(bytes(of.public), bytes(of.input), bytes(of.proof)))).toBe(of.output);
  });

  test("ECVRF refuses another input, another key, and every byte of a proof or key that was changed", () => {
    const other = bytes((ecvrf.proved.cases[0] as typeof vector).public);
    expect(suite.vrfVerify(key, concatBytes(input, zeros(1)), proof)).toBeUndefined();
    expect(suite.vrfVerify(other, input, proof)).toBeUndefined();
    for (const of of [proof, key]) {
      for (let at = 0; at < of.length; at++) {
        of[at] = (of[at] as number) ^ (1 << (at & 7));
        expect(suite.vrfVerify(key, input, proof)).toBeUndefined();
        of[at] = (of[at] as number) ^ (1 << (at & 7));
      }
    }
    expect(plain(suite.vrfVerify(key, input, proof))).toBe(vector.output);
  });

  test("ECVRF refuses keys and proofs of any other length", () => {
    for (const length of [0, 31, 33]) {
      expect(suite.vrfVerify(concatBytes(key, zeros(1)).slice(0, length), input, proof)).toBeUndefined();
    }
    for (const length of [0, 32, 79, 81]) {
      expect(suite.vrfVerify(key, input, concatBytes(proof, zeros(1)).slice(0, length))).toBeUndefined();
    }
  });

  test("ECVRF refuses an s that is not below L, a zero s and a zero c", () => {
    const s = bytesToNumberLE(proof.subarray(48));
    for (let n = 1n; s + n * Fn.ORDER < 2n ** 256n; n++) {
      expect(suite.vrfVerify(key, input, spliced(48, numberToBytesLE(s + n * Fn.ORDER, 32)))).toBeUndefined();
    }
    for (const value of [0n, Fn.ORDER - 1n, Fn.ORDER, 2n ** 256n - 1n]) {
      expect(suite.vrfVerify(key, input, spliced(48, numberToBytesLE(value, 32)))).toBeUndefined();
    }
    expect(suite.vrfVerify(key, input, spliced(32, zeros(16)))).toBeUndefined();
    expect(suite.vrfVerify(key, input, spliced(32, zeros(48)))).toBeUndefined();
  });

  test("ECVRF refuses points of small order and encodings that are not canonical, as key and as Gamma", () => {
    const p = 2n ** 255n - 19n;
    const encodings = [0n, 1n, 2n, p - 1n, p, p + 1n, p + 18n].flatMap((y) => [y, y + 2n ** 255n]);
    for (const encoded of [
      ...encodings.map((value) => numberToBytesLE(value, 32)),
      ...TORSION.map((point) => point.toBytes()),
    ]) {
      expect(suite.vrfVerify(encoded, input, proof)).toBeUndefined();
      expect(suite.vrfVerify(key, input, spliced(0, encoded))).toBeUndefined();
    }
  });

  test("ECVRF refuses a key or a Gamma outside the prime-order subgroup, though the equations hold", () => {
    for (const [toKey, toGamma] of [
      [0, 0],
      [0, 1],
      [1, 0],
      [4, 4],
      [2, 7],
    ] as const) {
      const added = { toKey: TORSION[toKey] as EdwardsPoint, toGamma: TORSION[toGamma] as EdwardsPoint };
      const forged = proveOffSubgroup(0x1234567n, input, added);
      expect(suite.vrfVerify(forged.publicKey, input, forged.proof) !== undefined).toBe(toKey + toGamma === 0);
    }
  });

  test("ECVRF refuses a key of small order, under which anybody could prove anything", () => {
    for (const toKey of TORSION) {
      for (const toGamma of TORSION) {
        const { publicKey, proof: forged } = proveOffSubgroup(0n, input, { toKey, toGamma });
        expect(suite.vrfVerify(publicKey, input, forged)).toBeUndefined();
      }
    }
  });

  test("ECVRF leaves its arguments as they were, and its results belong to the caller", () => {
    const before = [key, input, proof].map(bytesToHex);
    suite.vrfVerify(key, input, proof)?.fill(0);
    suite.vrfProve(secret(vector.seed), input).output.fill(0);
    expect([key, input, proof].map(bytesToHex)).toEqual(before);
    expect(plain(suite.vrfVerify(key, input, proof))).toBe(vector.output);
  });
}
