import { concatBytes } from "@noble/hashes/utils.js";
import { type Codec, decode, encode } from "../../core/codec/index.ts";
import { fromBase32, toBase32 } from "../../core/identity/index.ts";
import { equalConstantTime, err, type Result } from "../../core/safety/index.ts";
import { ascii } from "../../core/suite/index.ts";
import { nativeSuite } from "../suite/index.ts";

const CHECKSUM_BYTES = 4;

/** How one kind of value is written as a line of text that people copy, and that files hold. */
export interface Line<T> {
  /** Such as "CHHAYALOG1": names the kind and its version. */
  readonly prefix: string;
  /** Such as "a log anchor". */
  readonly what: string;
  readonly toBytes: (value: T) => Uint8Array;
  /** Total. */
  readonly fromBytes: (bytes: Uint8Array) => Result<T, string>;
  /** The longest text that is looked at. */
  readonly charsMax: number;
}

export type LineCode =
  /** Too long, or begins otherwise. */
  | "line/other-kind"
  /** Mistyped, cut, or damaged on a disk. */
  | "line/checksum"
  /** Whole, but not a value of this kind. */
  | "line/malformed";

/** A line over a codec; `bytesMax` bounds the encoding. */
export function lineOf<T>(prefix: string, what: string, codec: Codec<T>, bytesMax: number): Line<T> {
  return {
    prefix,
    what,
    toBytes: (value) => encode(codec, value),
    fromBytes: (bytes) => decode(codec, bytes, bytesMax),
    charsMax: charsOf(bytesMax),
  };
}

/** Room for the text of `bytesMax` bytes and generous separators. */
export function charsOf(bytesMax: number): number {
  return 64 + 4 * (bytesMax + CHECKSUM_BYTES);
}

/**
 * `PREFIX:` and base32 (RFC 4648 section 6) without padding of the bytes and a checksum of 4, which is for typing
 * errors and torn files, not for attackers: the form of a contact card.
 */
export function toLine<T>(line: Line<T>, value: T): string {
  const bytes = line.toBytes(value);
  return `${line.prefix}:${toBase32(concatBytes(bytes, checksum(line.prefix, bytes)))}`;
}

/** Total. White space and ASCII case do not matter, all else does. */
export function fromLine<T>(line: Line<T>, text: string): Result<T, LineCode> {
  if (text.length > line.charsMax) return err("line/other-kind");
  const compact = text.replaceAll(/[ \t\r\n]/gu, "").replaceAll(/[a-z]/gu, (letter) => letter.toUpperCase());
  if (!compact.startsWith(`${line.prefix}:`)) return err("line/other-kind");
  const whole = fromBase32(compact.slice(line.prefix.length + 1));
  if (whole === undefined || whole.length < CHECKSUM_BYTES) return err("line/checksum");
  const bytes = whole.subarray(0, -CHECKSUM_BYTES);
  if (!equalConstantTime(checksum(line.prefix, bytes), whole.subarray(-CHECKSUM_BYTES))) return err("line/checksum");
  const value = line.fromBytes(bytes);
  return value.ok ? value : err("line/malformed");
}

function checksum(prefix: string, bytes: Uint8Array): Uint8Array {
  return nativeSuite.sha256(ascii(`chhaya line ${prefix}\0`), bytes).subarray(0, CHECKSUM_BYTES);
}
