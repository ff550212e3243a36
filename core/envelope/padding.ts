import { assert } from "../safety/index.ts";

/** Sizes of an envelope on the wire, in bytes: nothing else ever travels. */
export const BUCKETS: readonly number[] = [512, 1024, 4096, 8192, 16384, 32768, 65536];
export const ENVELOPE_BYTES_MAX = 65_536;

const MARK = 0x80;

/** The smallest bucket that holds `length` bytes; undefined above the largest. */
export function bucketFor(length: number): number | undefined {
  return BUCKETS.find((bucket) => bucket >= length);
}

/** Whether an envelope of `length` bytes can be one of ours. */
export function isBucket(length: number): boolean {
  return BUCKETS.includes(length);
}

/** `content ‖ 0x80 ‖ 0…` of exactly `size` bytes (ISO/IEC 7816-4). The mark takes one byte. */
export function pad(content: Uint8Array, size: number): Uint8Array {
  assert(content.length < size, "content does not fit its padding");
  const padded = new Uint8Array(size);
  padded.set(content);
  padded[content.length] = MARK;
  return padded;
}

/**
 * A copy of the content, or undefined when the padding is malformed. Its timing depends on the content:
 * only for plaintext that an AEAD has authenticated.
 */
export function unpad(padded: Uint8Array): Uint8Array | undefined {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  return end >= 0 && padded[end] === MARK ? new Uint8Array(padded.subarray(0, end)) : undefined;
}
