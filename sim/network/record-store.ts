import { bytesToHex } from "@noble/hashes/utils.js";
import { RECORD_LIFE_MS_MAX, supersedes, type VerifiedRecord, verifyRecord } from "../../core/record/index.ts";
import { equalConstantTime } from "../../core/safety/index.ts";
import type { Suite } from "../../core/suite/index.ts";
import type { Kernel } from "../kernel/index.ts";

/** Records that the modelled record store keeps. */
export const RECORDS_MAX = 1_000_000;

export interface StoredRecord {
  readonly value: Uint8Array;
  readonly verified: VerifiedRecord;
  readonly expires: number;
}

/**
 * What storing peers hold: what verifies by itself, and of two records of one address the one that supersedes the other.
 */
export class RecordStore {
  readonly #kernel: Kernel;
  readonly #suite: Suite;
  readonly #records = new Map<string, StoredRecord>();
  /** Records that were not taken, since they did not verify. */
  refused = 0;

  constructor(kernel: Kernel, suite: Suite) {
    this.#kernel = kernel;
    this.#suite = suite;
  }

  /** By their addresses in hexadecimal. */
  get all(): ReadonlyMap<string, StoredRecord> {
    return this.#records;
  }

  put(address: Uint8Array, value: Uint8Array, expires: number): void {
    const { now } = this.#kernel;
    const verified = verifyRecord(this.#suite, address, value, now);
    if (!verified.ok) return void this.refused++;
    const until = Math.min(expires, verified.value.expires ?? now + RECORD_LIFE_MS_MAX);
    const name = bytesToHex(address);
    const held = this.#records.get(name);
    if (until <= now || (held === undefined && this.#records.size >= RECORDS_MAX)) return;
    if (held !== undefined && held.expires > now) {
      if (equalConstantTime(held.value, value)) {
        this.#records.set(name, { ...held, expires: Math.max(held.expires, until) });
        return;
      }
      if (!supersedes(verified.value, held.verified, value, held.value)) return;
    }
    this.#records.set(name, { value: value.slice(), verified: verified.value, expires: until });
  }

  /** Undefined when nothing unexpired is stored there. */
  get(address: Uint8Array): Uint8Array | undefined {
    const record = this.#records.get(bytesToHex(address));
    return record !== undefined && record.expires > this.#kernel.now ? record.value : undefined;
  }
}
