import type { Secret } from "../safety/index.ts";

/** Source of randomness: the operating system's in production, a named seeded stream in a simulation. */
export interface Random {
  /** `length` fresh bytes, owned by the caller. */
  bytes(length: number): Uint8Array;
}

export const SHA256_BYTES = 32;
export const KEY_BYTES = 32;
export const NONCE_BYTES = 12;
export const GCM_TAG_BYTES = 16;
export const X25519_BYTES = 32;
export const ED25519_SEED_BYTES = 32;
export const ED25519_PUBLIC_BYTES = 32;
export const ED25519_SIGNATURE_BYTES = 64;
/** FIPS 203 section 8, table 3, ML-KEM-1024. */
export const MLKEM_PUBLIC_BYTES = 1568;
export const MLKEM_CIPHERTEXT_BYTES = 1568;
/** A decapsulation key is kept as its seed d ‖ z (FIPS 203 section 7.1), not expanded. */
export const MLKEM_SEED_BYTES = 64;
export const MLKEM_SHARED_BYTES = 32;
/** ECVRF-EDWARDS25519-SHA512-TAI, RFC 9381 section 5.5. */
export const VRF_SEED_BYTES = 32;
export const VRF_PUBLIC_BYTES = 32;
export const VRF_PROOF_BYTES = 80;
export const VRF_OUTPUT_BYTES = 64;
/** BLS12-381 with keys in G1 and signatures in G2, both compressed; a private key is kept as its seed. */
export const BLS_SEED_BYTES = 32;
export const BLS_PUBLIC_BYTES = 48;
export const BLS_SIGNATURE_BYTES = 96;

/** What Argon2id costs: RFC 9106 section 3.1, one lane. */
export interface StretchCost {
  /** From 8 to {@link STRETCH_KIB_MAX}. */
  readonly memoryKiB: number;
  /** From 1 to {@link STRETCH_PASSES_MAX}. */
  readonly passes: number;
}
export const STRETCH_KIB_MAX: number = 2 ** 20;
export const STRETCH_PASSES_MAX = 64;

/**
 * The fixed cipher suite behind one synchronous interface. Two implementations give the same bytes:
 * portable (on noble) and native (on OpenSSL, libsodium and blst). Lengths of arguments that the caller owns are
 * asserted, and so is that no secret was wiped; bytes that came from a peer (`sealed`, `peerPublic`, `publicKey`,
 * `ciphertext`, `signature`, `proof`) may have any length and any contents, and give `undefined` or `false`, never an
 * exception.
 * What a suite returns is a plain Uint8Array that the caller owns; what it is given it neither keeps nor changes.
 */
export interface Suite {
  readonly name: string;
  /** SHA-256 of the concatenation of `parts`; 32 bytes. FIPS 180-4. */
  sha256(...parts: readonly Uint8Array[]): Uint8Array;
  /** 32 bytes. RFC 2104. */
  hmacSha256(key: Secret, ...parts: readonly Uint8Array[]): Uint8Array;
  /** RFC 5869; `length` from 1 to 8160. */
  hkdfSha256(ikm: Secret, salt: Uint8Array, info: Uint8Array, length: number): Secret;
  /** AES-256-GCM (NIST SP 800-38D): ciphertext ‖ 16-byte tag. `key` 32 bytes, `nonce` 12. */
  aesGcmSeal(key: Secret, nonce: Uint8Array, ad: Uint8Array, plaintext: Uint8Array): Uint8Array;
  /** The plaintext, or undefined when the tag does not verify or `sealed` is shorter than a tag. */
  aesGcmOpen(key: Secret, nonce: Uint8Array, ad: Uint8Array, sealed: Uint8Array): Uint8Array | undefined;

  /** RFC 7748. `secret` 32 bytes; result 32 bytes. */
  x25519Public(secret: Secret): Uint8Array;
  /**
   * 32 bytes, or undefined for a wrong length or a low-order point (all-zero result, RFC 7748 section 6.1).
   * As RFC 7748 section 5 demands, the top bit of `peerPublic` is ignored and a u from 2^255 − 19 on is reduced:
   * several encodings name one point, so a transcript must bind the bytes of a public key, not only the result.
   */
  x25519Shared(secret: Secret, peerPublic: Uint8Array): Secret | undefined;

  /** RFC 8032. `seed` 32 bytes; result 32 bytes. */
  ed25519Public(seed: Secret): Uint8Array;
  /** 64 bytes. */
  ed25519Sign(seed: Secret, message: Uint8Array): Uint8Array;
  /**
   * RFC 8032 section 5.1.7 without cofactor: S < L, [S]B − [k]A encodes to the very bytes of R, and neither A nor
   * R may be non-canonical or of small order.
   */
  ed25519Verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;

  /** FIPS 203 ML-KEM.KeyGen_internal. `seed` 64 bytes (d ‖ z); result 1568 bytes. */
  mlKemPublic(seed: Secret): Uint8Array;
  /** Ciphertext 1568 and shared secret 32 bytes, or undefined for a key that fails FIPS 203's modulus check. */
  mlKemEncapsulate(publicKey: Uint8Array, random: Random): { ciphertext: Uint8Array; shared: Secret } | undefined;
  /** 32 bytes; undefined only for a wrong length (implicit rejection otherwise, FIPS 203 section 6.3). */
  mlKemDecapsulate(seed: Secret, ciphertext: Uint8Array): Secret | undefined;

  /** ECVRF-EDWARDS25519-SHA512-TAI (RFC 9381 section 5.5, suite string 0x03). `seed` 32 bytes; result 32 bytes. */
  vrfPublic(seed: Secret): Uint8Array;
  /** RFC 9381 section 5.1. Proof 80 and output 64 bytes, both functions of the seed and the input alone. */
  vrfProve(seed: Secret, input: Uint8Array): { readonly proof: Uint8Array; readonly output: Uint8Array };
  /**
   * RFC 9381 section 5.3: the 64-byte output, or undefined. Stricter than the standard, which keeps out keys of small
   * order alone: key and Gamma must lie in the prime-order subgroup, so that no part of small order can turn one
   * proof into several.
   */
  vrfVerify(publicKey: Uint8Array, input: Uint8Array, proof: Uint8Array): Uint8Array | undefined;

  /** BLS12-381 KeyGen (draft-irtf-cfrg-bls-signature-05 section 2.3, empty key_info). `seed` 32 bytes; result 48 bytes. */
  blsPublic(seed: Secret): Uint8Array;
  /** 96 bytes. The proof of possession scheme (section 4.2.3), BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_. */
  blsSign(seed: Secret, message: Uint8Array): Uint8Array;
  /** 96 bytes: a signature of the public key under a tag of its own (PopProve, section 3.3.2). */
  blsProvePossession(seed: Secret): Uint8Array;
  /** PopVerify, section 3.3.3. What keeps a rogue key, chosen to cancel others, out of an aggregate. */
  blsVerifyPossession(publicKey: Uint8Array, proof: Uint8Array): boolean;
  /**
   * FastAggregateVerify (section 3.3.4) for keys whose possession was proved. Every key and the signature must be on
   * the curve, in the subgroup and not infinity; false for an empty list.
   */
  blsVerify(publicKeys: readonly Uint8Array[], message: Uint8Array, signature: Uint8Array): boolean;
  /** The sum of signatures, 96 bytes; undefined for an empty list or one that {@link blsVerify} would refuse by form. */
  blsAggregate(signatures: readonly Uint8Array[]): Uint8Array | undefined;

  /** Argon2id (RFC 9106), version 0x13, one lane. `salt` at least 8 bytes, `length` from 4 to 1024. */
  argon2id(password: Uint8Array, salt: Uint8Array, cost: StretchCost, length: number): Secret;
}
