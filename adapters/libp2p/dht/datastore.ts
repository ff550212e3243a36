import { NotFoundError } from "@libp2p/interface";
import { Libp2pRecord } from "@libp2p/record";
import type { Datastore, Key } from "interface-datastore";
import type { Clock } from "../../../core/node/index.ts";
import { fromBase32 } from "../../../core/identity/index.ts";
import { addressOf, dhtKey } from "./record-keys.ts";
import type { RecordStore } from "./record-store.ts";

/** The library's name of a stored record: its prefix for them, and the DHT's key in base32. */
const NAME = /^\/dht\/record\/([a-z2-7]{1,128})$/u;

/**
 * The store as the library sees it. Records only: of providers nothing is kept, and so there is nothing to list.
 * `sourceOf`: who puts, at the time of a `put`.
 */
export class RecordDatastore implements Datastore {
  readonly #store: RecordStore;
  readonly #clock: Pick<Clock, "now">;
  readonly #sourceOf: () => string;

  constructor(store: RecordStore, clock: Pick<Clock, "now">, sourceOf: () => string) {
    this.#store = store;
    this.#clock = clock;
    this.#sourceOf = sourceOf;
  }

  put(key: Key, serialized: Uint8Array): Key {
    const address = addressIn(key);
    if (address !== undefined) this.#store.put(address, Libp2pRecord.deserialize(serialized).value, this.#sourceOf());
    return key;
  }

  /** As if it had been received now: how long it counts it says itself, and the library would end it after two days. */
  get(key: Key): Uint8Array {
    const address = addressIn(key);
    const held = address && this.#store.get(address);
    if (address === undefined || held === undefined) throw new NotFoundError();
    return new Libp2pRecord(dhtKey(address), held.value, new Date(this.#clock.now())).serialize();
  }

  has(key: Key): boolean {
    const address = addressIn(key);
    return address !== undefined && this.#store.get(address) !== undefined;
  }

  /** The store forgets by itself. */
  delete(): void {}
  async *putMany(): AsyncGenerator<Key> {}
  async *getMany(): AsyncGenerator<{ key: Key; value: Uint8Array }> {}
  async *deleteMany(): AsyncGenerator<Key> {}
  async *query(): AsyncGenerator<{ key: Key; value: Uint8Array }> {}
  async *queryKeys(): AsyncGenerator<Key> {}
  batch(): { put(): void; delete(): void; commit(): Promise<void> } {
    return { put() {}, delete() {}, commit: () => Promise.resolve() };
  }
}

function addressIn(name: Key): Uint8Array | undefined {
  const [, base32] = NAME.exec(name.toString()) ?? [];
  const key = base32 === undefined ? undefined : fromBase32(base32.toUpperCase());
  return key === undefined ? undefined : addressOf(key);
}
