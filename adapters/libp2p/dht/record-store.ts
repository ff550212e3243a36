import type { Clock, Millis } from "../../../core/node/index.ts";
import { RECORD_LIFE_MS_MAX, supersedes, type VerifiedRecord, verifyRecord } from "../../../core/record/index.ts";
import type { Suite } from "../../../core/suite/index.ts";

/** What records may cost in memory. */
export interface StoreLimits {
  /** What others put here. */
  readonly others: number;
  /** What this node put. */
  readonly own: number;
}

export const STORE_LIMITS: StoreLimits = { others: 67_108_864, own: 67_108_864 };
/** What a record costs beside its bytes, so that their number is bounded too. */
export const RECORD_OVERHEAD_BYTES = 1_024;
/** The source of what this node put. */
export const OWN = "";

/** A record, and its bytes. */
export interface HeldRecord {
  readonly value: Uint8Array;
  readonly record: VerifiedRecord;
}

interface Entry extends HeldRecord {
  readonly until: Millis;
  readonly source: string;
}

/** What one source put here, oldest first. */
interface Share {
  readonly names: Set<string>;
  cost: number;
}

/**
 * What a node stores for the DHT: records that verify, of each address the one that supersedes, whatever came later (the
 * library overwrites). When it is full, the source that takes up most loses what it put first: a flood pushes out
 * itself, and many sources share evenly. What this node put itself has room of its own.
 */
export class RecordStore {
  readonly #suite: Suite;
  readonly #clock: Pick<Clock, "now">;
  readonly #limits: StoreLimits;
  readonly #entries = new Map<string, Entry>();
  readonly #shares = new Map<string, Share>();
  #cost = 0;

  constructor(suite: Suite, clock: Pick<Clock, "now">, limits: StoreLimits = STORE_LIMITS) {
    this.#suite = suite;
    this.#clock = clock;
    this.#limits = limits;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Of everything, in bytes. */
  get cost(): number {
    return this.#cost;
  }

  /** Keeps what verifies for the 32-byte address and is not older than what is there; drops all else. */
  put(address: Uint8Array, value: Uint8Array, source: string): void {
    const now = this.#clock.now();
    const verified = verifyRecord(this.#suite, address, value, now);
    if (!verified.ok) return;
    const name = nameOf(address);
    const known = this.#alive(name);
    if (known !== undefined && supersedes(known.record, verified.value, known.value, value)) return;
    if (known !== undefined) this.#remove(name, known);
    const bytes = new Uint8Array(value);
    const entry: Entry = {
      value: bytes,
      record: verified.value,
      // Content does not say how long it is of use: for as long as it is put again.
      until: verified.value.expires ?? now + RECORD_LIFE_MS_MAX,
      // What this node put stays its own, whoever brings it back.
      source: known?.source === OWN ? OWN : source,
    };
    this.#add(name, entry);
    this.#makeRoom(entry.source, now);
  }

  get(address: Uint8Array): HeldRecord | undefined {
    return this.#alive(nameOf(address));
  }

  #alive(name: string): Entry | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined || entry.until > this.#clock.now()) return entry;
    this.#remove(name, entry);
    return undefined;
  }

  #add(name: string, entry: Entry): void {
    const share = this.#shares.get(entry.source) ?? { names: new Set(), cost: 0 };
    this.#shares.set(entry.source, share);
    this.#entries.set(name, entry);
    share.names.add(name);
    share.cost += costOf(entry);
    this.#cost += costOf(entry);
  }

  #remove(name: string, entry: Entry): void {
    this.#entries.delete(name);
    this.#cost -= costOf(entry);
    const share = this.#shares.get(entry.source);
    if (share === undefined) return;
    share.names.delete(name);
    share.cost -= costOf(entry);
    if (share.names.size === 0) this.#shares.delete(entry.source);
  }

  /** Only what counts against the same limit as `added` gives way to it. */
  #makeRoom(added: string, now: Millis): void {
    if (!this.#isOver(added)) return;
    for (const [name, entry] of [...this.#entries]) if (entry.until <= now) this.#remove(name, entry);
    while (this.#isOver(added)) {
      const [oldest] = (added === OWN ? this.#shares.get(OWN) : this.#largestShare())?.names ?? [];
      const entry = oldest === undefined ? undefined : this.#entries.get(oldest);
      if (oldest === undefined || entry === undefined) return;
      this.#remove(oldest, entry);
    }
  }

  #isOver(added: string): boolean {
    const own = this.#shares.get(OWN)?.cost ?? 0;
    return added === OWN ? own > this.#limits.own : this.#cost - own > this.#limits.others;
  }

  #largestShare(): Share | undefined {
    let largest: Share | undefined;
    for (const [source, share] of this.#shares) {
      if (source !== OWN && share.cost > (largest?.cost ?? 0)) largest = share;
    }
    return largest;
  }
}

function nameOf(address: Uint8Array): string {
  return Buffer.from(address).toString("latin1");
}

function costOf({ value }: HeldRecord): number {
  return value.length + RECORD_OVERHEAD_BYTES;
}
