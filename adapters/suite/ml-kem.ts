import { createPublicKey, type KeyObject } from "node:crypto";
import type { Secret } from "../../core/safety/index.ts";
import { importSeed } from "./pkcs8.ts";

/** RFC 9935: a PrivateKeyInfo of ML-KEM-1024 that holds only the seed, up to its 64 bytes. */
const PKCS8_SEED_PREFIX = Buffer.from("3054020100300b060960864801650304040304428040", "hex");
/** RFC 9935: a SubjectPublicKeyInfo of ML-KEM-1024 up to the 1568 bytes of the encapsulation key. */
const SPKI_PREFIX = Buffer.from("30820632300b06096086480165030404030382062100", "hex");

/**
 * Expands a seed d ‖ z. The key is not cached: it takes OpenSSL 13 KB and 60 µs, most are used once, and it
 * must not outlive a one-time prekey.
 */
export function importMlKemSeed(seed: Secret): KeyObject {
  return importSeed(PKCS8_SEED_PREFIX, seed.expose());
}

/** The 1568 bytes of the encapsulation key. */
export function exportMlKemPublic(privateKey: KeyObject): Uint8Array {
  const encoded = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return Uint8Array.from(encoded.subarray(SPKI_PREFIX.length));
}

/** Imports 1568 bytes; undefined for a key that fails the modulus check of FIPS 203 section 7.2. */
export function importMlKemPublic(bytes: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, bytes]), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}
