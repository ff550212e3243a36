import { assert, type Secret } from "../safety/index.ts";
import { KEY_BYTES, NONCE_BYTES, STRETCH_KIB_MAX, STRETCH_PASSES_MAX, type StretchCost } from "./suite.ts";

/** RFC 5869 section 2.3: at most 255 blocks of 32 bytes. */
export const HKDF_BYTES_MAX = 8160;
/** Far below what RFC 9106 allows: more than any caller derives from one stretched key. */
export const STRETCH_BYTES_MAX = 1024;

// What a caller hands over by its own choice. Each suite asserts the same, so that a mistake shows under
// every one of them, and not only where the library below happens to object.

/** An AES-256-GCM key of 32 bytes and a nonce of 12. */
export function assertAeadArguments(key: Secret, nonce: Uint8Array): void {
  assert(key.length === KEY_BYTES, "AES-256-GCM takes a 32-byte key");
  assert(nonce.length === NONCE_BYTES, "AES-256-GCM takes a 12-byte nonce");
}

/** An output length from 1 to {@link HKDF_BYTES_MAX} bytes. */
export function assertHkdfLength(length: number): void {
  assert(Number.isInteger(length) && length >= 1 && length <= HKDF_BYTES_MAX, "HKDF gives 1 to 8160 bytes");
}

/** A private key, or the seed of one, of exactly `bytes` bytes. */
export function assertSecretLength(secret: Secret, bytes: number): void {
  assert(secret.length === bytes, `this private key takes ${bytes} bytes`);
}

/** A salt, a cost and an output length that Argon2id takes (RFC 9106 section 3.1) and that this suite is meant for. */
export function assertStretchArguments(salt: Uint8Array, cost: StretchCost, length: number): void {
  assert(salt.length >= 8, "Argon2id takes a salt of at least 8 bytes");
  const { memoryKiB, passes } = cost;
  assert(
    Number.isInteger(memoryKiB) && memoryKiB >= 8 && memoryKiB <= STRETCH_KIB_MAX,
    "Argon2id takes 8 KiB to 1 GiB",
  );
  assert(Number.isInteger(passes) && passes >= 1 && passes <= STRETCH_PASSES_MAX, "Argon2id makes 1 to 64 passes");
  assert(Number.isInteger(length) && length >= 4 && length <= STRETCH_BYTES_MAX, "Argon2id gives 4 to 1024 bytes here");
}
