// A stop before every call to the system, at every byte of every write: what is found must be the old or the new log.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Appended, appendRecord, type LogHead, recover, startGeneration } from "../../core/logstore/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { FileLogStorage } from "./index.ts";

/** File name → contents. */
type Disk = ReadonlyMap<string, Uint8Array>;

/** What a machine's stop may leave; filled while `watching`. */
const watch = vi.hoisted(() => ({
  before: (_path: string, _bytes?: Uint8Array, _position?: number) => {},
  synced: (_path: string) => {},
}));

vi.mock("node:fs/promises", async (original) => {
  const real = await original<typeof import("node:fs/promises")>();
  const watched = (handle: FileHandle, path: string): FileHandle =>
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
    open: async (path: string, ...rest: [string | number, number?]) => {
      watch.before(path);
      return watched(await real.open(path, ...rest), path);
    },
    rename: (from: string, to: string) => {
      watch.before(from);
      return real.rename(from, to);
    },
    unlink: (path: string) => {
      watch.before(path);
      return real.unlink(path);
    },
  };
});

let root: string;
let drawn = 0;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "chhaya-crash-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function read(directory: string): Map<string, Uint8Array> {
  const names = readdirSync(directory).filter((name) => !name.startsWith("lock."));
  return new Map(names.map((name) => [name, new Uint8Array(readFileSync(join(directory, name)))]));
}

function place(disk: Disk): string {
  const directory = join(root, `${drawn++}`);
  mkdirSync(directory);
  for (const [name, bytes] of disk) writeFileSync(join(directory, name), bytes);
  return directory;
}

interface Found {
  readonly payloads: readonly Uint8Array[];
  readonly head: LogHead | undefined;
  readonly torn: boolean;
}

/** `bytes` at `position`, or at the end. */
function overwritten(
  contents: Uint8Array = new Uint8Array(0),
  bytes: Uint8Array,
  position = contents.length,
): Uint8Array {
  const result = new Uint8Array(Math.max(contents.length, position + bytes.length));
  result.set(contents);
  result.set(bytes, position);
  return result;
}

/** What recovery finds, which is never damage. */
function found({ anchor, log }: { readonly log: Uint8Array; readonly anchor: Uint8Array | undefined }): Found {
  const { head, payloads, status } = recover(nativeSuite, log, anchor);
  expect(status).not.toBe("damaged");
  return { head, payloads, torn: status === "torn" };
}

const payloadOf = (mark: number): Uint8Array => new Uint8Array(3).fill(mark);

/** What the engine would write after a start from `head`: it rewrites a log that it found torn. */
function next({ head, torn }: Found, kind: "append" | "replace", mark: number): Appended & { kind: typeof kind } {
  const payload = payloadOf(mark);
  if (head === undefined) return { ...startGeneration(nativeSuite, 1, payload), kind };
  return kind === "append" && !torn
    ? { ...appendRecord(nativeSuite, head, payload), kind }
    : { ...startGeneration(nativeSuite, head.generation + 1, payload), kind: "replace" };
}

/**
 * Every state that stopping the write of `kind` to `disk` may leave, and last the state after it. A process's end
 * leaves all that was called for; a power failure perhaps only what was synced, under new names or old ones.
 */
async function crash(disk: Disk, kind: "append" | "replace", mark: number, stepBytes = 1): Promise<Disk[]> {
  const directory = place(disk);
  const inode = (name: string): number => statSync(join(directory, name)).ino;
  const durable = new Map([...disk].map(([name, bytes]) => [inode(name), bytes]));
  let names = new Map([...disk.keys()].map((name) => [name, inode(name)]));
  const states = new Map<string, Disk>();
  const keep = (state: Disk): void => {
    const lines = [...state].map(([name, bytes]) => `${name} ${Buffer.from(bytes).toString("hex")}`);
    states.set(lines.sort().join("\n"), state);
  };
  const storage = FileLogStorage.open(directory);
  watch.before = (path, bytes, position) => {
    const present = read(directory);
    keep(present);
    keep(new Map([...present.keys()].map((name) => [name, durable.get(inode(name)) ?? new Uint8Array(0)])));
    keep(new Map([...names].map(([name, ino]) => [name, durable.get(ino) ?? new Uint8Array(0)])));
    if (bytes === undefined) return;
    const file = basename(path);
    for (let cut = 1; cut <= bytes.length; cut += stepBytes) {
      keep(new Map(present).set(file, overwritten(present.get(file), bytes.subarray(0, cut), position)));
    }
  };
  watch.synced = (path) => {
    const present = read(directory);
    if (dirname(path) === directory) {
      // A log draft keeps its handle, and the handle its first path, when it is renamed.
      const name = present.has(basename(path)) ? basename(path) : basename(path, ".new");
      durable.set(inode(name), present.get(name) as Uint8Array);
    } else names = new Map([...present.keys()].map((name) => [name, inode(name)]));
  };
  const write = next(found(storage.read()), kind, mark);
  const failure = await new Promise((resolve) => storage[write.kind](write.bytes, write.anchor, resolve));
  watch.before = () => {};
  watch.synced = () => {};
  expect(failure).toBeUndefined();
  await storage.close();
  // Acknowledged: a power failure takes nothing of it any more.
  const after = [...names].map(([name, ino]) => [name, durable.get(ino) ?? new Uint8Array(0)] as const);
  return [...states.values(), new Map(after)];
}

async function look(disk: Disk): Promise<Found> {
  const storage = FileLogStorage.open(place(disk));
  const result = found(storage.read());
  await storage.close();
  return result;
}

async function logOf(...kinds: ("append" | "replace")[]): Promise<Disk> {
  let disk: Disk = new Map();
  for (const [index, kind] of kinds.entries()) disk = (await crash(disk, kind, index + 1)).at(-1) as Disk;
  return disk;
}

/** Where two stops are combined, a few cuts of each write stand for all. */
const STEP_BYTES = 25;
const STARTS = [[], ["replace"], ["replace", "append"], ["replace", "append", "replace"]] as const;

test.each(STARTS.flatMap((start) => (["append", "replace"] as const).map((kind) => ({ start, kind }))))(
  "stopped at any moment of the $kind after $start",
  async ({ kind, start }) => {
    const before = await logOf(...start);
    const old = (await look(before)).payloads;
    const states = await crash(before, kind, 9);
    const wanted = kind === "append" ? [...old, payloadOf(9)] : [payloadOf(9)];
    const outcomes = await Promise.all(states.map(async (state) => (await look(state)).payloads));
    expect(states.length).toBeGreaterThan(100);
    for (const payloads of outcomes) expect([old, wanted]).toContainEqual(payloads);
    expect(outcomes[0]).toEqual(old);
    expect(outcomes.at(-1)).toEqual(wanted);
  },
);

test.each(
  ([[], ["replace", "append"]] as const).flatMap((start) =>
    (["append", "replace"] as const).flatMap((first) =>
      (["append", "replace"] as const).map((second) => ({ start, first, second })),
    ),
  ),
)("stopped at any moment of the $first after $start, and again of the $second after that", async (play) => {
  for (const state of await crash(await logOf(...play.start), play.first, 8, STEP_BYTES)) {
    const old = (await look(state)).payloads;
    for (const again of await crash(state, play.second, 9, STEP_BYTES)) {
      expect([old, [...old, payloadOf(9)], [payloadOf(9)]]).toContainEqual((await look(again)).payloads);
    }
  }
});
