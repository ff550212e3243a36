import type { IndexStorage } from "../../core/node/index.ts";
import type { IndexReader, IndexWrite } from "../../core/vkd/index.ts";

const nameOf = (key: Uint8Array): string => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString("latin1");

/** An index in memory. */
export class MemoryIndex implements IndexStorage {
  readonly #entries = new Map<string, Uint8Array>();

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(nameOf(key));
  }

  write(writes: readonly IndexWrite[], done: (failure?: Error) => void): void {
    queueMicrotask(() => {
      for (const { key, value } of writes) {
        if (value === undefined) this.#entries.delete(nameOf(key));
        // Not the view that was given: it holds on to more than itself.
        else this.#entries.set(nameOf(key), new Uint8Array(value));
      }
      done();
    });
  }

  close(): void {}
}

/** Writes that wait to be one batch, over the index that they go to. */
export class Staging implements IndexReader {
  readonly #index: IndexStorage;
  #waiting = new Map<string, IndexWrite>();

  constructor(index: IndexStorage) {
    this.#index = index;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const waiting = this.#waiting.get(nameOf(key));
    return waiting === undefined ? this.#index.get(key) : waiting.value;
  }

  add(writes: readonly IndexWrite[]): void {
    for (const write of writes) this.#waiting.set(nameOf(write.key), write);
  }

  /** Resolves once everything that was added is durable. */
  flush(): Promise<void> {
    const writes = [...this.#waiting.values()];
    return new Promise((resolve, reject) => {
      this.#index.write(writes, (failure) => {
        if (failure !== undefined) {
          reject(failure);
          return;
        }
        this.#waiting = new Map();
        resolve();
      });
    });
  }
}
