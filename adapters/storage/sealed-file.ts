import { basename } from "node:path";
import { assert, type Secret } from "../../core/safety/index.ts";
import { StorageFailed } from "./failure.ts";
import { FRAME_OVERHEAD_BYTES, readSeal, SEAL_BYTES, SealWriter } from "./sealing.ts";
import { readWholeFile, replaceWholeFile } from "./whole-file.ts";

/** The most bytes that a sealed file holds: it is read and written whole. */
export const SEALED_FILE_BYTES_MAX: number = 2 ** 24;

/**
 * A small file that is sealed whole: atomic, and durable when it returns. It is bound to its own name (not to its
 * directory), so that two sealed files cannot be exchanged; an older version of the same file can come back.
 */
export function writeSealedFile(file: string, key: Secret, contents: Uint8Array): void {
  assert(contents.length <= SEALED_FILE_BYTES_MAX, "sealed file exceeds its limit");
  const writer = new SealWriter(key, "storage file");
  replaceWholeFile(file, Buffer.concat([writer.header, writer.seal(nameOf(file), contents)]));
  writer.wipe();
}

/** Undefined when there is no such file. Throws {@link StorageFailed}: "storage/key-wrong" or "storage/damaged". */
export function readSealedFile(file: string, key: Secret): Uint8Array | undefined {
  const bytes = readWholeFile(file, SEAL_BYTES + SEALED_FILE_BYTES_MAX + FRAME_OVERHEAD_BYTES);
  if (bytes === undefined) return undefined;
  const reader = readSeal(key, "storage file", bytes);
  if (reader === "other-key") throw new StorageFailed("storage/key-wrong");
  if (reader === "altered") throw new StorageFailed("storage/damaged");
  const contents = reader.open(nameOf(file), bytes.subarray(SEAL_BYTES));
  reader.wipe();
  if (contents === undefined) throw new StorageFailed("storage/damaged");
  return contents;
}

function nameOf(file: string): Uint8Array {
  return new TextEncoder().encode(basename(file));
}
