import { bytesToHex, concatBytes } from "@noble/hashes/utils.js";
import { type Codec, encode } from "../codec/index.ts";
import { assert } from "../safety/index.ts";
import { ascii } from "../suite/index.ts";

/** What a replica reads from: synchronous, so that the core stays so; memory or an embedded store behind it. */
export interface IndexReader {
  get(key: Uint8Array): Uint8Array | undefined;
}

/** A change of the index; `undefined` deletes. */
export interface IndexWrite {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

const NUMBER_BYTES = 6;
/** In the place of a log's id where a key belongs to none. */
export const ANY_LOG: Uint8Array = new Uint8Array(0);

/** A key of the index: a letter for what it holds, the log that it belongs to, and parts of fixed lengths; numbers take six bytes. */
export function indexKey(kind: string, log: Uint8Array, ...rest: readonly (Uint8Array | number)[]): Uint8Array {
  return concatBytes(ascii(kind), log, ...rest.map((part) => (typeof part === "number" ? numberBytes(part) : part)));
}

export function numberBytes(value: number): Uint8Array {
  assert(Number.isSafeInteger(value) && value >= 0 && value < 2 ** (8 * NUMBER_BYTES), "number exceeds six bytes");
  const bytes = new Uint8Array(NUMBER_BYTES);
  for (let i = NUMBER_BYTES - 1, rest = value; i >= 0; i--, rest = Math.floor(rest / 256)) bytes[i] = rest % 256;
  return bytes;
}

/** A number of the index; 0 where there is none. */
export function numberAt(index: IndexReader, key: Uint8Array): number {
  return (index.get(key) ?? ANY_LOG).reduce((value, byte) => value * 256 + byte, 0);
}

/** Where a replica keeps a part of a change list, by its content address of 32 bytes: for mirrors that come later. */
export function contentKey(address: Uint8Array): Uint8Array {
  return indexKey("c", ANY_LOG, address);
}

/** A write of `value` in its one encoding. */
export function indexed<T>(codec: Codec<T>, key: Uint8Array, value: T): IndexWrite {
  return { key, value: encode(codec, value) };
}

/**
 * Writes that are decided and not yet durable, over the index that will hold them. Reading through it, their owner
 * never sees a state that it has left already.
 */
export class Overlay implements IndexReader {
  readonly #index: IndexReader;
  readonly #batches = new Map<number, ReadonlyMap<string, Uint8Array | undefined>>();

  constructor(index: IndexReader) {
    this.#index = index;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    if (this.#batches.size > 0) {
      const name = bytesToHex(key);
      for (const batch of [...this.#batches.values()].reverse()) if (batch.has(name)) return batch.get(name);
    }
    return this.#index.get(key);
  }

  /** Batches that are not yet durable. */
  get waiting(): number {
    return this.#batches.size;
  }

  add(sequence: number, writes: readonly IndexWrite[]): void {
    this.#batches.set(sequence, new Map(writes.map(({ key, value }) => [bytesToHex(key), value])));
  }

  /** The batch is in the index now. */
  settle(sequence: number): void {
    this.#batches.delete(sequence);
  }
}
