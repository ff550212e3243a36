import { concatBytes } from "@noble/hashes/utils.js";
import { type Codec, encode } from "../codec/index.ts";
import { ascii } from "../suite/index.ts";

/**
 * The bytes of a statement of one kind: its domain, a zero byte, its canonical encoding. No domain holds a zero
 * byte, so no statement of one kind is ever also one of another (as the contexts of RFC 8032 section 8.3 give).
 */
export function statementOf<T>(domain: string, codec: Codec<T>, value: T): Uint8Array {
  return concatBytes(ascii(domain), new Uint8Array(1), encode(codec, value));
}
