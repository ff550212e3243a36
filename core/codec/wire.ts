import { bytesToUtf8, utf8ToBytes } from "@noble/ciphers/utils.js";
import { assert } from "../safety/index.ts";

/** Why bytes were refused. Stable: tests, traces and user interfaces may match on it. */
export type CodecCode =
  | "codec/too-long"
  | "codec/truncated"
  | "codec/trailing-bytes"
  | "codec/wrong-type"
  | "codec/not-canonical"
  | "codec/out-of-range"
  | "codec/unknown-variant";

/** CBOR major types, RFC 8949 section 3.1. */
export const MAJOR_UINT = 0;
export const MAJOR_BYTES = 2;
export const MAJOR_TEXT = 3;
export const MAJOR_ARRAY = 4;
/** Simple values false, true and null, RFC 8949 section 3.3. */
export const SIMPLE_FALSE = 0xf4;
export const SIMPLE_TRUE = 0xf5;
export const SIMPLE_NULL = 0xf6;
/** Any ASCII character. */
const GUARD = 0x20;

const EMPTY = new Uint8Array(0);
/** Holds nearly every record and packet. */
const SPARE_BYTES = 8_192;

/**
 * A cleared buffer between two writers, so that an encoding allocates no more than its result; undefined while a
 * writer holds it. All zero whenever it lies here.
 */
let spare: Uint8Array<ArrayBuffer> | undefined;

/** Appends deterministic CBOR (RFC 8949 section 4.2.1: shortest heads, definite lengths). */
export class Writer {
  #buffer: Uint8Array<ArrayBuffer>;
  #length = 0;

  constructor() {
    this.#buffer = spare ?? new Uint8Array(SPARE_BYTES);
    spare = undefined;
  }

  #reserve(extra: number): void {
    const need = this.#length + extra;
    if (need > this.#buffer.length) this.#grow(need);
  }

  #grow(need: number): void {
    const grown = new Uint8Array(Math.max(need, this.#buffer.length * 2));
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#clear();
    this.#buffer = grown;
  }

  /** The buffer may hold key material of a checkpoint: zeroes what was written, and keeps one of the usual size. */
  #clear(): void {
    this.#buffer.fill(0, 0, this.#length);
    if (this.#buffer.length === SPARE_BYTES) spare = this.#buffer;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#length++] = value;
  }

  /** The shortest head of a major type with its argument, RFC 8949 section 3. */
  head(major: number, argument: number): void {
    assert(Number.isSafeInteger(argument) && argument >= 0, "CBOR argument out of range");
    const top = major << 5;
    if (argument < 24) {
      this.byte(top | argument);
      return;
    }
    const width = argument <= 0xff ? 1 : argument <= 0xffff ? 2 : argument <= 0xffff_ffff ? 4 : 8;
    this.byte(top | (width === 1 ? 24 : width === 2 ? 25 : width === 4 ? 26 : 27));
    for (let shift = width - 1; shift >= 0; shift--) this.byte(Math.floor(argument / 2 ** (8 * shift)) & 0xff);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  bytes(bytes: Uint8Array): void {
    this.head(MAJOR_BYTES, bytes.length);
    this.raw(bytes);
  }

  /** `maxBytes` counts UTF-8, not UTF-16, as the reader does. */
  text(text: string, maxBytes: number): void {
    assert(text.isWellFormed(), "text holds a lone surrogate");
    const bytes = utf8ToBytes(text);
    assert(bytes.length <= maxBytes, "text exceeds its schema");
    this.head(MAJOR_TEXT, bytes.length);
    this.raw(bytes);
  }

  /** The bytes written; the working buffer is cleared. */
  finish(): Uint8Array {
    const result = this.#buffer.slice(0, this.#length);
    this.#clear();
    this.#buffer = EMPTY;
    this.#length = 0;
    return result;
  }
}

/**
 * Reads deterministic CBOR and nothing else. It never throws: the first offence is remembered in
 * {@link failure} and every later read yields an empty value, so that decoders stay straight-line code;
 * `decode` discards the value of a failed read. Lengths are checked against the bytes that are there
 * before anything is allocated.
 */
export class Reader {
  readonly #bytes: Uint8Array;
  #offset = 0;
  failure: CodecCode | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  fail(code: CodecCode): void {
    this.failure ??= code;
  }

  /** The next byte without consuming it; 0xff (a break, never valid here) at the end. */
  peek(): number {
    return this.#bytes[this.#offset] ?? 0xff;
  }

  byte(): number {
    if (this.failure !== undefined) return 0;
    const value = this.#bytes[this.#offset];
    if (value === undefined) {
      this.fail("codec/truncated");
      return 0;
    }
    this.#offset++;
    return value;
  }

  /** The argument of a head of type `major`, at most `max`; 0 after a failure. */
  head(major: number, max: number): number {
    const initial = this.byte();
    if (this.failure !== undefined) return 0;
    if (initial >> 5 !== major) {
      this.fail("codec/wrong-type");
      return 0;
    }
    const short = initial & 0x1f;
    let value = short;
    if (short >= 24) {
      if (short > 27) {
        this.fail("codec/not-canonical");
        return 0;
      }
      const width = 1 << (short - 24);
      value = 0;
      for (let i = 0; i < width; i++) value = value * 256 + this.byte();
      if (this.failure !== undefined) return 0;
      const least = width === 1 ? 24 : 2 ** (4 * width);
      if (value < least) {
        this.fail("codec/not-canonical");
        return 0;
      }
    }
    if (value > max) {
      this.fail("codec/out-of-range");
      return 0;
    }
    return value;
  }

  /** The next `length` bytes as a copy that the caller owns, so that wiping it cannot touch the input. */
  raw(length: number): Uint8Array {
    if (this.failure !== undefined) return new Uint8Array(0);
    if (length > this.remaining) {
      this.fail("codec/truncated");
      return new Uint8Array(0);
    }
    // Not `slice`: on a subclass such as Node's Buffer it would be a view of the input.
    const value = new Uint8Array(this.#bytes.subarray(this.#offset, this.#offset + length));
    this.#offset += length;
    return value;
  }

  text(maxBytes: number): string {
    const raw = this.raw(this.head(MAJOR_TEXT, maxBytes));
    if (this.failure !== undefined) return "";
    // A decoder swallows a byte order mark at the very start, where it is a character of ours: so start with another.
    const guarded = new Uint8Array(raw.length + 1);
    guarded[0] = GUARD;
    guarded.set(raw, 1);
    const text = bytesToUtf8(guarded).slice(1);
    // A lenient UTF-8 decoder maps many inputs to one string; only the canonical one may pass.
    const again = utf8ToBytes(text);
    if (again.length !== raw.length || again.some((value, i) => value !== raw[i])) {
      this.fail("codec/not-canonical");
      return "";
    }
    return text;
  }
}
