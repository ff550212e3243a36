import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Of every file in it: nobody else on the machine reads what a node keeps. */
export const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** Durable itself, or a power failure could take everything in it along. */
export function createDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true, mode: DIRECTORY_MODE });
  chmodSync(directory, DIRECTORY_MODE);
  if (first === undefined) return;
  for (let path = resolve(directory); path.length >= resolve(first).length; path = dirname(path)) {
    syncDirectory(dirname(path));
  }
}

/** The names in it become durable. */
export function syncDirectory(directory: string): void {
  const handle = openSync(directory, "r");
  fsyncSync(handle);
  closeSync(handle);
}
