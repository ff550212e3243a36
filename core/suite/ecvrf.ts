import { bytesToNumberLE } from "@noble/curves/utils.js";
import { assert, equalConstantTime, type Secret } from "../safety/index.ts";
import { assertSecretLength } from "./arguments.ts";
import { isStrictEd25519Encoding } from "./strict.ts";
import { type Suite, VRF_PROOF_BYTES, VRF_PUBLIC_BYTES, VRF_SEED_BYTES } from "./suite.ts";

// RFC 9381 section 5.5: ECVRF-EDWARDS25519-SHA512-TAI.
const SUITE_STRING = 0x03;
const POINT_BYTES = 32;
const CHALLENGE_BYTES = 16;
const SCALAR_BYTES = 32;
const TRIES_MAX = 256;
/** L, the order of the prime-order subgroup (RFC 8032 section 5.1). */
const ORDER: bigint = 2n ** 252n + 27742317777372353535851937790883648493n;

// The domain separators of sections 5.4.1.1, 5.4.3 and 5.2; every hash ends in a zero byte.
const ENCODE_TO_CURVE = Uint8Array.of(SUITE_STRING, 0x01);
const CHALLENGE = Uint8Array.of(SUITE_STRING, 0x02);
const PROOF_TO_HASH = Uint8Array.of(SUITE_STRING, 0x03);
const BACK = Uint8Array.of(0);

/**
 * What ECVRF asks of a library for edwards25519. Points are their 32-byte encodings, all of which passed
 * {@link isStrictEd25519Encoding}; scalars are 32 bytes, little-endian, and not zero.
 */
export interface Edwards25519 {
  /** 64 bytes. */
  sha512(...parts: readonly Uint8Array[]): Uint8Array;
  /** 8P, or undefined when `p` is not on the curve. Public. */
  timesCofactor(p: Uint8Array): Uint8Array | undefined;
  /** sP − cQ, with the base point for an undefined P; undefined unless Q lies in the prime-order subgroup. Public. */
  difference(s: Uint8Array, p: Uint8Array | undefined, c: Uint8Array, q: Uint8Array): Uint8Array | undefined;
  /** sP, or sB for an undefined P, with P in the prime-order subgroup. A secret scalar, below 2^255. */
  multiply(s: Uint8Array, p: Uint8Array | undefined): Uint8Array;
  /** 64 secret bytes modulo L. */
  reduce(wide: Uint8Array): Uint8Array;
  /** ab + c modulo L, of secrets below 2^255. */
  multiplyAdd(a: Uint8Array, b: Uint8Array, c: Uint8Array): Uint8Array;
}

/** The VRF of a {@link Suite}, RFC 9381 section 5, over one library's arithmetic. */
export function ecvrf(edwards: Edwards25519): Pick<Suite, "vrfPublic" | "vrfProve" | "vrfVerify"> {
  /**
   * Section 5.4.1.1, try and increment, with the public key as salt. How many tries it takes, two on average, shows
   * something of the input to whoever can time it: here only its owner and those who look it up do this.
   */
  function encodeToCurve(publicKey: Uint8Array, input: Uint8Array): Uint8Array {
    for (let counter = 0; counter < TRIES_MAX; counter++) {
      const hash = edwards.sha512(ENCODE_TO_CURVE, publicKey, input, Uint8Array.of(counter), BACK);
      const candidate = hash.slice(0, POINT_BYTES);
      const point = isStrictEd25519Encoding(candidate) ? edwards.timesCofactor(candidate) : undefined;
      if (point !== undefined) return point;
    }
    // Half of all encodings are points.
    assert(false, "256 hashes in a row are no points");
  }

  /** Section 5.4.3: 16 bytes, extended to a scalar. */
  function challenge(...points: readonly Uint8Array[]): Uint8Array {
    const scalar = new Uint8Array(SCALAR_BYTES);
    scalar.set(edwards.sha512(CHALLENGE, ...points, BACK).subarray(0, CHALLENGE_BYTES));
    return scalar;
  }

  /** Section 5.2. */
  function proofToHash(gamma: Uint8Array): Uint8Array {
    const point = edwards.timesCofactor(gamma);
    assert(point !== undefined, "Gamma was judged to be a point");
    return edwards.sha512(PROOF_TO_HASH, point, BACK);
  }

  return {
    vrfPublic(seed) {
      const expanded = expand(edwards, seed);
      const publicKey = edwards.multiply(expanded.subarray(0, SCALAR_BYTES), undefined);
      expanded.fill(0);
      return publicKey;
    },

    vrfProve(seed, input) {
      const expanded = expand(edwards, seed);
      const [x, prefix] = [expanded.subarray(0, SCALAR_BYTES), expanded.subarray(SCALAR_BYTES)];
      const publicKey = edwards.multiply(x, undefined);
      const h = encodeToCurve(publicKey, input);
      const gamma = edwards.multiply(x, h);
      // Section 5.4.2.2: the nonce of RFC 8032, a function of seed and input, so that no generator can repeat one.
      const wide = edwards.sha512(prefix, h);
      const k = edwards.reduce(wide);
      const c = challenge(publicKey, h, gamma, edwards.multiply(k, undefined), edwards.multiply(k, h));
      const proof = new Uint8Array(VRF_PROOF_BYTES);
      proof.set(gamma);
      proof.set(c.subarray(0, CHALLENGE_BYTES), POINT_BYTES);
      proof.set(edwards.multiplyAdd(c, x, k), POINT_BYTES + CHALLENGE_BYTES);
      for (const secret of [expanded, wide, k]) secret.fill(0);
      return { proof, output: proofToHash(gamma) };
    },

    vrfVerify(publicKey, input, proof) {
      if (publicKey.length !== VRF_PUBLIC_BYTES || proof.length !== VRF_PROOF_BYTES) return undefined;
      const gamma = proof.slice(0, POINT_BYTES);
      const c = new Uint8Array(SCALAR_BYTES);
      c.set(proof.subarray(POINT_BYTES, POINT_BYTES + CHALLENGE_BYTES));
      const s = proof.slice(POINT_BYTES + CHALLENGE_BYTES);
      // libsodium does not multiply by zero, and no prover meets it: c is a hash, s is c times its key and a nonce.
      if (isZero(c) || isZero(s) || bytesToNumberLE(s) >= ORDER) return undefined;
      if (!isStrictEd25519Encoding(publicKey) || !isStrictEd25519Encoding(gamma)) return undefined;
      const u = edwards.difference(s, undefined, c, publicKey);
      if (u === undefined) return undefined;
      const h = encodeToCurve(publicKey, input);
      const v = edwards.difference(s, h, c, gamma);
      if (v === undefined) return undefined;
      return equalConstantTime(challenge(publicKey, h, gamma, u, v), c) ? proofToHash(gamma) : undefined;
    },
  };
}

/** The secret scalar and the prefix of nonces (RFC 8032 section 5.1.5), for the caller to wipe. */
function expand(edwards: Edwards25519, seed: Secret): Uint8Array {
  assertSecretLength(seed, VRF_SEED_BYTES);
  const expanded = edwards.sha512(seed.expose());
  expanded[0] = (expanded[0] as number) & 0xf8;
  expanded[31] = ((expanded[31] as number) & 0x7f) | 0x40;
  return expanded;
}

const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);
