import { SHA256_BYTES, type Suite } from "../../suite/index.ts";
import { fillRecord, RECORD_BYTES } from "./hash.ts";

const ENTRY_BYTES = SHA256_BYTES + RECORD_BYTES;
const SLAB_ENTRIES_FIRST = 32;
const SLAB_ENTRIES_MAX = 8_192;

export interface NodeWrite {
  /** 32 bytes: the SHA-256 of the record. */
  readonly hash: Uint8Array;
  /** 65 bytes, see {@link RECORD_BYTES}. */
  readonly record: Uint8Array;
}

/**
 * The records of an insertion, children before parents. They lie packed, and iterating makes views of them, since
 * there may be millions: whoever keeps some of them longer than all copies those.
 */
export class NodeWrites implements Iterable<NodeWrite> {
  readonly #slabs: Uint8Array[] = [];
  /** Of the last slab. */
  #used = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  *[Symbol.iterator](): Generator<NodeWrite, void, undefined> {
    for (const slab of this.#slabs) {
      const end = slab === this.#slabs.at(-1) ? this.#used : slab.length;
      for (let at = 0; at < end; at += ENTRY_BYTES) {
        yield {
          hash: slab.subarray(at, at + SHA256_BYTES),
          record: slab.subarray(at + SHA256_BYTES, at + ENTRY_BYTES),
        };
      }
    }
  }

  /** Adds a leaf or a node and gives its hash. */
  add(suite: Suite, kind: number, first: Uint8Array, second: Uint8Array): Uint8Array {
    const slab = this.#room();
    const record = slab.subarray(this.#used + SHA256_BYTES, this.#used + ENTRY_BYTES);
    fillRecord(record, kind, first, second);
    const hash = suite.sha256(record);
    slab.set(hash, this.#used);
    this.#used += ENTRY_BYTES;
    this.#length++;
    return hash;
  }

  #room(): Uint8Array {
    const last = this.#slabs.at(-1);
    if (last !== undefined && this.#used < last.length) return last;
    const entries =
      last === undefined ? SLAB_ENTRIES_FIRST : Math.min((2 * last.length) / ENTRY_BYTES, SLAB_ENTRIES_MAX);
    const slab = new Uint8Array(entries * ENTRY_BYTES);
    this.#slabs.push(slab);
    this.#used = 0;
    return slab;
  }
}
