import { createPublicKey, type KeyObject } from "node:crypto";
import { KeyCache } from "./key-cache.ts";
import { importSeed } from "./pkcs8.ts";

type Curve = "X25519" | "Ed25519";

/** RFC 8410 section 7: a PrivateKeyInfo up to the 32 bytes of the private key. */
const PKCS8_PREFIX: Readonly<Record<Curve, Uint8Array>> = {
  X25519: Buffer.from("302e020100300506032b656e04220420", "hex"),
  Ed25519: Buffer.from("302e020100300506032b657004220420", "hex"),
};

const PRIVATE_KEYS_MAX = 4096;

export const x25519Keys: KeyCache = new KeyCache(PRIVATE_KEYS_MAX, (bytes) => importSeed(PKCS8_PREFIX.X25519, bytes));
export const ed25519Keys: KeyCache = new KeyCache(PRIVATE_KEYS_MAX, (bytes) => importSeed(PKCS8_PREFIX.Ed25519, bytes));

/**
 * Imports any 32 bytes. As a JWK, since decoding a SubjectPublicKeyInfo takes OpenSSL three times as long; for
 * the same reason (2 µs) public keys are not cached. Private keys never go this way: their base64 would be a
 * string, which cannot be wiped.
 */
export function importPublic(curve: Curve, bytes: Uint8Array): KeyObject {
  const x = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64url");
  return createPublicKey({ key: { kty: "OKP", crv: curve, x }, format: "jwk" });
}

/** The 32 bytes of the public key that belongs to a private one. */
export function exportPublic(privateKey: KeyObject): Uint8Array {
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  return Uint8Array.from(Buffer.from(x as string, "base64url"));
}
