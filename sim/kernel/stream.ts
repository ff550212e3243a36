import { chacha20 } from "@noble/ciphers/chacha.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, utf8ToBytes } from "@noble/hashes/utils.js";
import { assert } from "../../core/safety/index.ts";
import type { Random } from "../../core/suite/index.ts";

const BLOCK_BYTES = 512;
const EMPTY = new Uint8Array(0);
const ZEROS = new Uint8Array(BLOCK_BYTES);

/**
 * A named stream of reproducible randomness: ChaCha20 (RFC 8439) under a key that follows from the seed and the
 * names from the root down. A child depends on its name only, never on what was drawn before, so adding a
 * consumer changes no other.
 */
export class Stream implements Random {
  readonly #key: Uint8Array;
  readonly #nonce = new Uint8Array(12);
  #block: Uint8Array = EMPTY;
  #offset = 0;
  #blocks = 0;

  private constructor(key: Uint8Array) {
    this.#key = key;
  }

  /** The root of a run. `seed` is a non-negative integer. */
  static seeded(seed: number): Stream {
    assert(Number.isSafeInteger(seed) && seed >= 0, "seed must be a non-negative integer");
    return new Stream(sha256(utf8ToBytes(`chhaya simulation ${seed}`)));
  }

  child(name: string): Stream {
    return new Stream(sha256(concatBytes(this.#key, utf8ToBytes(name))));
  }

  bytes(length: number): Uint8Array {
    const result = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      if (this.#offset === this.#block.length) this.#refill();
      const taken = this.#block.subarray(this.#offset, this.#offset + length - filled);
      result.set(taken, filled);
      filled += taken.length;
      this.#offset += taken.length;
    }
    return result;
  }

  #refill(): void {
    new DataView(this.#nonce.buffer).setUint32(0, this.#blocks++);
    this.#block = chacha20(this.#key, this.#nonce, ZEROS);
    this.#offset = 0;
  }

  /** Uniform in [0, 1), with 32 bits. */
  unit(): number {
    if (this.#offset + 4 > this.#block.length) this.#refill();
    let value = 0;
    for (let i = 0; i < 4; i++) value = value * 256 + (this.#block[this.#offset++] as number);
    return value / 2 ** 32;
  }

  chance(rate: number): boolean {
    return this.unit() < rate;
  }

  /** An integer in [low, high]. */
  between(low: number, high: number): number {
    return low + Math.floor(this.unit() * (high - low + 1));
  }

  pick<T>(list: readonly T[]): T {
    assert(list.length > 0, "nothing to pick from");
    return list[this.between(0, list.length - 1)] as T;
  }
}
