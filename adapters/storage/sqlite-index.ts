import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { IndexStorage } from "../../core/node/index.ts";
import { createDirectory, FILE_MODE, syncDirectory } from "./directory.ts";
import { StorageFailed } from "./failure.ts";
import { StorageLocked } from "./lock.ts";

type Writes = Parameters<IndexStorage["write"]>[0];

/** SQLITE_BUSY, https://www.sqlite.org/rescode.html#busy */
const BUSY = 5;

/**
 * One file, one process: the lock is SQLite's own. A commit is an append to the write-ahead log, which FULL syncs
 * each time (in WAL mode NORMAL does not, and a power failure would take acknowledged writes back). Reads go through
 * a memory map, at half the time of read calls; writes never do.
 */
const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA mmap_size = ${2 ** 31 - 65_536};
  CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID, STRICT;
`;

/**
 * The index store in one SQLite file, `index.sqlite` in a directory. A batch is one transaction, performed in one go
 * on the main thread: at two million entries, one of 11,000 random keys holds everything else up for about a third
 * of a second.
 */
export class SqliteIndex implements IndexStorage {
  readonly #database: DatabaseSync;
  readonly #select: StatementSync;
  readonly #upsert: StatementSync;
  readonly #delete: StatementSync;
  #stopped = false;
  #closed: Promise<void> | undefined;

  /** Creates the directory if need be. Throws {@link StorageLocked}, or what the system or SQLite says. */
  static open(directory: string): SqliteIndex {
    createDirectory(directory);
    const file = join(directory, "index.sqlite");
    // SQLite gives its own files the mode of the database.
    closeSync(openSync(file, "a", FILE_MODE));
    syncDirectory(directory);
    const database = new DatabaseSync(file);
    try {
      database.exec(SETTINGS);
      return new SqliteIndex(database);
    } catch (failure) {
      database.close();
      if (failure instanceof Error && "errcode" in failure && failure.errcode === BUSY) {
        throw new StorageLocked("the index is in use");
      }
      throw failure;
    }
  }

  private constructor(database: DatabaseSync) {
    this.#database = database;
    this.#select = database.prepare("SELECT value FROM entries WHERE key = ?");
    this.#upsert = database.prepare(
      "INSERT INTO entries VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    );
    this.#delete = database.prepare("DELETE FROM entries WHERE key = ?");
  }

  /** Throws what SQLite says when the file cannot be read: that is not an absent entry. */
  get(key: Uint8Array): Uint8Array | undefined {
    return this.#select.get(key)?.["value"] as Uint8Array | undefined;
  }

  write(writes: Writes, done: (failure?: Error) => void): void {
    const closed = this.#closed !== undefined;
    const copied = writes.map(({ key, value }) => ({ key: key.slice(), value: value?.slice() }));
    setImmediate(() => done(closed ? new StorageFailed("storage/stopped") : this.#attempt(copied)));
  }

  /** Finishes what was asked for and refuses what comes later. */
  close(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#database.close();
        resolve();
      });
    });
    return this.#closed;
  }

  #attempt(writes: Writes): StorageFailed | undefined {
    if (this.#stopped) return new StorageFailed("storage/stopped");
    try {
      this.#database.exec("BEGIN IMMEDIATE");
      for (const { key, value } of writes) {
        if (value === undefined) this.#delete.run(key);
        else this.#upsert.run(key, value);
      }
      this.#database.exec("COMMIT");
      return undefined;
    } catch (failure) {
      this.#stopped = true;
      // Readers go on with what was there before. Some failures have rolled back already.
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      return new StorageFailed("storage/write-failed", failure);
    }
  }
}
