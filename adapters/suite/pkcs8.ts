import { createPrivateKey, type KeyObject } from "node:crypto";

/** The private key `prefix ‖ seed` as a PKCS#8 PrivateKeyInfo (RFC 5958); the encoded copy is wiped. */
export function importSeed(prefix: Uint8Array, seed: Uint8Array): KeyObject {
  // Not Buffer.concat: that takes small buffers from a pool that other code reads.
  const encoded = Buffer.alloc(prefix.length + seed.length);
  encoded.set(prefix);
  encoded.set(seed, prefix.length);
  try {
    return createPrivateKey({ key: encoded, format: "der", type: "pkcs8" });
  } finally {
    encoded.fill(0);
  }
}
