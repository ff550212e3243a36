import { closeSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { FILE_MODE, syncDirectory } from "./directory.ts";
import { StorageLocked } from "./lock.ts";

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
`;

/**
 * Creates the file if need be, in a directory that is there, and has `prepare` look at it. Throws
 * {@link StorageLocked}, or what the system, SQLite or `prepare` says; the file is closed then.
 */
export function openDatabase(file: string, prepare: (database: DatabaseSync) => void): DatabaseSync {
  // SQLite gives its own files the mode of the database.
  closeSync(openSync(file, "a", FILE_MODE));
  syncDirectory(dirname(file));
  const database = new DatabaseSync(file);
  try {
    database.exec(SETTINGS);
    prepare(database);
    return database;
  } catch (failure) {
    database.close();
    if (failure instanceof Error && "errcode" in failure && failure.errcode === BUSY) {
      throw new StorageLocked("the database is in use");
    }
    throw failure;
  }
}

/** All of what `write` does, durable when it returns, or nothing. */
export function inTransaction(database: DatabaseSync, write: () => void): void {
  try {
    database.exec("BEGIN IMMEDIATE");
    write();
    database.exec("COMMIT");
  } catch (failure) {
    // Some failures have rolled back already.
    if (database.isTransaction) database.exec("ROLLBACK");
    throw failure;
  }
}
