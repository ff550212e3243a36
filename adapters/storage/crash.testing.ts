// A stop before every call to the system, at every byte of every write: what is found must be the old or the new log.
import { rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Appended, appendRecord, type LogHead, recover, startGeneration } from "../../core/logstore/index.ts";
import type { Secret } from "../../core/safety/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { type Disk, newRoot, overwritten, placeDisk, readDisk, watch } from "./disk.testing.ts";
import { FileLogStorage } from "./index.ts";
import { SealedUses } from "./sealed-uses.testing.ts";

/** "appends": three at once, of which those after the first may become one write. */
type Kind = "append" | "replace" | "appends";

interface Found {
  readonly payloads: readonly Uint8Array[];
  readonly head: LogHead | undefined;
  readonly torn: boolean;
}

const payloadOf = (mark: number): Uint8Array => new Uint8Array(3).fill(mark);
const payloadsOf = (kind: Kind, mark: number): Uint8Array[] =>
  (kind === "appends" ? [mark, mark + 1, mark + 2] : [mark]).map(payloadOf);

/** Where two stops or several writes are combined, a few cuts of each write stand for all. */
const STEP_BYTES = 25;

/** The file that calls it has `node:fs/promises` watched. */
export function crashTests(key: Secret | undefined): void {
  let root: string;
  let drawn = 0;
  let uses: SealedUses;
  beforeEach(() => {
    root = newRoot();
    uses = new SealedUses();
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  function place(disk: Disk): string {
    const directory = join(root, `${drawn++}`);
    placeDisk(disk, directory);
    return directory;
  }

  /**
   * Every state that stopping the write of `kind` to `disk` may leave, and last the state after it. A process's end
   * leaves all that was called for; a power failure perhaps only what was synced, under new names or old ones.
   */
  async function crash(disk: Disk, kind: Kind, mark: number, stepBytes = 1): Promise<Disk[]> {
    const directory = place(disk);
    const inode = (name: string): number => statSync(join(directory, name)).ino;
    const durable = new Map([...disk].map(([name, bytes]) => [inode(name), bytes]));
    let names = new Map([...disk.keys()].map((name) => [name, inode(name)]));
    const states = new Map<string, Disk>();
    const keep = (state: Disk): void => {
      const lines = [...state].map(([name, bytes]) => `${name} ${Buffer.from(bytes).toString("hex")}`);
      states.set(lines.sort().join("\n"), state);
      uses.noteLogs(state);
    };
    const storage = FileLogStorage.open(directory, key);
    watch.before = (path, bytes, position) => {
      const present = readDisk(directory);
      keep(present);
      keep(new Map([...present.keys()].map((name) => [name, durable.get(inode(name)) ?? new Uint8Array(0)])));
      keep(new Map([...names].map(([name, ino]) => [name, durable.get(ino) ?? new Uint8Array(0)])));
      if (bytes === undefined) return;
      const file = basename(path);
      if (file === "sealed-anchor") uses.noteSlot(bytes);
      for (let cut = 1; cut <= bytes.length; cut += stepBytes) {
        keep(new Map(present).set(file, overwritten(present.get(file), bytes.subarray(0, cut), position)));
      }
    };
    watch.synced = (path) => {
      const present = readDisk(directory);
      if (dirname(path) === directory) {
        // A log draft keeps its handle, and the handle its first path, when it is renamed.
        const name = present.has(basename(path)) ? basename(path) : basename(path, ".new");
        durable.set(inode(name), present.get(name) as Uint8Array);
      } else names = new Map([...present.keys()].map((name) => [name, inode(name)]));
    };
    const writes = next(found(storage.read()), kind, mark);
    const failures = await Promise.all(
      writes.map((write) => new Promise((resolve) => storage[write.kind](write.bytes, write.anchor, resolve))),
    );
    watch.before = () => {};
    watch.synced = () => {};
    expect(failures).toEqual(writes.map(() => undefined));
    await storage.close();
    // Acknowledged: a power failure takes nothing of it any more.
    const after = new Map([...names].map(([name, ino]) => [name, durable.get(ino) ?? new Uint8Array(0)] as const));
    keep(after);
    return [...states.values(), after];
  }

  async function look(disk: Disk): Promise<Found> {
    const storage = FileLogStorage.open(place(disk), key);
    const result = found(storage.read());
    await storage.close();
    return result;
  }

  async function logOf(...kinds: Kind[]): Promise<Disk> {
    let disk: Disk = new Map();
    for (const [index, kind] of kinds.entries()) disk = (await crash(disk, kind, index + 1)).at(-1) as Disk;
    return disk;
  }

  const starts: readonly (readonly Kind[])[] = [
    [],
    ["replace"],
    ["replace", "append"],
    ["replace", "append", "replace"],
  ];
  const moments = starts.flatMap((start) =>
    (["append", "replace", "appends"] as const).map((kind) => ({ start, kind })),
  );

  test.each(moments)("stopped at any moment of the $kind after $start", async ({ kind, start }) => {
    const before = await logOf(...start);
    const old = (await look(before)).payloads;
    const states = await crash(before, kind, 9, kind === "appends" ? STEP_BYTES : 1);
    const added = payloadsOf(kind, 9);
    const whole = kind === "replace" ? added : [...old, ...added];
    // A joined write is found wholly or not at all; plain logs join nothing.
    const parts = key === undefined ? [1, 2, 3] : start.length === 0 ? [1, 3] : [3];
    const allowed = kind === "replace" ? [whole] : parts.map((count) => [...old, ...added.slice(0, count)]);
    const outcomes = await Promise.all(states.map(async (state) => (await look(state)).payloads));
    expect(states.length).toBeGreaterThan(kind === "appends" ? 10 : 80);
    for (const payloads of outcomes) expect([old, ...allowed]).toContainEqual(payloads);
    expect(outcomes[0]).toEqual(old);
    expect(outcomes.at(-1)).toEqual(whole);
    expect(uses.conflicts).toEqual([]);
  });

  const pairs = ([[], ["replace", "append"]] as const).flatMap((start) =>
    (["append", "replace"] as const).flatMap((first) =>
      (["append", "replace"] as const).map((second) => ({ start, first, second })),
    ),
  );
  test.each(pairs)(
    "stopped at any moment of the $first after $start, and again of the $second after that",
    async (play) => {
      for (const state of await crash(await logOf(...play.start), play.first, 8, STEP_BYTES)) {
        const old = (await look(state)).payloads;
        for (const again of await crash(state, play.second, 9, STEP_BYTES)) {
          expect([old, [...old, payloadOf(9)], [payloadOf(9)]]).toContainEqual((await look(again)).payloads);
        }
      }
      expect(uses.conflicts).toEqual([]);
      expect(uses.count > 0).toBe(key !== undefined);
    },
  );
}

/** What recovery finds, which is never damage. */
function found({ anchor, log }: { readonly log: Uint8Array; readonly anchor: Uint8Array | undefined }): Found {
  const { head, payloads, status } = recover(nativeSuite, log, anchor);
  expect(status).not.toBe("damaged");
  return { head, payloads, torn: status === "torn" };
}

/** What the engine would write after a start from `head`: it rewrites a log that it found torn. */
function next({ head, torn }: Found, kind: Kind, mark: number): (Appended & { readonly kind: "append" | "replace" })[] {
  const [first, ...rest] = payloadsOf(kind, mark) as [Uint8Array, ...Uint8Array[]];
  const rewrite = head === undefined || torn || kind === "replace";
  const writes: (Appended & { readonly kind: "append" | "replace" })[] = [
    rewrite
      ? {
          ...startGeneration(nativeSuite, (head?.generation ?? 0) + 1, first),
          kind: head === undefined ? "append" : "replace",
        }
      : { ...appendRecord(nativeSuite, head, first), kind: "append" },
  ];
  for (const payload of rest) {
    const { head: last } = writes.at(-1) as Appended;
    writes.push({ ...appendRecord(nativeSuite, last, payload), kind: "append" });
  }
  return writes;
}
