import { concatBytes } from "@noble/hashes/utils.js";
import { bytes, bytesUpTo, type Codec, decode, encode, struct } from "../codec/index.ts";
import { bucketFor, DELIVERY_TAG_BYTES, ENVELOPE_BYTES_MAX, pad, unpad } from "../envelope/index.ts";
import { assert, err, ok, type Result, type Secret } from "../safety/index.ts";
import { derive, GCM_TAG_BYTES, MLKEM_CIPHERTEXT_BYTES, type Suite, X25519_BYTES } from "../suite/index.ts";
import type { HandshakeCode } from "./code.ts";
import { openPart, sealPart } from "./keys.ts";
import { mix } from "./transcript.ts";

export const SERVER_RANDOM_BYTES = 32;
/** Upper bound of what an M2 adds to its payload. */
const M2_OVERHEAD_BYTES = 1_792;

/** M2 as it is under K2. */
export interface M2 {
  /** e_R, 32 bytes. */
  readonly ephemeral: Uint8Array;
  /** ML-KEM ciphertext to the initiator's ephemeral key, 1568 bytes. */
  readonly ciphertext: Uint8Array;
  /** The commitment to K3 and the first answer, under K3. */
  readonly sealedPayload: Uint8Array;
}

const m2Codec: Codec<M2> = struct({
  ephemeral: bytes(X25519_BYTES),
  ciphertext: bytes(MLKEM_CIPHERTEXT_BYTES),
  sealedPayload: bytesUpTo(ENVELOPE_BYTES_MAX),
});

/** The longest first answer that fits an M2 of `size` bytes; 0 when none does. */
export function m2Capacity(size: number): number {
  return Math.max(0, size - M2_OVERHEAD_BYTES);
}

/** The delivery tag of M2, from K2 and the transcript of M1: 16 bytes. */
export function m2Tag(suite: Suite, k2: Secret, hash: Uint8Array): Uint8Array {
  return derive(suite, k2, "m2 tag", hash, DELIVERY_TAG_BYTES).expose();
}

/**
 * `tag ‖ server random ‖ M2 under K2`, exactly one bucket long. The server random travels in clear (it is random
 * anyway) and enters the key: a responder that answers one M1 twice, having lost its state in between, still uses
 * no key twice. `hash` is the transcript of M1.
 */
export function sealM2(suite: Suite, k2: Secret, hash: Uint8Array, random: Uint8Array, m2: M2): Uint8Array {
  const encoded = encode(m2Codec, m2);
  const frame = DELIVERY_TAG_BYTES + SERVER_RANDOM_BYTES + GCM_TAG_BYTES;
  const size = bucketFor(encoded.length + 1 + frame);
  assert(size !== undefined, "first answer does not fit an envelope");
  const sealed = sealPart(suite, k2, "m2", mix(suite, hash, random), pad(encoded, size - frame));
  return concatBytes(m2Tag(suite, k2, hash), random, sealed);
}

/** The server random and M2 from what follows its tag. */
export function openM2(
  suite: Suite,
  k2: Secret,
  hash: Uint8Array,
  rest: Uint8Array,
): Result<{ readonly random: Uint8Array; readonly m2: M2 }, HandshakeCode> {
  if (rest.length < SERVER_RANDOM_BYTES) return err("handshake/unauthentic");
  const random = rest.slice(0, SERVER_RANDOM_BYTES);
  const padded = openPart(suite, k2, "m2", mix(suite, hash, random), rest.subarray(SERVER_RANDOM_BYTES));
  const encoded = padded === undefined ? undefined : unpad(padded);
  if (encoded === undefined) return err("handshake/unauthentic");
  const m2 = decode(m2Codec, encoded, ENVELOPE_BYTES_MAX);
  return m2.ok ? ok({ random, m2: m2.value }) : m2;
}
