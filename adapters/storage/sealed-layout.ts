import { ANCHOR_BYTES, LOG_RECORD_BYTES_MAX, RECORD_HEADER_BYTES } from "../../core/logstore/index.ts";
import type { Secret } from "../../core/safety/index.ts";
import { type Commit, COMMIT_BYTES, decodeCommit, encodeCommit, slotsOf } from "./anchor-file.ts";
import { StorageFailed } from "./failure.ts";
import {
  type FoundLog,
  hasLog,
  type LogLayout,
  type LogWrite,
  type LogWriter,
  PLAIN_NAMES,
  SEALED_NAMES,
} from "./log-layout.ts";
import { FRAME_OVERHEAD_BYTES, readSeal, SEAL_BYTES, SealWriter, subkey } from "./sealing.ts";

const LENGTH_BYTES = 4;
const SLOT_SEALED_BYTES: number = SEAL_BYTES + COMMIT_BYTES + FRAME_OVERHEAD_BYTES;
/** Appends are joined up to this size: a tenth of a second of a slow disk, and what damage to one frame may hide. */
const JOINED_BYTES_MAX = 2 ** 20;
const FRAME_BYTES_MAX: number = ANCHOR_BYTES + RECORD_HEADER_BYTES + LOG_RECORD_BYTES_MAX + FRAME_OVERHEAD_BYTES;

/**
 * What stands in the core's log for bytes that nobody can vouch for. No record begins so, whatever came before, and
 * nothing of what is on the disk is passed on. Recovery looks whether enough bytes for a header follow: with less, it
 * is an unfinished write.
 */
const UNFINISHED: Uint8Array = new Uint8Array(1).fill(0xff);
const ALTERED: Uint8Array = new Uint8Array(RECORD_HEADER_BYTES).fill(0xff);

/**
 * Everything sealed, adapters/storage/SPEC.md. Each log's file has a key of its own, which only the process that
 * began the file ever seals under.
 */
export class SealedLayout implements LogLayout {
  readonly anchorName: string = SEALED_NAMES.anchorName;
  readonly logPrefix: string = SEALED_NAMES.logPrefix;
  readonly logName: RegExp = SEALED_NAMES.logName;
  readonly openingBytes: number = SEAL_BYTES;
  readonly continues = false;
  readonly joinedBytesMax: number = JOINED_BYTES_MAX;
  readonly #logKey: Secret;
  readonly #anchorKey: Secret;

  /** Derives what it needs: `key` may be wiped afterwards. */
  constructor(key: Secret) {
    this.#logKey = subkey(key, "storage log");
    this.#anchorKey = subkey(key, "storage anchor");
  }

  check(files: readonly string[], anchor: Uint8Array | undefined, openings: readonly Uint8Array[]): void {
    if (hasLog(PLAIN_NAMES, files)) throw new StorageFailed("storage/not-sealed");
    const slots = anchor === undefined ? [] : slotsOf(anchor);
    const found = [
      ...openings.map((opening) => readSeal(this.#logKey, "storage log", opening)),
      ...slots.map((slot) => readSeal(this.#anchorKey, "storage anchor", slot)),
    ];
    const readers = found.filter((seal) => typeof seal !== "string");
    for (const reader of readers) reader.wipe();
    // With one that fits, the key is right, and what does not fit was put there.
    if (readers.length === 0 && found.includes("other-key")) throw new StorageFailed("storage/key-wrong");
  }

  begin(epoch: number): LogWriter {
    const writer = new SealWriter(this.#logKey, "storage log");
    const ad = uint32(epoch);
    return {
      opening: writer.header,
      encode: ({ anchor, bytes }) => {
        const plaintext = new Uint8Array(anchor.length + bytes.length);
        plaintext.set(anchor);
        plaintext.set(bytes, anchor.length);
        const sealed = writer.seal(ad, plaintext);
        plaintext.fill(0);
        const frame = new Uint8Array(LENGTH_BYTES + sealed.length);
        frame.set(uint32(sealed.length));
        frame.set(sealed, LENGTH_BYTES);
        return frame;
      },
      wipe: () => writer.wipe(),
    };
  }

  read(file: Uint8Array, epoch: number, commit: Commit | undefined): FoundLog {
    const { lastAt, tail, writes } = this.#frames(file, epoch);
    const log = new Uint8Array(writes.reduce((sum, { bytes }) => sum + bytes.length, tail.length));
    let offset = 0;
    for (const { bytes } of writes) {
      log.set(bytes, offset);
      offset += bytes.length;
    }
    log.set(tail, offset);
    // One whole write ahead of its commit is what a crash leaves; it brings its anchor along, however many appends
    // it joined. Any other difference is the core's to judge.
    const last = tail.length === 0 && commit?.epoch === epoch && commit.length === lastAt ? writes.at(-1) : undefined;
    return { writes, log, anchor: last?.anchor ?? commit?.anchor };
  }

  #frames(file: Uint8Array, epoch: number) {
    const writes: LogWrite[] = [];
    let [at, lastAt] = [SEAL_BYTES, 0];
    const ended = (tail: Uint8Array) => ({ writes, lastAt, tail });
    if (file.length === 0) return ended(file);
    if (file.length < SEAL_BYTES) return ended(UNFINISHED);
    const reader = readSeal(this.#logKey, "storage log", file);
    if (typeof reader === "string") return ended(ALTERED);
    const ad = uint32(epoch);
    const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
    let tail: Uint8Array | undefined;
    while (at < file.length && tail === undefined) {
      const length = file.length - at < LENGTH_BYTES ? 0 : view.getUint32(at);
      const end = at + LENGTH_BYTES + length;
      if (end > file.length && length <= FRAME_BYTES_MAX) tail = UNFINISHED;
      else {
        const plaintext = reader.open(ad, file.subarray(at + LENGTH_BYTES, end));
        if (plaintext === undefined || plaintext.length < ANCHOR_BYTES) tail = ALTERED;
        else {
          writes.push({ anchor: plaintext.subarray(0, ANCHOR_BYTES), bytes: plaintext.subarray(ANCHOR_BYTES) });
          [at, lastAt] = [end, at];
        }
      }
    }
    reader.wipe();
    return ended(tail ?? new Uint8Array(0));
  }

  encodeSlot(commit: Commit): Uint8Array {
    // A commit's number may come again after a crash with another commit, so the key is one commit's alone.
    const writer = new SealWriter(this.#anchorKey, "storage anchor");
    const slot = Uint8Array.of(...writer.header, ...writer.seal(new Uint8Array(0), encodeCommit(commit)));
    writer.wipe();
    return slot;
  }

  decodeSlot(slot: Uint8Array): Commit | undefined {
    if (slot.length < SLOT_SEALED_BYTES) return undefined;
    const reader = readSeal(this.#anchorKey, "storage anchor", slot);
    if (typeof reader === "string") return undefined;
    const bytes = reader.open(new Uint8Array(0), slot.subarray(SEAL_BYTES, SLOT_SEALED_BYTES));
    reader.wipe();
    return bytes === undefined ? undefined : decodeCommit(bytes);
  }

  wipe(): void {
    this.#logKey.wipe();
    this.#anchorKey.wipe();
  }
}

function uint32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}
