import { assert } from "../safety/index.ts";
import { ascii, type Suite } from "../suite/index.ts";

/** Random, or derived from a secret, so that nobody who lacks the opening can test guesses of the value. */
export const SALT_BYTES = 32;

const DOMAIN = ascii("chhaya vkd commitment v1\0");

/** What a leaf of the tree holds of `value`: 32 bytes, binding, and hiding while the salt (32 bytes) is unknown. */
export function commitment(suite: Suite, salt: Uint8Array, value: Uint8Array): Uint8Array {
  assert(salt.length === SALT_BYTES, "salt of a wrong length");
  return suite.sha256(DOMAIN, salt, value);
}
