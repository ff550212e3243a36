import { constants, existsSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { LogStorage, StoredLog } from "../../core/node/index.ts";
import { assert } from "../../core/safety/index.ts";
import { type Commit, encodeCommit, newestCommit, offsetOf } from "./anchor-file.ts";
import { createDirectory, FILE_MODE } from "./directory.ts";
import { StorageFailed } from "./failure.ts";
import { takeLock } from "./lock.ts";

/** A file under way to the name before it; worth nothing until it has that name. */
const DRAFT_SUFFIX = ".new";
const LOG_FILE = /^log\.([1-9]\d{0,8})$/;

/**
 * One log and its anchor in a directory: `log.<epoch>` and `anchor`, which names the epoch and the log's length.
 *
 * An append writes to the log, syncs it, and then moves the anchor. In that order, since recovery takes a record
 * beyond the anchor for a write that nobody was told of (clean, or torn if unfinished), but an anchor beyond the
 * records for damage. Recovery grants one such record. A second crash at the same point would leave two, so a log
 * found with bytes beyond its anchor is not appended to: it is copied, with the next record, to a new epoch.
 *
 * A replacement is the log of the next epoch, written under a draft name, synced and renamed, and the directory is
 * synced. The moment at which the anchor moves decides between old and new, contents and anchor together; the old
 * log is removed after it. The anchor moves by overwriting the older of two slots, which leaves the other if torn.
 */
export class FileLogStorage implements LogStorage {
  readonly #directory: string;
  readonly #release: () => void;
  #epoch: number;
  #length: number;
  /** The log is exactly what the anchor names. */
  #anchored: boolean;
  #commits: number;
  #log: FileHandle | undefined;
  #anchor: FileHandle | undefined;
  #directoryHandle: FileHandle | undefined;
  #last: Promise<void> = Promise.resolve();
  #underWay = 0;
  #stopped = false;
  #closed: Promise<void> | undefined;

  /** Creates the directory if need be. Throws {@link StorageLocked}, or what the system says. */
  static open(directory: string): FileLogStorage {
    createDirectory(directory);
    const release = takeLock(directory);
    try {
      return new FileLogStorage(directory, release);
    } catch (failure) {
      release();
      throw failure;
    }
  }

  private constructor(directory: string, release: () => void) {
    this.#directory = directory;
    this.#release = release;
    const names = readdirSync(directory);
    const epochs = names.flatMap((name) => LOG_FILE.exec(name)?.[1] ?? []).map(Number);
    const commit = this.#readCommit();
    // Without a log that the anchor names, the oldest: a younger one is a replacement that was never committed.
    const epoch = commit !== undefined && epochs.includes(commit.epoch) ? commit.epoch : Math.min(...epochs);
    this.#commits = commit?.number ?? 0;
    this.#epoch = epochs.length === 0 ? 0 : epoch;
    this.#length = this.#epoch === 0 ? 0 : statSync(this.#logFile(this.#epoch)).size;
    this.#anchored = commit?.epoch === this.#epoch && commit.length === this.#length;
    for (const name of names) {
      if (name.endsWith(DRAFT_SUFFIX)) rmSync(join(directory, name), { force: true });
    }
    for (const other of epochs) if (other !== this.#epoch) rmSync(this.#logFile(other));
  }

  /** What the disk holds. Without a callback at once, when no write is under way; with one, after those before it. */
  read(): StoredLog;
  read(done: (stored: StoredLog) => void): void;
  read(done?: (stored: StoredLog) => void): StoredLog | undefined {
    if (done !== undefined) {
      // What cannot be read is not an empty log: the exception is nobody's to catch, and ends the process.
      this.#enqueue(
        () => Promise.resolve(),
        () => done(this.#readStored()),
      );
      return undefined;
    }
    assert(this.#underWay === 0, "log read while it is written");
    return this.#readStored();
  }

  append(bytes: Uint8Array, anchor: Uint8Array, done: (failure?: Error) => void): void {
    this.#enqueue(() => this.#append(bytes, anchor), done);
  }

  replace(bytes: Uint8Array, anchor: Uint8Array, done: (failure?: Error) => void): void {
    this.#enqueue(() => this.#replace([bytes], anchor), done);
  }

  /** Finishes what was asked for, refuses what comes later, and gives the directory back. */
  close(): Promise<void> {
    this.#closed ??= this.#last.then(async () => {
      await this.#log?.close();
      await this.#anchor?.close();
      await this.#directoryHandle?.close();
      // The directory may be gone, and the lock with it.
      if (existsSync(this.#directory)) this.#release();
    });
    return this.#closed;
  }

  #enqueue(write: () => Promise<void>, done: (failure?: Error) => void): void {
    const closed = this.#closed !== undefined;
    this.#underWay++;
    this.#last = this.#last.then(async () => {
      const failure = closed ? new StorageFailed("storage/stopped") : await this.#attempt(write);
      this.#underWay--;
      // Outside of this chain, which an exception of the caller's would break.
      queueMicrotask(() => done(failure));
    });
  }

  async #attempt(write: () => Promise<void>): Promise<StorageFailed | undefined> {
    if (this.#stopped) return new StorageFailed("storage/stopped");
    try {
      await write();
      return undefined;
    } catch (failure) {
      // After a failed sync the system may have dropped the pages and call the next one a success, see fsync(2).
      this.#stopped = true;
      return new StorageFailed("storage/write-failed", failure);
    }
  }

  async #append(bytes: Uint8Array, anchor: Uint8Array): Promise<void> {
    if (this.#epoch === 0) return this.#replace([bytes], anchor);
    if (!this.#anchored) return this.#replace([this.#readLog(), bytes], anchor);
    this.#log ??= await open(this.#logFile(this.#epoch), "a");
    await this.#log.writeFile(bytes);
    await this.#log.datasync();
    this.#length += bytes.length;
    await this.#commit(anchor);
  }

  async #replace(parts: readonly Uint8Array[], anchor: Uint8Array): Promise<void> {
    const old = this.#epoch;
    const file = this.#logFile(old + 1);
    await this.#log?.close();
    this.#log = await this.#create(file, parts);
    this.#epoch = old + 1;
    this.#length = parts.reduce((sum, { length }) => sum + length, 0);
    await this.#commit(anchor);
    this.#anchored = true;
    if (old > 0) await unlink(this.#logFile(old));
  }

  async #commit(anchor: Uint8Array): Promise<void> {
    const commit: Commit = { number: ++this.#commits, epoch: this.#epoch, length: this.#length, anchor };
    const bytes = encodeCommit(commit);
    this.#anchor ??= await this.#openAnchor();
    const { bytesWritten } = await this.#anchor.write(bytes, 0, bytes.length, offsetOf(commit));
    if (bytesWritten < bytes.length) throw new RangeError("anchor written in part");
    await this.#anchor.datasync();
  }

  async #openAnchor(): Promise<FileHandle> {
    const handle = await open(this.#anchorFile(), constants.O_RDWR | constants.O_CREAT, FILE_MODE);
    await this.#syncDirectory();
    return handle;
  }

  /** A file that is durable, whole and under its name; before that, nothing has changed. Left open for appending. */
  async #create(file: string, parts: readonly Uint8Array[]): Promise<FileHandle> {
    const draft = file + DRAFT_SUFFIX;
    const handle = await open(draft, "ax", FILE_MODE);
    try {
      for (const part of parts) await handle.writeFile(part);
      await handle.datasync();
      await rename(draft, file);
      await this.#syncDirectory();
      return handle;
    } catch (failure) {
      await handle.close();
      throw failure;
    }
  }

  async #syncDirectory(): Promise<void> {
    this.#directoryHandle ??= await open(this.#directory, "r");
    await this.#directoryHandle.sync();
  }

  #anchorFile(): string {
    return join(this.#directory, "anchor");
  }

  #logFile(epoch: number): string {
    return join(this.#directory, `log.${epoch}`);
  }

  #readLog(): Uint8Array {
    return this.#epoch === 0 ? new Uint8Array(0) : new Uint8Array(readFileSync(this.#logFile(this.#epoch)));
  }

  #readCommit(): Commit | undefined {
    const file = this.#anchorFile();
    return existsSync(file) ? newestCommit(new Uint8Array(readFileSync(file))) : undefined;
  }

  #readStored(): StoredLog {
    return { log: this.#readLog(), anchor: this.#readCommit()?.anchor };
  }
}
