import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { IndexStorage } from "../../core/node/index.ts";
import { createDirectory } from "./directory.ts";
import { StorageFailed } from "./failure.ts";
import { inTransaction, openDatabase } from "./sqlite.ts";

type Writes = Parameters<IndexStorage["write"]>[0];

const SCHEMA = `
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

  /** Creates the directory if need be. Throws StorageLocked, or what the system or SQLite says. */
  static open(directory: string): SqliteIndex {
    createDirectory(directory);
    return new SqliteIndex(openDatabase(join(directory, "index.sqlite"), (database) => database.exec(SCHEMA)));
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
      inTransaction(this.#database, () => {
        for (const { key, value } of writes) {
          if (value === undefined) this.#delete.run(key);
          else this.#upsert.run(key, value);
        }
      });
      return undefined;
    } catch (failure) {
      // Readers go on with what was there before.
      this.#stopped = true;
      return new StorageFailed("storage/write-failed", failure);
    }
  }
}
