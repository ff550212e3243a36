import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE, numberToBytesLE } from "@noble/curves/utils.js";
import { sha512 } from "@noble/hashes/sha2.js";
import type { Edwards25519 } from "./ecvrf.ts";

type Point = InstanceType<typeof ed25519.Point>;

const { BASE, Fn } = ed25519.Point;

/** A point by RFC 8032 section 5.1.3, of any order. */
export function decodeEd25519Point(encoded: Uint8Array): Point | undefined {
  try {
    return ed25519.Point.fromBytes(encoded, false);
  } catch {
    return undefined;
  }
}

/** Modulo L: on points of the prime-order subgroup a clamped scalar and its residue act alike. */
const scalarOf = (bytes: Uint8Array): bigint => Fn.create(bytesToNumberLE(bytes));
const bytesOf = (scalar: bigint): Uint8Array => numberToBytesLE(scalar, Fn.BYTES);
/** A point that came from a call before. */
const known = (encoded: Uint8Array | undefined): Point =>
  encoded === undefined ? BASE : ed25519.Point.fromBytes(encoded, false);

/** edwards25519 by noble. Its secrets are big integers, which nobody can wipe. */
export const nobleEdwards: Edwards25519 = {
  sha512(...parts) {
    const hash = sha512.create();
    for (const part of parts) hash.update(part);
    return hash.digest();
  },

  timesCofactor: (p) => decodeEd25519Point(p)?.clearCofactor().toBytes(),

  difference(s, p, c, q) {
    const subtrahend = decodeEd25519Point(q);
    if (subtrahend?.isTorsionFree() !== true) return undefined;
    return known(p)
      .multiplyUnsafe(scalarOf(s))
      .subtract(subtrahend.multiplyUnsafe(scalarOf(c)))
      .toBytes();
  },

  multiply: (s, p) => known(p).multiply(scalarOf(s)).toBytes(),
  reduce: (wide) => bytesOf(scalarOf(wide)),
  multiplyAdd: (a, b, c) => bytesOf(Fn.create(scalarOf(a) * scalarOf(b) + scalarOf(c))),
};
