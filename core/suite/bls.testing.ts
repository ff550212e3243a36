import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { expect, test } from "vitest";
import { Secret } from "../safety/index.ts";
import type { Suite } from "./suite.ts";
import bls from "./vectors/bls12-381.json" with { type: "json" };
import { bytes, plain, secret, zeros } from "./vectors.testing.ts";

const { G1, G2 } = bls12_381;

/** The compressed encoding of the negated point: the bit of the sign of y flips. */
export function negated(point: Uint8Array): Uint8Array {
  const copy = point.slice();
  copy[0] = (copy[0] as number) ^ 0x20;
  return copy;
}

export function blsConformance(suite: Suite): void {
  const publics = bls.verified.publics.map(bytes);
  const seedOf = (byte: number): Secret => new Secret(zeros(32).fill(byte));

  test.each(bls.generated.cases)("BLS KeyGen, EIP-2333, test case $testCase", ({ seed, scalar }) => {
    expect(plain(suite.blsPublic(secret(seed)))).toBe(G1.Point.BASE.multiply(BigInt(`0x${scalar}`)).toHex());
  });

  test.each(bls.verified.messages)("BLS signatures of $message verify under their own keys alone", (vector) => {
    const [message, signatures] = [bytes(vector.message), vector.signatures.map(bytes)];
    for (const [i, key] of publics.entries()) {
      for (const [j, signature] of signatures.entries()) {
        expect(suite.blsVerify([key], message, signature)).toBe(i === j);
      }
    }
    expect(suite.blsVerify(publics, zeros(31), bytes(vector.aggregate))).toBe(false);
  });

  test.each(bls.verified.messages)("BLS signatures of $message aggregate, in any order", (vector) => {
    const [message, signatures] = [bytes(vector.message), vector.signatures.map(bytes)];
    const aggregate = bytes(vector.aggregate);
    expect(plain(suite.blsAggregate(signatures))).toBe(vector.aggregate);
    expect(plain(suite.blsAggregate(signatures.toReversed()))).toBe(vector.aggregate);
    expect(plain(suite.blsAggregate(signatures.slice(0, 1)))).toBe(vector.signatures[0]);
    expect(suite.blsVerify(publics, message, aggregate)).toBe(true);
    expect(suite.blsVerify(publics.toReversed(), message, aggregate)).toBe(true);
    expect(suite.blsVerify(publics.slice(1), message, aggregate)).toBe(false);
    expect(suite.blsVerify([...publics, ...publics.slice(2)], message, aggregate)).toBe(false);
  });

  test.each(bls.possessed.cases)("BLS proof of possession of $public", ({ public: key, proof }) => {
    expect(suite.blsVerifyPossession(bytes(key), bytes(proof))).toBe(true);
    expect(suite.blsVerifyPossession(publics[0] as Uint8Array, bytes(proof))).toBe(false);
  });

  test("BLS signs under one tag and proves possession under another", () => {
    const [seed, key] = [seedOf(7), suite.blsPublic(seedOf(7))];
    const [proof, signature] = [suite.blsProvePossession(seed), suite.blsSign(seed, key)];
    expect([plain(proof)?.length, plain(signature)?.length]).toEqual([192, 192]);
    expect(suite.blsVerifyPossession(key, proof)).toBe(true);
    expect(suite.blsVerify([key], key, signature)).toBe(true);
    expect(suite.blsVerifyPossession(key, signature)).toBe(false);
    expect(suite.blsVerify([key], key, proof)).toBe(false);
  });

  test.each(bls.publicRejected.cases)("BLS refuses a public key: $comment", (vector) => {
    const { message, signatures } = bls.verified.messages[0] as (typeof bls.verified.messages)[number];
    const [key, signature] = [bytes(vector.public), bytes(signatures[0] as string)];
    expect(suite.blsVerify([key], bytes(message), signature)).toBe(false);
    expect(suite.blsVerify([publics[0] as Uint8Array, key], bytes(message), signature)).toBe(false);
    expect(suite.blsVerifyPossession(key, signature)).toBe(false);
  });

  test.each(bls.signatureRejected.cases)("BLS refuses a signature: $comment", (vector) => {
    const { message, signatures } = bls.verified.messages[0] as (typeof bls.verified.messages)[number];
    const signature = bytes(vector.signature);
    expect(suite.blsVerify(publics.slice(0, 1), bytes(message), signature)).toBe(false);
    expect(suite.blsVerifyPossession(publics[0] as Uint8Array, signature)).toBe(false);
    expect(suite.blsAggregate([signature])).toBeUndefined();
    expect(suite.blsAggregate([bytes(signatures[0] as string), signature])).toBeUndefined();
  });

  test("BLS refuses uncompressed points, nothing at all, and what cancels", () => {
    const [key, message] = [publics[0] as Uint8Array, zeros(32)];
    const hex = (bls.verified.messages[0] as (typeof bls.verified.messages)[number]).signatures[0] as string;
    const infinity = bytes(`c0${"00".repeat(95)}`);
    const uncompressed = {
      key: G1.Point.fromBytes(key).toBytes(false),
      signature: G2.Point.fromBytes(bytes(hex)).toBytes(false),
    };
    expect(suite.blsVerify([key], message, bytes(hex))).toBe(true);
    expect(suite.blsVerify([uncompressed.key], message, bytes(hex))).toBe(false);
    expect(suite.blsVerify([key], message, uncompressed.signature)).toBe(false);
    expect(suite.blsAggregate([uncompressed.signature])).toBeUndefined();
    for (const signature of [bytes(hex), infinity, zeros(96), zeros(0)]) {
      expect(suite.blsVerify([], message, signature)).toBe(false);
      expect(suite.blsVerify([key, negated(key)], message, signature)).toBe(false);
    }
    expect(suite.blsAggregate([])).toBeUndefined();
    expect(suite.blsAggregate([bytes(hex), negated(bytes(hex))])).toBeUndefined();
  });

  test("BLS leaves keys, messages and signatures as they were", () => {
    const [key, message] = [publics[0] as Uint8Array, zeros(32)];
    const signature = suite.blsSign(seedOf(1), message);
    const before = [key, message, signature].map(bytesToHex);
    suite.blsVerify([key], message, signature);
    suite.blsVerifyPossession(key, signature);
    suite.blsAggregate([signature]);
    expect([key, message, signature].map(bytesToHex)).toEqual(before);
  });
}
