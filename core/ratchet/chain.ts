import { type Codec, secret, struct, uint } from "../codec/index.ts";
import type { Secret } from "../safety/index.ts";
import { derive, KEY_BYTES, type Suite } from "../suite/index.ts";
import { COUNTER_MAX } from "./policy.ts";

const EMPTY = new Uint8Array(0);

/** A symmetric-key ratchet in one direction, with the header key that belongs to it. */
export interface Chain {
  /** Counts this direction's chains; 0 is the one that starts from the handshake. */
  readonly index: number;
  /** Chain key, 32 bytes. */
  readonly key: Secret;
  /** Header key, 32 bytes: also the origin of the chain's delivery tags. */
  readonly headerKey: Secret;
  /** The next message number. */
  readonly count: number;
}

export const chainCodec: Codec<Chain> = struct({
  index: uint(COUNTER_MAX),
  key: secret(KEY_BYTES),
  headerKey: secret(KEY_BYTES),
  count: uint(COUNTER_MAX + 1),
});

/** KDF_CK of the Double Ratchet: the chain after one message, and that message's key (32 bytes). */
export function advance(suite: Suite, chain: Chain): { readonly chain: Chain; readonly messageKey: Secret } {
  const derived = derive(suite, chain.key, "ratchet chain", EMPTY, 2 * KEY_BYTES);
  const key = derived.slice(0, KEY_BYTES);
  const messageKey = derived.slice(KEY_BYTES, 2 * KEY_BYTES);
  derived.wipe();
  return { chain: { ...chain, key, count: chain.count + 1 }, messageKey };
}

/** Four bytes, big endian. */
export function u32(value: number): Uint8Array {
  return new Uint8Array([value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]);
}
