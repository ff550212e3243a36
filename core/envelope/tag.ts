import { bytesToHex } from "@noble/hashes/utils.js";

/** The one-time delivery tag that opens an envelope, in bytes. */
export const DELIVERY_TAG_BYTES = 16;

/** A delivery tag as a key of lookup tables: 32 hexadecimal characters. */
export function tagKey(tag: Uint8Array): string {
  return bytesToHex(tag);
}

/** An envelope's tag and what follows it; undefined when it is too short to hold one. */
export function splitTag(envelope: Uint8Array): { readonly tag: string; readonly rest: Uint8Array } | undefined {
  if (envelope.length < DELIVERY_TAG_BYTES) return undefined;
  return {
    tag: tagKey(envelope.subarray(0, DELIVERY_TAG_BYTES)),
    rest: envelope.subarray(DELIVERY_TAG_BYTES),
  };
}
