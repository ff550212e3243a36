import { bytesToHex } from "@noble/hashes/utils.js";
import type { Millis } from "../../core/node/index.ts";
import { BoundedMap } from "../../core/safety/index.ts";

export const RECORD_ADDRESS_BYTES = 32;
/** The longest record that is kept, served or read from a peer. */
export const RECORD_BYTES_MAX = 65_536;
/** Records kept; beyond it the one published longest ago is forgotten. */
export const RECORDS_MAX = 1_024;

interface StoredRecord {
  readonly value: Uint8Array;
  readonly expires: Millis;
}

/** The records that this node published, until they expire. Lost at a restart: the core publishes anew. */
export class PublishedRecords {
  readonly #now: () => Millis;
  readonly #records = new BoundedMap<string, StoredRecord>(RECORDS_MAX);

  constructor(now: () => Millis) {
    this.#now = now;
  }

  /** False when the record has the wrong lengths or is expired already. */
  put(address: Uint8Array, value: Uint8Array, expires: Millis): boolean {
    if (address.length !== RECORD_ADDRESS_BYTES || value.length === 0 || value.length > RECORD_BYTES_MAX) return false;
    if (expires <= this.#now()) return false;
    this.#records.set(bytesToHex(address), { value: value.slice(), expires });
    return true;
  }

  get(address: Uint8Array): Uint8Array | undefined {
    const key = bytesToHex(address);
    const record = this.#records.get(key);
    if (record === undefined) return undefined;
    if (record.expires > this.#now()) return record.value.slice();
    this.#records.delete(key);
    return undefined;
  }
}
