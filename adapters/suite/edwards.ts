import { createHash } from "node:crypto";
import sodium from "libsodium-wrappers-sumo";
import type { Edwards25519 } from "../../core/suite/index.ts";
import { plainBytes } from "./bytes.ts";

await sodium.ready;

/**
 * edwards25519 by libsodium in WebAssembly, since OpenSSL lends out none of its arithmetic on that curve. What
 * takes a secret takes constant time, but the memory of the WebAssembly instance keeps copies that nobody wipes.
 */
export const sodiumEdwards: Edwards25519 = {
  sha512(...parts) {
    const hash = createHash("sha512");
    for (const part of parts) hash.update(part);
    return plainBytes(hash.digest());
  },

  // By addition: libsodium multiplies only what lies in the prime-order subgroup.
  timesCofactor: (p) => unlessRefused(() => double(double(double(p)))),

  // The multiplication refuses a point outside the prime-order subgroup (crypto_scalarmult_ed25519_noclamp).
  difference: (s, p, c, q) =>
    unlessRefused(() => sodium.crypto_core_ed25519_sub(multiply(s, p), sodium.crypto_scalarmult_ed25519_noclamp(c, q))),

  multiply,
  reduce: (wide) => sodium.crypto_core_ed25519_scalar_reduce(wide),
  multiplyAdd: (a, b, c) => sodium.crypto_core_ed25519_scalar_add(sodium.crypto_core_ed25519_scalar_mul(a, b), c),
};

const double = (p: Uint8Array): Uint8Array => sodium.crypto_core_ed25519_add(p, p);

function multiply(s: Uint8Array, p: Uint8Array | undefined): Uint8Array {
  return p === undefined
    ? sodium.crypto_scalarmult_ed25519_base_noclamp(s)
    : sodium.crypto_scalarmult_ed25519_noclamp(s, p);
}

/** What libsodium throws stands for a point that it does not take: all else is right by the caller's contract. */
function unlessRefused(operation: () => Uint8Array): Uint8Array | undefined {
  try {
    return operation();
  } catch {
    return undefined;
  }
}
