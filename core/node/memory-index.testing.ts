import { bytesToHex } from "@noble/hashes/utils.js";
import type { IndexWrite } from "../vkd/index.ts";
import type { IndexStorage } from "./index.ts";

/** An index store that forgets with the process. `later` runs what must not happen within a call. */
export class MemoryIndex implements IndexStorage {
  readonly #entries = new Map<string, Uint8Array>();
  readonly #later: (task: () => void) => void;

  constructor(later: (task: () => void) => void) {
    this.#later = later;
  }

  get size(): number {
    return this.#entries.size;
  }

  snapshot(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.#entries);
  }

  restore(entries: ReadonlyMap<string, Uint8Array>): void {
    this.#entries.clear();
    for (const [key, value] of entries) this.#entries.set(key, value);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(bytesToHex(key))?.slice();
  }

  write(writes: readonly IndexWrite[], done: (failure?: Error) => void): void {
    const copied = writes.map(({ key, value }) => ({ key: key.slice(), value: value?.slice() }));
    this.#later(() => {
      this.apply(copied);
      done();
    });
  }

  /** A write that is done already. */
  apply(writes: readonly IndexWrite[]): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.#entries.delete(bytesToHex(key));
      else this.#entries.set(bytesToHex(key), value.slice());
    }
  }
}
