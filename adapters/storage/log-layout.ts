import { type Commit, decodePlainSlot, encodePlainSlot } from "./anchor-file.ts";
import { StorageFailed } from "./failure.ts";

/** What became durable together: the bytes of one or more appends, and the anchor of the last. */
export interface LogWrite {
  readonly bytes: Uint8Array;
  readonly anchor: Uint8Array;
}

/** One log's file while it is written. */
export interface LogWriter {
  /** What the file begins with. */
  readonly opening: Uint8Array;
  /** What `write` adds to it. */
  encode(write: LogWrite): Uint8Array;
  wipe(): void;
}

/** What a log's file holds. */
export interface FoundLog {
  /** All that was written, to be written again when the log is copied. */
  readonly writes: readonly LogWrite[];
  /** The same as the core wants it; behind it whatever cannot be read, or a mark that stands for it. */
  readonly log: Uint8Array;
  /** Of the log as it is, where the last write tells. */
  readonly anchor: Uint8Array | undefined;
}

/** The files of one layout, so that one is never read as the other. */
interface LogNames {
  readonly anchorName: string;
  readonly logPrefix: string;
  /** Its one group is the epoch. */
  readonly logName: RegExp;
}
export const PLAIN_NAMES: LogNames = { anchorName: "anchor", logPrefix: "log.", logName: /^log\.([1-9]\d{0,8})$/ };
export const SEALED_NAMES: LogNames = {
  anchorName: "sealed-anchor",
  logPrefix: "sealed-log.",
  logName: /^sealed-log\.([1-9]\d{0,8})$/,
};

export function hasLog({ anchorName, logName }: LogNames, files: readonly string[]): boolean {
  return files.some((name) => name === anchorName || logName.test(name));
}

/** How a log and its anchor lie in their files. */
export interface LogLayout extends LogNames {
  /** What every log's file begins with, of this length. */
  readonly openingBytes: number;
  /** What a log that is found when opening may be appended to. */
  readonly continues: boolean;
  /** The most bytes of several appends that become one write; 0: each is one. */
  readonly joinedBytesMax: number;
  /** Throws {@link StorageFailed} when these files are of the other layout, or of another key. */
  check(files: readonly string[], anchor: Uint8Array | undefined, openings: readonly Uint8Array[]): void;
  begin(epoch: number): LogWriter;
  read(file: Uint8Array, epoch: number, commit: Commit | undefined): FoundLog;
  encodeSlot(commit: Commit): Uint8Array;
  decodeSlot(slot: Uint8Array): Commit | undefined;
  wipe(): void;
}

/**
 * Bytes as they are. A write cannot be told from the one after it, so appends are not joined: a crash would leave
 * several records ahead of the anchor, which recovery takes for damage.
 */
export const plainLayout: LogLayout = {
  ...PLAIN_NAMES,
  openingBytes: 0,
  continues: true,
  joinedBytesMax: 0,
  check(files) {
    if (hasLog(SEALED_NAMES, files)) throw new StorageFailed("storage/key-missing");
  },
  begin: () => ({ opening: new Uint8Array(0), encode: ({ bytes }) => bytes, wipe() {} }),
  read: (file, _epoch, commit) => ({
    writes: [{ bytes: file, anchor: new Uint8Array(0) }],
    log: file,
    anchor: commit?.anchor,
  }),
  encodeSlot: encodePlainSlot,
  decodeSlot: decodePlainSlot,
  wipe() {},
};
