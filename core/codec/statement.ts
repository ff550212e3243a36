import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { assert } from "../safety/index.ts";
import { type Codec, encode } from "./schema.ts";

/**
 * The bytes of a statement of one kind: its domain, a zero byte, its canonical encoding. No domain holds a zero
 * byte, so no statement of one kind is ever also one of another (as the contexts of RFC 8032 section 8.3 give).
 */
export function statementOf<T>(domain: string, codec: Codec<T>, value: T): Uint8Array {
  assert(!domain.includes("\0"), "domain holds a zero byte");
  return concatBytes(utf8ToBytes(domain), new Uint8Array(1), encode(codec, value));
}
