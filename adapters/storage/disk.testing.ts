// A disk that is looked at before every call to the system, so that a test can stop the machine there.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** File name → contents. */
export type Disk = ReadonlyMap<string, Uint8Array>;

/** What a machine's stop may leave; filled while it is watched. */
export const watch = {
  before: (_path: string, _bytes?: Uint8Array, _position?: number): void => {},
  synced: (_path: string): void => {},
};

/** A new directory, in memory where the system has that: the stops are the test's own, and a real disk only waits. */
export function newRoot(): string {
  return mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "chhaya-crash-"));
}

/** `node:fs/promises`, watched. */
export function watched(real: typeof import("node:fs/promises")): typeof import("node:fs/promises") {
  const watchedHandle = (handle: FileHandle, path: string): FileHandle =>
    new Proxy(handle, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        return async (...args: unknown[]) => {
          if (name === "writeFile") watch.before(path, args[0] as Uint8Array);
          else if (name === "write") watch.before(path, args[0] as Uint8Array, args[3] as number);
          else watch.before(path);
          const result: unknown = await Reflect.apply(value, target, args);
          if (name === "sync" || name === "datasync") watch.synced(path);
          return result;
        };
      },
    });
  return {
    ...real,
    open: async (path, ...rest) => {
      watch.before(`${path}`);
      return watchedHandle(await real.open(path, ...rest), `${path}`);
    },
    rename: (from, to) => {
      watch.before(`${from}`);
      return real.rename(from, to);
    },
    unlink: (path) => {
      watch.before(`${path}`);
      return real.unlink(path);
    },
  };
}

export function readDisk(directory: string): Map<string, Uint8Array> {
  const names = readdirSync(directory).filter((name) => !name.startsWith("lock."));
  return new Map(names.map((name) => [name, new Uint8Array(readFileSync(join(directory, name)))]));
}

export function placeDisk(disk: Disk, directory: string): void {
  mkdirSync(directory);
  for (const [name, bytes] of disk) writeFileSync(join(directory, name), bytes);
}

/** `bytes` at `position`, or at the end. */
export function overwritten(
  contents: Uint8Array = new Uint8Array(0),
  bytes: Uint8Array,
  position: number = contents.length,
): Uint8Array {
  const result = new Uint8Array(Math.max(contents.length, position + bytes.length));
  result.set(contents);
  result.set(bytes, position);
  return result;
}
