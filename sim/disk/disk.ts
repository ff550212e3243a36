import type { LogStorage, StoredLog } from "../../core/node/index.ts";
import type { Kernel, Stream } from "../kernel/index.ts";

/** How long a write takes to become durable, in milliseconds. */
export interface DiskSpeed {
  readonly writeMsMin: number;
  readonly writeMsMax: number;
}

export const DISK_SPEED: DiskSpeed = { writeMsMin: 1, writeMsMax: 4 };

interface Write {
  readonly kind: "append" | "replace";
  readonly bytes: Uint8Array;
  readonly anchor: Uint8Array;
}

/**
 * A disk that keeps only what was synced. A crash loses an unfinished append, tears it at any byte, or keeps it with
 * or without its anchor; an unfinished replacement is there wholly, with or without its anchor, or not at all.
 */
export class SimDisk implements LogStorage {
  readonly #kernel: Kernel;
  readonly #stream: Stream;
  readonly #speed: DiskSpeed;
  #chunks: Uint8Array[] = [];
  #anchor: Uint8Array | undefined;
  /** The anchor is that of the last write. Otherwise the next write moves log and anchor together, as the port demands. */
  #anchored = true;
  readonly #queue: { readonly write: Write; readonly cancel: () => void }[] = [];
  /** When everything that was asked for is done. */
  #freeAt = 0;

  constructor(kernel: Kernel, stream: Stream, speed: DiskSpeed = DISK_SPEED) {
    this.#kernel = kernel;
    this.#stream = stream;
    this.#speed = speed;
  }

  /** What is on it now, as a thief or a restart finds it: copies. */
  stored(): StoredLog {
    const log = new Uint8Array(this.#chunks.reduce((sum, chunk) => sum + chunk.length, 0));
    let offset = 0;
    for (const chunk of this.#chunks) {
      log.set(chunk, offset);
      offset += chunk.length;
    }
    return { log, anchor: this.#anchor?.slice() };
  }

  /** Puts other contents in the place of these, at once, while nothing is being written. */
  overwrite({ anchor, log }: StoredLog): void {
    this.#chunks = log.length === 0 ? [] : [log.slice()];
    this.#anchor = anchor?.slice();
    this.#anchored = true;
  }

  read(done: (stored: StoredLog) => void): void {
    this.#kernel.at(this.#freeAt, () => done(this.stored()));
  }

  append(bytes: Uint8Array, anchor: Uint8Array, done: (failure?: Error) => void): void {
    this.#write({ kind: "append", bytes, anchor }, done);
  }

  replace(bytes: Uint8Array, anchor: Uint8Array, done: (failure?: Error) => void): void {
    this.#write({ kind: "replace", bytes, anchor }, done);
  }

  /** Writes become durable one after the other. */
  #write(write: Write, done: (failure?: Error) => void): void {
    const { writeMsMax, writeMsMin } = this.#speed;
    this.#freeAt = Math.max(this.#freeAt, this.#kernel.now) + this.#stream.between(writeMsMin, writeMsMax);
    const cancel = this.#kernel.at(this.#freeAt, () => {
      this.#queue.shift();
      this.#apply(write, write.bytes.length, true);
      done();
    });
    this.#queue.push({ write, cancel });
  }

  #apply({ anchor, bytes, kind }: Write, length: number, anchored: boolean): void {
    if (kind === "replace") this.#chunks = [];
    if (length > 0) this.#chunks.push(bytes.slice(0, length));
    if (anchored) this.#anchor = anchor.slice();
    this.#anchored = anchored;
  }

  /** Power fails: the write under way is lost, torn or kept, those behind it are lost. */
  crash(): void {
    const write = this.#queue[0]?.write;
    for (const { cancel } of this.#queue.splice(0)) cancel();
    this.#freeAt = 0;
    if (write === undefined) return;
    const { length } = write.bytes;
    const outcome = this.#stream.between(0, 3);
    if (!this.#anchored) {
      if (outcome > 1) this.#apply(write, length, true);
      return;
    }
    switch (outcome) {
      case 0:
        return;
      case 1:
        if (write.kind === "append") this.#apply(write, this.#stream.between(1, length - 1), false);
        return;
      case 2:
        return this.#apply(write, length, false);
      default:
        return this.#apply(write, length, true);
    }
  }
}
