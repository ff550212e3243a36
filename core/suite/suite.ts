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

/**
 * The fixed cipher suite behind one synchronous interface. Two implementations give the same bytes:
 * portable (on noble) and native (on OpenSSL). Lengths of arguments that the caller owns are asserted, and so
 * is that no secret was wiped; bytes that came from a peer (`sealed`, `peerPublic`, `publicKey`, `ciphertext`,
 * `signature`) may have any length and any contents, and give `undefined` or `false`, never an exception.
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
}
