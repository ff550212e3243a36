import type { Secret } from "../../core/safety/index.ts";
import { readSealedFile, writeSealedFile } from "../storage/index.ts";

/** A small value that is kept whole; each writing is atomic and durable. */
export interface Cell {
  read(): Uint8Array | undefined;
  write(contents: Uint8Array): void;
}

/** One in a file, under the storage key, which stays the caller's. */
export function sealedCell(file: string, key: Secret): Cell {
  return {
    read: () => readSealedFile(file, key),
    write: (contents) => writeSealedFile(file, key, contents),
  };
}
