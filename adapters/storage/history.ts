import { createHmac } from "node:crypto";
import { join } from "node:path";
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { assert, Secret } from "../../core/safety/index.ts";
import { createDirectory } from "./directory.ts";
import { StorageFailed } from "./failure.ts";
import { HistoryCells } from "./history-cells.ts";
import { decodeDumpPart, type DumpedRow, dumpRows, encodeDumpPart } from "./history-dump.ts";
import {
  entryOf,
  HISTORY_LIST_MAX,
  type HistoryEntry,
  type HistoryQuery,
  isUnsettled,
  rankOf,
  type ReceivedMessage,
  type Status,
  type Unsettled,
} from "./history-entry.ts";
import { readSeal, SealWriter, subkey } from "./sealing.ts";
import { inTransaction, openDatabase } from "./sqlite.ts";

/** A restored history goes on so far above the tokens it knows: the log beside it may be a little newer. */
export const TOKEN_JUMP: number = 2 ** 20;
const INDEX_HASH_BYTES = 16;

type Row = Readonly<Record<string, unknown>> & { readonly row: number };

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS seal (header BLOB NOT NULL, token_floor INTEGER NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS messages (
    row INTEGER PRIMARY KEY,
    id BLOB UNIQUE,
    token INTEGER UNIQUE,
    contact BLOB NOT NULL,
    open INTEGER NOT NULL,
    status BLOB NOT NULL,
    content BLOB NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS of_contact ON messages (contact, row);
  CREATE INDEX IF NOT EXISTS unsettled ON messages (token) WHERE open = 1;
`;
const COLUMNS = "row, status, content";
const WITHIN = "row > ? AND row < ?";

/**
 * What was said, in one SQLite file, `history.sqlite` in a directory: bodies, names, times and states sealed, found by
 * keyed hashes. In clear are the numbers of rows and tokens, sizes, which rows are of one contact, and which are not
 * settled. Whatever changes it is durable when it returns; after a failure nothing is written any more.
 */
export class History {
  readonly #database: DatabaseSync;
  readonly #key: Secret;
  readonly #indexKey: Secret;
  readonly #cells: HistoryCells;
  readonly #insert: StatementSync;
  readonly #setStatus: StatementSync;
  readonly #byId: StatementSync;
  readonly #byToken: StatementSync;
  readonly #lists: Readonly<Record<string, StatementSync>>;
  readonly #unsettled: StatementSync;
  #nextRow: number;
  #nextToken: number;
  #stopped = false;

  /**
   * Creates the directory if need be; the key, 32 bytes, may be wiped afterwards. Throws StorageLocked,
   * {@link StorageFailed} ("storage/key-wrong", "storage/damaged"), or what the system or SQLite says.
   */
  static open(directory: string, key: Secret): History {
    createDirectory(directory);
    const own = subkey(key, "storage history");
    try {
      const database = openDatabase(join(directory, "history.sqlite"), (opened) => prepare(opened, own));
      return new History(database, own, subkey(key, "storage history index"));
    } catch (failure) {
      own.wipe();
      throw failure;
    }
  }

  /**
   * What {@link dump} gave, into a directory without a history: all of it or nothing. Tokens go on above all that were
   * used. Throws what {@link open} throws, "storage/not-empty", or "storage/damaged" for parts that are none.
   */
  static restore(directory: string, key: Secret, parts: Iterable<Uint8Array>): void {
    const history = History.open(directory, key);
    try {
      if (history.#nextRow > 1 || history.#nextToken > 1) throw new StorageFailed("storage/not-empty");
      history.#write(() =>
        inTransaction(history.#database, () => {
          for (const part of parts) history.#restorePart(part);
        }),
      );
    } finally {
      history.#end();
    }
  }

  private constructor(database: DatabaseSync, key: Secret, indexKey: Secret) {
    this.#database = database;
    this.#key = key;
    this.#indexKey = indexKey;
    this.#cells = new HistoryCells(key);
    this.#insert = database.prepare("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?, ?)");
    this.#setStatus = database.prepare("UPDATE messages SET status = ?, open = ? WHERE row = ?");
    this.#byId = database.prepare("SELECT row, status FROM messages WHERE id = ?");
    this.#byToken = database.prepare("SELECT row, status FROM messages WHERE token = ?");
    const list = (where: string, order: string): StatementSync =>
      database.prepare(`SELECT ${COLUMNS} FROM messages WHERE ${where} ORDER BY row ${order} LIMIT ?`);
    this.#lists = {
      oldest: list(WITHIN, "ASC"),
      newest: list(WITHIN, "DESC"),
      oldestOf: list(`${WITHIN} AND contact = ?`, "ASC"),
      newestOf: list(`${WITHIN} AND contact = ?`, "DESC"),
    };
    this.#unsettled = database.prepare(
      `SELECT ${COLUMNS} FROM messages WHERE open = 1 AND token > ? ORDER BY token LIMIT ${HISTORY_LIST_MAX}`,
    );
    const last = database.prepare("SELECT max(row) AS row, max(token) AS token FROM messages").get() as Row;
    const floor = database.prepare("SELECT token_floor FROM seal").get()?.["token_floor"];
    this.#nextRow = Number(last.row ?? 0) + 1;
    this.#nextToken = Math.max(Number(last["token"] ?? 0) + 1, Number(floor));
  }

  /** False, and nothing changed, when there is a message with this id. */
  receive({ at, body, contact, id, provisional }: ReceivedMessage): boolean {
    return this.#write(() => {
      if (this.#byId.get(this.#hash("id", id)) !== undefined) return false;
      const status: Status = { state: "delivered", at, provisional };
      this.#add({ row: this.#nextRow, content: { kind: "in", id, contact, at, body }, status });
      this.#nextRow++;
      return true;
    });
  }

  /** Nothing when there is no such message. */
  confirmProvisional(id: string): void {
    this.#write(() =>
      this.#update(this.#byId.get(this.#hash("id", id)), (status) => ({ ...status, provisional: false })),
    );
  }

  /** The token for the engine's `send` command: above all that were ever given. */
  offer(contact: string, body: Uint8Array, at: number): number {
    return this.#write(() => {
      const token = this.#nextToken;
      const status: Status = { state: "offered", at, provisional: false };
      this.#add({ row: this.#nextRow, content: { kind: "out", token, contact, at, body }, status });
      this.#nextRow++;
      this.#nextToken++;
      return token;
    });
  }

  /** Nothing when there is no such message, or when it has come as far: of several devices one is enough. */
  mark(token: number, state: "queued" | "delivered" | "failed", at: number): void {
    this.#write(() =>
      this.#update(this.#byToken.get(token), (status) =>
        rankOf(state) > rankOf(status.state) ? { ...status, state, at } : status,
      ),
    );
  }

  /** In ascending order of rows. */
  list({ after = 0, before = Number.MAX_SAFE_INTEGER, contact, limit, newest = false }: HistoryQuery): HistoryEntry[] {
    assert(Number.isSafeInteger(limit) && limit >= 1 && limit <= HISTORY_LIST_MAX, "limit out of range");
    const list = this.#lists[(newest ? "newest" : "oldest") + (contact === undefined ? "" : "Of")] as StatementSync;
    const rows = (
      contact === undefined
        ? list.all(after, before, limit)
        : list.all(after, before, this.#hash("contact", contact), limit)
    ) as Row[];
    return (newest ? rows.reverse() : rows).map((row) => this.#entry(row));
  }

  /** Those with a token above `after`, by token; at most {@link HISTORY_LIST_MAX}. */
  unsettled(after: number = 0): Unsettled[] {
    return (this.#unsettled.all(after) as Row[]).flatMap((row) => {
      const { body, contact, state, token } = this.#entry(row);
      return (state === "offered" || state === "queued") && token !== undefined ? { token, contact, body, state } : [];
    });
  }

  /** All of it in parts of at most DUMP_PART_BYTES_MAX bytes, in clear; what is added meanwhile may be missing. */
  *dump(): Generator<Uint8Array> {
    yield encodeDumpPart({ kind: "start", nextToken: this.#nextToken });
    yield* dumpRows(this.#dumpedRows());
  }

  close(): Promise<void> {
    this.#end();
    return Promise.resolve();
  }

  #end(): void {
    if (this.#database.isOpen) this.#database.close();
    this.#stopped = true;
    this.#key.wipe();
    this.#indexKey.wipe();
  }

  #write<T>(write: () => T): T {
    if (this.#stopped) throw new StorageFailed("storage/stopped");
    try {
      return write();
    } catch (failure) {
      this.#stopped = true;
      throw failure instanceof StorageFailed ? failure : new StorageFailed("storage/write-failed", failure);
    }
  }

  #add({ content, row, status }: DumpedRow): void {
    this.#insert.run(
      row,
      content.kind === "in" ? this.#hash("id", content.id) : null,
      content.kind === "out" ? content.token : null,
      this.#hash("contact", content.contact),
      isUnsettled(status) ? 1 : 0,
      this.#cells.sealStatus(row, status),
      this.#cells.sealContent(row, content),
    );
  }

  #update(found: Readonly<Record<string, unknown>> | undefined, change: (status: Status) => Status): void {
    if (found === undefined) return;
    const { row } = found as Row;
    const status = this.#cells.openStatus(row, found["status"]);
    if (status === undefined) return;
    const changed = change(status);
    if (changed === status) return;
    this.#setStatus.run(this.#cells.sealStatus(row, changed), isUnsettled(changed) ? 1 : 0, row);
  }

  #entry({ content, row, status }: Row): HistoryEntry {
    return entryOf(row, this.#cells.openContent(row, content), this.#cells.openStatus(row, status));
  }

  *#dumpedRows(): Generator<DumpedRow> {
    const list = this.#lists["oldest"] as StatementSync;
    for (let after = 0, rows = [{ row: 0 } as Row]; rows.length > 0;) {
      rows = list.all(after, Number.MAX_SAFE_INTEGER, HISTORY_LIST_MAX) as Row[];
      for (const { content: sealed, row, status: sealedStatus } of rows) {
        const [content, status] = [this.#cells.openContent(row, sealed), this.#cells.openStatus(row, sealedStatus)];
        if (content !== undefined && status !== undefined) yield { row, content, status };
        after = row;
      }
    }
  }

  #restorePart(bytes: Uint8Array): void {
    const part = decodeDumpPart(bytes);
    if (part === undefined) throw new StorageFailed("storage/damaged");
    if (part.kind === "rows") for (const row of part.rows) this.#add(row);
    else this.#database.prepare("UPDATE seal SET token_floor = ?").run(part.nextToken + TOKEN_JUMP);
  }

  /** HMAC-SHA256, cut to half: equal names are found, and tell nothing without the key. */
  #hash(column: "id" | "contact", name: string): Uint8Array {
    return createHmac("sha256", this.#indexKey.expose())
      .update(`${column}\0${name}`)
      .digest()
      .subarray(0, INDEX_HASH_BYTES);
  }
}

/** Throws, before anything is changed, when it is another key's. */
function prepare(database: DatabaseSync, key: Secret): void {
  const isNew = database.prepare("SELECT 1 FROM sqlite_schema").get() === undefined;
  if (isNew) {
    inTransaction(database, () => {
      database.exec(SCHEMA);
      const writer = new SealWriter(key, "storage history");
      database.prepare("INSERT INTO seal VALUES (?, 1)").run(writer.header);
      writer.wipe();
    });
    return;
  }
  const header = database.prepare("SELECT header FROM seal").get()?.["header"];
  const seal = header instanceof Uint8Array ? readSeal(key, "storage history", header) : "altered";
  if (seal === "altered") throw new StorageFailed("storage/damaged");
  if (seal === "other-key") throw new StorageFailed("storage/key-wrong");
  seal.wipe();
}
