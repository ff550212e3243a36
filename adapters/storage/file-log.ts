import { existsSync } from "node:fs";
import type { LogStorage, StoredLog } from "../../core/node/index.ts";
import { assert, type Secret } from "../../core/safety/index.ts";
import { createDirectory } from "./directory.ts";
import { StorageFailed } from "./failure.ts";
import { takeLock } from "./lock.ts";
import { LogFiles } from "./log-files.ts";
import { type LogLayout, type LogWrite, plainLayout } from "./log-layout.ts";
import { SealedLayout } from "./sealed-layout.ts";

type Task =
  | { readonly kind: "append" | "replace"; readonly write: LogWrite; done(failure?: Error): void }
  | { readonly kind: "read"; done(): void };

/**
 * The engine's disk in a directory, sealed if there is a key. What a sealed log is asked to append while a write is
 * under way becomes one write, durable at once, whose anchor is that of the last.
 */
export class FileLogStorage implements LogStorage {
  readonly #directory: string;
  readonly #release: () => void;
  readonly #files: LogFiles;
  readonly #waiting: Task[] = [];
  #last: Promise<void> = Promise.resolve();
  #underWay = 0;
  #stopped = false;
  #closed: Promise<void> | undefined;

  /**
   * Creates the directory if need be. With a key, 32 bytes, everything at rest is sealed; the key may be wiped
   * afterwards. Throws {@link StorageLocked}, {@link StorageFailed} ("storage/key-wrong", "storage/key-missing" or
   * "storage/not-sealed", and nothing has changed), or what the system says.
   */
  static open(directory: string, key?: Secret): FileLogStorage {
    createDirectory(directory);
    const release = takeLock(directory);
    try {
      return new FileLogStorage(directory, release, key === undefined ? plainLayout : new SealedLayout(key));
    } catch (failure) {
      release();
      throw failure;
    }
  }

  private constructor(directory: string, release: () => void, layout: LogLayout) {
    this.#directory = directory;
    this.#release = release;
    this.#files = new LogFiles(directory, layout);
  }

  /** What the disk holds. Without a callback at once, when no write is under way; with one, after those before it. */
  read(): StoredLog;
  read(done: (stored: StoredLog) => void): void;
  read(done?: (stored: StoredLog) => void): StoredLog | undefined {
    if (done !== undefined) {
      // What cannot be read is not an empty log: the exception is nobody's to catch, and ends the process.
      this.#enqueue({ kind: "read", done: () => done(this.#files.read()) });
      return undefined;
    }
    assert(this.#underWay === 0, "log read while it is written");
    return this.#files.read();
  }

  append(bytes: Uint8Array, anchor: Uint8Array, done: (failure?: Error) => void): void {
    this.#enqueue({ kind: "append", write: { bytes, anchor }, done });
  }

  replace(bytes: Uint8Array, anchor: Uint8Array, done: (failure?: Error) => void): void {
    this.#enqueue({ kind: "replace", write: { bytes, anchor }, done });
  }

  /** Finishes what was asked for, refuses what comes later, and gives the directory back. */
  close(): Promise<void> {
    this.#closed ??= this.#last.then(async () => {
      await this.#files.close();
      // The directory may be gone, and the lock with it.
      if (existsSync(this.#directory)) this.#release();
    });
    return this.#closed;
  }

  /** Each task has its turn; one that was joined with those before it finds nothing left to do. */
  #enqueue(task: Task): void {
    if (this.#closed !== undefined) {
      this.#last = this.#last.then(() => this.#finish([task], new StorageFailed("storage/stopped")));
      return;
    }
    this.#underWay++;
    this.#waiting.push(task);
    this.#last = this.#last.then(async () => {
      const tasks = this.#nextTasks();
      const failure = await this.#attempt(tasks);
      this.#underWay -= tasks.length;
      this.#finish(tasks, failure);
    });
  }

  /** The first that waits, and the appends behind it as far as they are to be one write with it. */
  #nextTasks(): Task[] {
    let bytes = 0;
    const end = this.#waiting.findIndex((task, at) => {
      if (task.kind === "append") bytes += task.write.bytes.length;
      return (
        at > 0 && (task.kind !== "append" || this.#waiting[0]?.kind !== "append" || bytes > this.#files.joinedBytesMax)
      );
    });
    return this.#waiting.splice(0, end === -1 ? this.#waiting.length : end);
  }

  async #attempt(tasks: readonly Task[]): Promise<StorageFailed | undefined> {
    const writes = tasks.flatMap((task) => (task.kind === "read" ? [] : task.write));
    const last = writes.at(-1);
    if (last === undefined) return undefined;
    if (this.#stopped) return new StorageFailed("storage/stopped");
    try {
      if (tasks[0]?.kind === "replace") await this.#files.replace([last]);
      else await this.#files.append({ bytes: Buffer.concat(writes.map(({ bytes }) => bytes)), anchor: last.anchor });
      return undefined;
    } catch (failure) {
      // After a failed sync the system may have dropped the pages and call the next one a success, see fsync(2).
      this.#stopped = true;
      return new StorageFailed("storage/write-failed", failure);
    }
  }

  #finish(tasks: readonly Task[], failure: StorageFailed | undefined): void {
    // Outside of the chain of turns, which an exception of the caller's would break.
    for (const { done } of tasks) queueMicrotask(() => done(failure));
  }
}
