import type { Millis } from "../../../core/node/index.ts";
import { BoundedMap } from "../../../core/safety/index.ts";

/** Records that this node published; beyond it the one published longest ago is forgotten. */
export const OWN_RECORDS_MAX = 16_384;
/** And their bytes. */
export const OWN_RECORD_BYTES_MAX = 67_108_864;
/** Peers that store a record restart and leave, and its publisher alone puts it again: after this long. */
export const PUT_AGAIN_MS: number = 12 * 3_600_000;
/** As long as nobody took a record, it is put again after this long, doubled each time. */
export const PUT_RETRY_MS = 2_000;
export const PUT_RETRY_MS_MAX = 300_000;

export interface OwnRecord {
  readonly address: Uint8Array;
  readonly value: Uint8Array;
  readonly expires: Millis;
}

interface Entry extends OwnRecord {
  dueAt: Millis;
  /** Attempts in vain since the last that was not. */
  failures: number;
  underway: boolean;
}

/** What this node published and keeps published, until it expires. */
export class OwnRecords {
  readonly #entries = new BoundedMap<string, Entry>(OWN_RECORDS_MAX);
  #bytes = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** Due at once; takes the place of an earlier one at this address. */
  put({ address, expires, value }: OwnRecord, now: Millis): void {
    const name = nameOf(address);
    this.#delete(name);
    const own = { address: new Uint8Array(address), value: new Uint8Array(value), expires };
    const evicted = this.#entries.set(name, { ...own, dueAt: now, failures: 0, underway: false });
    this.#bytes += value.length - (evicted?.[1].value.length ?? 0);
    for (const [oldest] of this.#entries.entries()) {
      if (this.#bytes <= OWN_RECORD_BYTES_MAX) return;
      this.#delete(oldest);
    }
  }

  get(address: Uint8Array, now: Millis): OwnRecord | undefined {
    const entry = this.#entries.get(nameOf(address));
    return entry !== undefined && entry.expires > now ? entry : undefined;
  }

  /** The one that has been due for longest; whoever takes it tells {@link placed} what became of it. */
  takeDue(now: Millis): OwnRecord | undefined {
    for (const [name, { expires }] of [...this.#entries.entries()]) if (expires <= now) this.#delete(name);
    let first: Entry | undefined;
    for (const entry of this.#entries.values()) {
      if (entry.underway || entry.dueAt > now) continue;
      if (first === undefined || entry.dueAt < first.dueAt) first = entry;
    }
    if (first !== undefined) first.underway = true;
    return first;
  }

  /** How many peers took it. A record that was replaced meanwhile is due as it was. */
  placed(record: OwnRecord, peers: number, now: Millis): void {
    const entry = this.#entries.get(nameOf(record.address));
    if (entry === undefined || entry !== record) return;
    entry.underway = false;
    entry.failures = peers > 0 ? 0 : entry.failures + 1;
    const waitMs = peers > 0 ? PUT_AGAIN_MS : Math.min(PUT_RETRY_MS * 2 ** (entry.failures - 1), PUT_RETRY_MS_MAX);
    entry.dueAt = now + waitMs;
  }

  /** Nothing is due for longer than it was meant to be, even when the clock was set back. */
  nextDueAt(now: Millis): Millis | undefined {
    let next: Millis | undefined;
    for (const entry of this.#entries.values()) {
      entry.dueAt = Math.min(entry.dueAt, now + PUT_AGAIN_MS);
      if (!entry.underway && entry.dueAt < (next ?? Number.POSITIVE_INFINITY)) next = entry.dueAt;
    }
    return next;
  }

  #delete(name: string): void {
    this.#bytes -= this.#entries.get(name)?.value.length ?? 0;
    this.#entries.delete(name);
  }
}

function nameOf(address: Uint8Array): string {
  return Buffer.from(address).toString("latin1");
}
