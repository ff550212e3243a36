import { randomUUID } from "node:crypto";
import { closeSync, existsSync, fstatSync, openSync, readSync, rmSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { dirname } from "node:path";
import { assert, type Secret } from "../../core/safety/index.ts";
import type { StretchCost } from "../../core/suite/index.ts";
import { BackupChunks, CHUNK_BYTES, HEADER_BYTES_MAX, SEALED_CHUNK_BYTES } from "./backup-chunks.ts";
import { BackupFailed } from "./backup-failure.ts";
import { FILE_MODE, syncDirectory } from "./directory.ts";
import { STRETCH_COST } from "./stretching.ts";
import { publishDraft } from "./whole-file.ts";

/** The longest part, in bytes. */
export const BACKUP_PART_BYTES_MAX: number = 2 ** 28;
/** The longest name of a part, in bytes of UTF-8. */
export const BACKUP_NAME_BYTES_MAX = 255;
/** name length u8 ‖ name ‖ length u32 ‖ bytes. */
const LENGTH_BYTES = 4;

export interface BackupPart {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * One file that holds the parts in order, sealed under a passphrase; mode 0600, durable and under its name when this
 * resolves, and nothing of it when it rejects. Of the parts only one is held at a time. Rejects with
 * {@link BackupFailed} "backup/exists", or what the system or the parts' iterator says.
 */
export async function writeBackup(
  file: string,
  passphrase: Secret,
  parts: Iterable<BackupPart>,
  cost: StretchCost = STRETCH_COST,
): Promise<void> {
  if (existsSync(file)) throw new BackupFailed("backup/exists");
  const draft = `${file}.${randomUUID()}.new`;
  const handle = await open(draft, "wx", FILE_MODE);
  const chunks = BackupChunks.draw(passphrase, cost);
  try {
    await handle.writeFile(chunks.header);
    await writeChunks(handle, chunks, parts);
    await handle.sync();
    await handle.close();
    if (!publishDraft(draft, file)) throw new BackupFailed("backup/exists");
    syncDirectory(dirname(file));
  } finally {
    chunks.wipe();
    await handle.close();
    rmSync(draft, { force: true });
  }
}

/** All parts at once, of a backup that fits into memory. Rejects as {@link backupParts} throws. */
export function readBackup(file: string, passphrase: Secret): Promise<readonly BackupPart[]> {
  return new Promise((resolve) => {
    resolve([...backupParts(file, passphrase)]);
  });
}

/**
 * The parts of a backup, one at a time, after the whole file was found to be as it was written. Throws
 * {@link BackupFailed} before the first part, or what the system says.
 */
export function* backupParts(file: string, passphrase: Secret): Generator<BackupPart> {
  if (!existsSync(file)) throw new BackupFailed("backup/absent");
  const handle = openSync(file, "r");
  try {
    const start = new Uint8Array(HEADER_BYTES_MAX);
    const chunks = BackupChunks.read(passphrase, start.subarray(0, readSync(handle, start, { position: 0 })));
    try {
      for (const chunk of openChunks(handle, chunks)) chunk.fill(0);
      yield* partsOf(openChunks(handle, chunks));
    } finally {
      chunks.wipe();
    }
  } finally {
    closeSync(handle);
  }
}

async function writeChunks(handle: FileHandle, chunks: BackupChunks, parts: Iterable<BackupPart>): Promise<void> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  let filled = 0;
  for (const piece of piecesOf(parts)) {
    for (let at = 0; at < piece.length;) {
      // Only when more is to come is it known that a full chunk is not the last.
      if (filled === CHUNK_BYTES) {
        await handle.writeFile(chunks.seal(chunk, false));
        filled = 0;
      }
      const taken = piece.subarray(at, at + CHUNK_BYTES - filled);
      chunk.set(taken, filled);
      filled += taken.length;
      at += taken.length;
    }
  }
  await handle.writeFile(chunks.seal(chunk.subarray(0, filled), true));
  chunk.fill(0);
}

function* piecesOf(parts: Iterable<BackupPart>): Generator<Uint8Array> {
  for (const { bytes, name } of parts) {
    const encoded = new TextEncoder().encode(name);
    assert(encoded.length <= BACKUP_NAME_BYTES_MAX, "name of a part exceeds its limit");
    assert(bytes.length <= BACKUP_PART_BYTES_MAX, "part of a backup exceeds its limit");
    const length = new Uint8Array(LENGTH_BYTES);
    new DataView(length.buffer).setUint32(0, bytes.length);
    yield Buffer.concat([Uint8Array.of(encoded.length), encoded, length]);
    yield bytes;
  }
}

function* openChunks(handle: number, chunks: BackupChunks): Generator<Uint8Array> {
  chunks.rewind();
  const { size } = fstatSync(handle);
  const sealed = new Uint8Array(SEALED_CHUNK_BYTES);
  for (let position = chunks.header.length, isLast = false; !isLast; position += SEALED_CHUNK_BYTES) {
    const read = readSync(handle, sealed, { position });
    isLast = position + read >= size;
    yield chunks.open(sealed.subarray(0, read), isLast);
  }
}

function* partsOf(chunks: Iterable<Uint8Array>): Generator<BackupPart> {
  const stream = new ChunkStream(chunks);
  for (let nameLength = stream.take(1)[0]; nameLength !== undefined; nameLength = stream.take(1)[0]) {
    const name = stream.takeWhole(nameLength);
    const length = new DataView(stream.takeWhole(LENGTH_BYTES).buffer).getUint32(0);
    // It was sealed by who knows the passphrase: a mistake of a program, not an attack, but no reason to reserve memory.
    if (length > BACKUP_PART_BYTES_MAX) throw new BackupFailed("backup/damaged");
    yield { name: new TextDecoder().decode(name), bytes: stream.takeWhole(length) };
  }
}

/** Bytes of a sequence of chunks, by count. */
class ChunkStream {
  readonly #chunks: Iterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(chunks: Iterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.iterator]();
  }

  /** So many, or what is left at the end. */
  take(length: number): Uint8Array {
    const taken = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.#rest.length === 0) {
        const { done, value } = this.#chunks.next();
        if (done === true) break;
        this.#rest = value;
        continue;
      }
      const piece = this.#rest.subarray(0, length - filled);
      taken.set(piece, filled);
      filled += piece.length;
      this.#rest = this.#rest.subarray(piece.length);
    }
    return taken.subarray(0, filled);
  }

  takeWhole(length: number): Uint8Array {
    const taken = this.take(length);
    if (taken.length < length) throw new BackupFailed("backup/damaged");
    return taken;
  }
}
