import { concatBytes } from "@noble/hashes/utils.js";
import {
  DELIVERY_TAG_BYTES,
  pad,
  unpad,
  unveil,
  veil,
  VEIL_OVERHEAD_BYTES,
  VEIL_SEED_BYTES,
} from "../envelope/index.ts";
import { assert, type Secret } from "../safety/index.ts";
import { derive, type Random, type Suite } from "../suite/index.ts";
import { MINTED_BYTES } from "./cookie.ts";

/** A retry travels in the smallest bucket: far shorter than the M1 that it answers, so it amplifies nothing. */
const RETRY_BYTES = 512;

/** The tag under which the initiator expects a retry for an M1 with this veil seed: 16 bytes. */
export function retryTag(suite: Suite, introduction: Secret, veilSeed: Uint8Array): Uint8Array {
  return derive(suite, introduction, "retry tag", veilSeed, DELIVERY_TAG_BYTES).expose();
}

/**
 * `tag ‖ veil(minted cookie)`: what a responder under load answers an M1 with; 512 bytes. Costs it no private-key
 * operation. The veil's own fresh seed keeps a repeated M1, which may get another cookie, from repeating a key.
 */
export function sealRetry(
  suite: Suite,
  random: Random,
  introduction: Secret,
  m1Envelope: Uint8Array,
  minted: Uint8Array,
): Uint8Array {
  assert(minted.length === MINTED_BYTES, "a retry carries a minted cookie");
  const seed = m1Envelope.subarray(0, VEIL_SEED_BYTES);
  const padded = pad(minted, RETRY_BYTES - DELIVERY_TAG_BYTES - VEIL_OVERHEAD_BYTES);
  return concatBytes(retryTag(suite, introduction, seed), veil(suite, random, introduction, "retry", seed, padded));
}

/** The minted cookie of a retry, from what follows its tag; undefined when it was not made for this M1. */
export function openRetry(
  suite: Suite,
  introduction: Secret,
  veilSeed: Uint8Array,
  rest: Uint8Array,
): Uint8Array | undefined {
  const padded = unveil(suite, introduction, "retry", veilSeed, rest);
  return padded === undefined ? undefined : unpad(padded);
}
