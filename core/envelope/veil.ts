import { concatBytes } from "@noble/hashes/utils.js";
import type { Secret } from "../safety/index.ts";
import { derive, GCM_TAG_BYTES, hkdfN12, KEY_BYTES, type Random, type Suite } from "../suite/index.ts";

/** Random bytes that open a veil and make its key unique. */
export const VEIL_SEED_BYTES = 16;
/** What a veil adds to its plaintext. */
export const VEIL_OVERHEAD_BYTES: number = VEIL_SEED_BYTES + GCM_TAG_BYTES;

const EMPTY = new Uint8Array(0);

/**
 * `seed ‖ AES-256-GCM(plaintext)` under a key that everyone who holds the receiver's contact card can derive.
 * It hides from everyone else what the bytes are and for whom, and gives them no fixed pattern (as NTCP2 and
 * obfs4 obfuscate by the responder's identity). It authenticates nobody: what is inside must do so itself.
 * The key depends on a fresh seed, so it encrypts one plaintext.
 */
export function veil(
  suite: Suite,
  random: Random,
  introduction: Secret,
  label: string,
  info: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const seed = random.bytes(VEIL_SEED_BYTES);
  const key = derive(suite, introduction, label, concatBytes(seed, info), KEY_BYTES);
  const sealed = suite.aesGcmSeal(key, hkdfN12(suite, key, EMPTY), EMPTY, plaintext);
  key.wipe();
  return concatBytes(seed, sealed);
}

/** The plaintext, or undefined when the bytes were not veiled for this introduction, label and info. */
export function unveil(
  suite: Suite,
  introduction: Secret,
  label: string,
  info: Uint8Array,
  bytes: Uint8Array,
): Uint8Array | undefined {
  if (bytes.length < VEIL_OVERHEAD_BYTES) return undefined;
  const key = derive(suite, introduction, label, concatBytes(bytes.subarray(0, VEIL_SEED_BYTES), info), KEY_BYTES);
  const plaintext = suite.aesGcmOpen(key, hkdfN12(suite, key, EMPTY), EMPTY, bytes.subarray(VEIL_SEED_BYTES));
  key.wipe();
  return plaintext;
}
