import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { createDirectory, StorageLocked, syncDirectory, takeLock } from "../storage/index.ts";
import { FolderError, systemCode } from "./folder-error.ts";
import { fromLine, type Line, type LineCode, toLine } from "./line.ts";

const FILE_MODE = 0o600;

const EXPLAINED: Readonly<Record<LineCode, string>> = {
  "line/other-kind": "it begins otherwise, or is too long",
  "line/checksum": "it was mistyped, cut or damaged",
  "line/malformed": "what it says makes no sense",
};

/** Creates the folder if need be, durably and for its owner only. */
export function makeFolder(path: string): void {
  attempt(`cannot create ${path}`, () => createDirectory(path));
}

/** Takes the folder for this process; the function that is returned gives it back. */
export function lockFolder(path: string): () => void {
  try {
    return takeLock(path);
  } catch (failure) {
    if (failure instanceof StorageLocked) throw new FolderError(`${path} is in use`, { cause: failure });
    throw new FolderError(`cannot lock ${path}: ${systemCode(failure)}`, { cause: failure });
  }
}

/** Replaces the file, atomically and durably: after a crash it holds the old value or the new one. Mode 0600. */
export function saveLine<T>(line: Line<T>, file: string, value: T): void {
  attempt(`cannot write ${file}`, () => {
    renameSync(draft(line, file, value), file);
    syncDirectory(dirname(file));
  });
}

/** Like {@link saveLine}, for a file that must not be there yet. */
export function createLine<T>(line: Line<T>, file: string, value: T): void {
  attempt(`cannot create ${file}`, () => {
    const path = draft(line, file, value);
    try {
      linkSync(path, file);
      syncDirectory(dirname(file));
    } finally {
      rmSync(path, { force: true });
    }
  });
}

/** The value that a file holds; undefined when there is no such file. */
export function loadLine<T>(line: Line<T>, file: string): T | undefined {
  const text = attempt(`cannot read ${file}`, () => {
    try {
      const stat = statSync(file);
      return stat.isFile() && stat.size > line.charsMax ? "" : readFileSync(file, "utf8");
    } catch (failure) {
      if (systemCode(failure) === "ENOENT") return undefined;
      throw failure;
    }
  });
  return text === undefined ? undefined : parseLine(line, text, file);
}

/** The value of a line that `source` held, or the one clear line that says why it has none. */
export function parseLine<T>(line: Line<T>, text: string, source: string): T {
  const parsed = fromLine(line, text);
  if (!parsed.ok) throw new FolderError(`${source} does not hold ${line.what}: ${EXPLAINED[parsed.error]}`);
  return parsed.value;
}

/**
 * The value of a line that stands in place of a file's name, or of the line in that file; undefined when there is no
 * such file. `source`: where the word was given. `file`: the word as a path, where it is not one from here.
 */
export function lineOrFile<T>(line: Line<T>, word: string, source: string, file: string = word): T | undefined {
  return word.trimStart().startsWith(`${line.prefix}:`) ? parseLine(line, word, source) : loadLine(line, file);
}

export function removeFile(file: string): void {
  attempt(`cannot remove ${file}`, () => rmSync(file, { force: true }));
}

/** Written and synced, and not yet under its name. */
function draft<T>(line: Line<T>, file: string, value: T): string {
  const path = `${file}.new`;
  rmSync(path, { force: true });
  const handle = openSync(path, "wx", FILE_MODE);
  try {
    writeFileSync(handle, `${toLine(line, value)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return path;
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (failure) {
    if (failure instanceof FolderError) throw failure;
    const code = systemCode(failure);
    throw new FolderError(`${what}: ${code === "EEXIST" ? "it is there already" : code}`, { cause: failure });
  }
}
