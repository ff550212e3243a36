import { array, bytesUpTo, type Codec, decode, encode, struct, text, union } from "../codec/index.ts";
import {
  appendRecord,
  LOG_RECORD_BYTES_MAX,
  type LogHead,
  type LogReason,
  recover,
  startGeneration,
} from "../logstore/index.ts";
import { err, ok, type Result } from "../safety/index.ts";
import type { Suite } from "../suite/index.ts";
import type { Effect, StoredLog } from "./ports.ts";

const KEY_BYTES_MAX = 192;
/** Entries of one record; a snapshot holds every entry in one. */
const ENTRIES_MAX = 1_000_000;

const changeCodec = union({
  put: [0, struct({ key: text(KEY_BYTES_MAX), value: bytesUpTo(LOG_RECORD_BYTES_MAX) })],
  delete: [1, struct({ key: text(KEY_BYTES_MAX) })],
});
const recordCodec = array(changeCodec, ENTRIES_MAX);

export type StoreCode = "store/record-malformed";

/** How a log was found at start. */
export interface Recovered {
  readonly store: Store;
  readonly status: "empty" | "clean" | "torn" | "damaged";
  readonly reason: LogReason | undefined;
  readonly records: number;
}

/**
 * The engine's durable state: a map from keys to encoded values, kept as a log of changes.
 * A turn of the engine collects its changes here and commits them as one record, so that a crash finds
 * either all of a turn or nothing of it.
 */
export class Store {
  readonly #suite: Suite;
  readonly #entries = new Map<string, Uint8Array>();
  readonly #changed = new Set<string>();
  #head: LogHead | undefined;
  #generation = 0;
  #records = 0;
  #bytes = 0;
  #valueBytes = 0;

  constructor(suite: Suite) {
    this.#suite = suite;
  }

  /** Records since the log was last rewritten. */
  get records(): number {
    return this.#records;
  }

  /** Bytes of the log since it was last rewritten, the snapshot included. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Bytes of all values that are kept. */
  get valueBytes(): number {
    return this.#valueBytes;
  }

  get size(): number {
    return this.#entries.size;
  }

  get<T>(key: string, codec: Codec<T>): T | undefined {
    const value = this.#entries.get(key);
    if (value === undefined) return undefined;
    const decoded = decode(codec, value, LOG_RECORD_BYTES_MAX);
    // What recovery accepted was written by this program; anything else is caught by the log's hash chain.
    return decoded.ok ? decoded.value : undefined;
  }

  has(key: string): boolean {
    return this.#entries.has(key);
  }

  keys(prefix: string): string[] {
    return [...this.#entries.keys()].filter((key) => key.startsWith(prefix));
  }

  put<T>(key: string, codec: Codec<T>, value: T): void {
    // The old value may hold key material.
    const old = this.#entries.get(key);
    old?.fill(0);
    const encoded = encode(codec, value);
    this.#valueBytes += encoded.length - (old?.length ?? 0);
    this.#entries.set(key, encoded);
    this.#changed.add(key);
  }

  delete(key: string): void {
    const value = this.#entries.get(key);
    if (value === undefined) return;
    value.fill(0);
    this.#valueBytes -= value.length;
    this.#entries.delete(key);
    this.#changed.add(key);
  }

  /** The effect that makes this turn's changes durable; undefined when nothing changed. */
  commit(rewrite: boolean): Effect | undefined {
    if (this.#head === undefined || rewrite) {
      if (this.#head !== undefined || this.#changed.size > 0) return this.#rewrite();
      return undefined;
    }
    if (this.#changed.size === 0) return undefined;
    const changes = [...this.#changed].map((key) => {
      const value = this.#entries.get(key);
      return value === undefined ? ({ kind: "delete", key } as const) : ({ kind: "put", key, value } as const);
    });
    this.#changed.clear();
    const payload = encode(recordCodec, changes);
    const { bytes, anchor, head } = appendRecord(this.#suite, this.#head, payload);
    payload.fill(0);
    this.#head = head;
    this.#records++;
    this.#bytes += bytes.length;
    return { kind: "append", bytes, anchor };
  }

  #rewrite(): Effect {
    this.#changed.clear();
    const payload = encode(
      recordCodec,
      [...this.#entries].map(([key, value]) => ({ kind: "put", key, value }) as const),
    );
    this.#generation++;
    const { bytes, anchor, head } = startGeneration(this.#suite, this.#generation, payload);
    payload.fill(0);
    this.#head = head;
    this.#records = 0;
    this.#bytes = bytes.length;
    return { kind: "replace", bytes, anchor };
  }

  /** What each intact record put, in order: superseded values too. For examining a log, not for running on it. */
  static history(suite: Suite, stored: StoredLog): [string, Uint8Array][][] {
    return recover(suite, stored.log, stored.anchor).payloads.map((payload) => {
      const changes = decode(recordCodec, payload, LOG_RECORD_BYTES_MAX);
      if (!changes.ok) return [];
      return changes.value.flatMap((change) => (change.kind === "put" ? [[change.key, change.value]] : []));
    });
  }

  /**
   * The state that a log holds: every intact record in order. After anything but a clean end the next
   * commit must rewrite, so that new records never follow broken bytes.
   */
  static recover(suite: Suite, stored: StoredLog): Result<Recovered, StoreCode> {
    const found = recover(suite, stored.log, stored.anchor);
    const store = new Store(suite);
    for (const payload of found.payloads) {
      const changes = decode(recordCodec, payload, LOG_RECORD_BYTES_MAX);
      if (!changes.ok) return err("store/record-malformed");
      for (const change of changes.value) {
        if (change.kind === "put") store.#entries.set(change.key, change.value);
        else store.#entries.delete(change.key);
      }
    }
    for (const value of store.#entries.values()) store.#valueBytes += value.length;
    if (found.head !== undefined) {
      store.#head = found.head;
      store.#generation = found.head.generation;
      store.#records = Math.max(0, found.payloads.length - 1);
      store.#bytes = found.validBytes;
    }
    return ok({ store, status: found.status, reason: found.reason, records: found.payloads.length });
  }
}
