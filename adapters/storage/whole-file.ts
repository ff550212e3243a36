import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  linkSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { FILE_MODE, syncDirectory } from "./directory.ts";

/** Small files that are written whole: after a crash the old contents are there, or the new ones. */
const DRAFT_SUFFIX = ".new";

/** Undefined when there is none. Of a file that is longer than `bytesMax`, so many and one more. */
export function readWholeFile(file: string, bytesMax: number): Uint8Array | undefined {
  if (!existsSync(file)) return undefined;
  const handle = openSync(file, "r");
  try {
    const bytes = new Uint8Array(Math.min(fstatSync(handle).size, bytesMax + 1));
    return bytes.subarray(0, readSync(handle, bytes));
  } finally {
    closeSync(handle);
  }
}

/** Durable when it returns. */
export function replaceWholeFile(file: string, contents: Uint8Array): void {
  const draft = writeDraft(file, contents);
  renameSync(draft, file);
  syncDirectory(dirname(file));
}

/** The same, where there is no file of that name: false, and nothing changed, when there is one. */
export function createWholeFile(file: string, contents: Uint8Array): boolean {
  if (existsSync(file)) return false;
  const created = publishDraft(writeDraft(file, contents), file);
  syncDirectory(dirname(file));
  return created;
}

/** Gives a durable draft its name unless another file has it: false then. The draft is gone in any case. */
export function publishDraft(draft: string, file: string): boolean {
  try {
    linkSync(draft, file);
  } catch {
    if (existsSync(file)) return false;
    // No hard links here (FAT, some network file systems). Whatever else is wrong, the system says of this too.
    renameSync(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  return true;
}

function writeDraft(file: string, contents: Uint8Array): string {
  const draft = file + DRAFT_SUFFIX;
  rmSync(draft, { force: true });
  const handle = openSync(draft, "wx", FILE_MODE);
  try {
    writeFileSync(handle, contents);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return draft;
}
