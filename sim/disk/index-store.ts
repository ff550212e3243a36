import { bytesToHex } from "@noble/hashes/utils.js";
import type { IndexStorage } from "../../core/node/index.ts";
import type { Kernel, Stream } from "../kernel/index.ts";
import { type DiskSpeed, DISK_SPEED } from "./disk.ts";

export type IndexEntries = ReadonlyMap<string, Uint8Array>;

type Writes = Parameters<IndexStorage["write"]>[0];

/**
 * An index store on a simulated disk. A batch becomes durable and visible at one moment. A crash loses the batches
 * under way, but may keep the first of them, wholly, though nobody was told so.
 */
export class SimIndex implements IndexStorage {
  readonly #kernel: Kernel;
  readonly #stream: Stream;
  readonly #speed: DiskSpeed;
  readonly #entries = new Map<string, Uint8Array>();
  readonly #queue: { readonly writes: Writes; readonly cancel: () => void }[] = [];
  /** When everything that was asked for is done. */
  #freeAt = 0;

  constructor(kernel: Kernel, stream: Stream, speed: DiskSpeed = DISK_SPEED) {
    this.#kernel = kernel;
    this.#stream = stream;
    this.#speed = speed;
  }

  /** Entries on it now. */
  get size(): number {
    return this.#entries.size;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(bytesToHex(key))?.slice();
  }

  write(writes: Writes, done: (failure?: Error) => void): void {
    const copied = writes.map(({ key, value }) => ({ key: key.slice(), value: value?.slice() }));
    const { writeMsMax, writeMsMin } = this.#speed;
    this.#freeAt = Math.max(this.#freeAt, this.#kernel.now) + this.#stream.between(writeMsMin, writeMsMax);
    const cancel = this.#kernel.at(this.#freeAt, () => {
      this.#queue.shift();
      this.#apply(copied);
      done();
    });
    this.#queue.push({ writes: copied, cancel });
  }

  #apply(writes: Writes): void {
    for (const { key, value } of writes) {
      if (value === undefined) this.#entries.delete(bytesToHex(key));
      else this.#entries.set(bytesToHex(key), value);
    }
  }

  /** What is on it now, by the hexadecimal key: as a thief or a crawler finds it. */
  entries(): IndexEntries {
    return new Map(this.#entries);
  }

  /** Puts other contents in the place of these, at once, while nothing is being written. */
  overwrite(entries: IndexEntries): void {
    this.#entries.clear();
    for (const [key, value] of entries) this.#entries.set(key, value);
  }

  /** Power fails. */
  crash(): void {
    const writes = this.#queue[0]?.writes;
    for (const { cancel } of this.#queue.splice(0)) cancel();
    this.#freeAt = 0;
    if (writes !== undefined && this.#stream.chance(0.5)) this.#apply(writes);
  }
}
