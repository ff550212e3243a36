import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
} from "node:fs";
import { type FileHandle, open, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import type { StoredLog } from "../../core/node/index.ts";
import { type Commit, newestCommit, offsetOf } from "./anchor-file.ts";
import { FILE_MODE } from "./directory.ts";
import type { FoundLog, LogLayout, LogWrite, LogWriter } from "./log-layout.ts";

/** A file under way to the name before it; worth nothing until it has that name. */
const DRAFT_SUFFIX = ".new";
/** What is handed to the system at once where a log is many small writes. */
const PIECE_BYTES = 2 ** 20;

/**
 * One log and its anchor in a directory: a log's file, numbered by its epoch, and the anchor's, which names the epoch
 * and the log's length.
 *
 * An append writes to the log, syncs it, and then moves the anchor. In that order, since recovery takes a record
 * beyond the anchor for a write that nobody was told of (clean, or torn if unfinished), but an anchor beyond the
 * records for damage. Recovery grants one such record. A second crash at the same point would leave two, so a log
 * found with bytes beyond its anchor is not appended to: it is copied, with the next record, to a new epoch. So is
 * every sealed log that was found, since a crash may have taken back what its key had sealed already.
 *
 * A replacement is the log of the next epoch, written under a draft name, synced and renamed, and the directory is
 * synced. The moment at which the anchor moves decides between old and new, contents and anchor together; the old
 * log is removed after it. The anchor moves by overwriting the older of two slots, which leaves the other if torn.
 */
export class LogFiles {
  readonly #directory: string;
  readonly #layout: LogLayout;
  #epoch: number;
  #length: number;
  /** The log is exactly what the anchor names, and what may be written behind it. */
  #continues: boolean;
  #commits: number;
  #writer: LogWriter | undefined;
  #log: FileHandle | undefined;
  #anchor: FileHandle | undefined;
  #directoryHandle: FileHandle | undefined;

  /** Throws, before it changes anything, what the layout says of a key that is not the one. */
  constructor(directory: string, layout: LogLayout) {
    this.#directory = directory;
    this.#layout = layout;
    const names = readdirSync(directory);
    const epochs = names.flatMap((name) => layout.logName.exec(name)?.[1] ?? []).map(Number);
    const starts = epochs.map((epoch) => readStart(this.#logFile(epoch), layout.openingBytes));
    layout.check(names, this.#readAnchor(), starts);
    const commit = this.#readCommit();
    // Without a log that the anchor names, the oldest: a younger one is a replacement that was never committed.
    const epoch = commit !== undefined && epochs.includes(commit.epoch) ? commit.epoch : Math.min(...epochs);
    this.#commits = commit?.number ?? 0;
    this.#epoch = epochs.length === 0 ? 0 : epoch;
    this.#length = this.#epoch === 0 ? 0 : statSync(this.#logFile(this.#epoch)).size;
    this.#continues = layout.continues && commit?.epoch === this.#epoch && commit.length === this.#length;
    for (const name of names) {
      if (name.endsWith(DRAFT_SUFFIX)) rmSync(join(directory, name), { force: true });
    }
    for (const other of epochs) if (other !== this.#epoch) rmSync(this.#logFile(other));
  }

  /** The most bytes of several appends that may be one write. Not the first: no anchor could tell how many they were. */
  get joinedBytesMax(): number {
    return this.#epoch === 0 ? 0 : this.#layout.joinedBytesMax;
  }

  read(): StoredLog {
    const { anchor, log } = this.#readLog();
    return { anchor, log };
  }

  async append(write: LogWrite): Promise<void> {
    if (this.#epoch === 0) return this.replace([write]);
    if (!this.#continues) return this.replace([...this.#readLog().writes, write]);
    this.#writer ??= this.#layout.begin(this.#epoch);
    this.#log ??= await open(this.#logFile(this.#epoch), "a");
    const bytes = this.#writer.encode(write);
    await this.#log.writeFile(bytes);
    await this.#log.datasync();
    this.#length += bytes.length;
    await this.#commit(write.anchor);
  }

  /** Everything before is superseded, by at least one write. */
  async replace(writes: readonly LogWrite[]): Promise<void> {
    const old = this.#epoch;
    await this.#log?.close();
    this.#writer?.wipe();
    this.#writer = this.#layout.begin(old + 1);
    await this.#create(this.#logFile(old + 1), encoded(this.#writer, writes));
    this.#epoch = old + 1;
    await this.#commit((writes.at(-1) as LogWrite).anchor);
    this.#continues = true;
    if (old > 0) await unlink(this.#logFile(old));
  }

  async close(): Promise<void> {
    await this.#log?.close();
    await this.#anchor?.close();
    await this.#directoryHandle?.close();
    this.#writer?.wipe();
    this.#layout.wipe();
  }

  async #commit(anchor: Uint8Array): Promise<void> {
    const commit: Commit = { number: ++this.#commits, epoch: this.#epoch, length: this.#length, anchor };
    const bytes = this.#layout.encodeSlot(commit);
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

  /** The log's file: durable, whole and under its name; before that, nothing has changed. Left open for appending. */
  async #create(file: string, pieces: Iterable<Uint8Array>): Promise<void> {
    const draft = file + DRAFT_SUFFIX;
    this.#log = await open(draft, "ax", FILE_MODE);
    this.#length = 0;
    for (const piece of pieces) {
      await this.#log.writeFile(piece);
      this.#length += piece.length;
    }
    await this.#log.datasync();
    await rename(draft, file);
    await this.#syncDirectory();
  }

  async #syncDirectory(): Promise<void> {
    this.#directoryHandle ??= await open(this.#directory, "r");
    await this.#directoryHandle.sync();
  }

  #anchorFile(): string {
    return join(this.#directory, this.#layout.anchorName);
  }

  #logFile(epoch: number): string {
    return join(this.#directory, `${this.#layout.logPrefix}${epoch}`);
  }

  #readLog(): FoundLog {
    const file = this.#epoch === 0 ? new Uint8Array(0) : new Uint8Array(readFileSync(this.#logFile(this.#epoch)));
    return this.#layout.read(file, this.#epoch, this.#readCommit());
  }

  #readAnchor(): Uint8Array | undefined {
    const file = this.#anchorFile();
    return existsSync(file) ? new Uint8Array(readFileSync(file)) : undefined;
  }

  #readCommit(): Commit | undefined {
    const file = this.#readAnchor();
    return file === undefined ? undefined : newestCommit(file, (slot) => this.#layout.decodeSlot(slot));
  }
}

/** A log's file from its first byte on: small writes together, since each piece is a call to the system. */
function* encoded(writer: LogWriter, writes: readonly LogWrite[]): Generator<Uint8Array> {
  let [pieces, bytes] = [[writer.opening], writer.opening.length];
  for (const write of writes) {
    const piece = writer.encode(write);
    if (bytes + piece.length > PIECE_BYTES) {
      yield Buffer.concat(pieces);
      [pieces, bytes] = [[], 0];
    }
    if (piece.length > PIECE_BYTES) yield piece;
    else {
      pieces.push(piece);
      bytes += piece.length;
    }
  }
  yield Buffer.concat(pieces);
}

function readStart(file: string, length: number): Uint8Array {
  const start = new Uint8Array(length);
  const handle = openSync(file, "r");
  const read = readSync(handle, start);
  closeSync(handle);
  return start.subarray(0, read);
}
