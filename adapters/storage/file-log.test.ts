import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { logStorageConformance } from "../../core/node/conformance.testing.ts";
import { appendRecord, type Appended, type LogStatus, recover, startGeneration } from "../../core/logstore/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { FileLogStorage } from "./index.ts";

const PAYLOADS = [1, 2, 3].map((mark) => new Uint8Array(20).fill(mark));
let directory: string;

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "chhaya-storage-")), "log");
});
afterEach(() => rmSync(join(directory, ".."), { recursive: true, force: true }));

logStorageConformance("FileLogStorage", () => {
  let storage = FileLogStorage.open(directory);
  return {
    storage,
    async restart() {
      await storage.close();
      return (storage = FileLogStorage.open(directory));
    },
    settle: (reached) => expect.poll(reached, { interval: 1, timeout: 10_000 }).toBe(true),
    end: () => storage.close(),
  };
});

function write(
  storage: FileLogStorage,
  kind: "append" | "replace",
  { anchor, bytes }: { readonly anchor: Uint8Array; readonly bytes: Uint8Array },
): Promise<Error | undefined> {
  return new Promise((resolve) => storage[kind](bytes, anchor, resolve));
}

/** A log of PAYLOADS, closed: a snapshot and two records. */
async function writeLog(): Promise<Appended[]> {
  const first = startGeneration(nativeSuite, 1, PAYLOADS[0] as Uint8Array);
  const second = appendRecord(nativeSuite, first.head, PAYLOADS[1] as Uint8Array);
  const third = appendRecord(nativeSuite, second.head, PAYLOADS[2] as Uint8Array);
  const storage = FileLogStorage.open(directory);
  expect(await write(storage, "replace", first)).toBeUndefined();
  expect(await write(storage, "append", second)).toBeUndefined();
  expect(await write(storage, "append", third)).toBeUndefined();
  await storage.close();
  return [first, second, third];
}

async function recovered(): Promise<{ status: LogStatus; payloads: readonly Uint8Array[] }> {
  const storage = FileLogStorage.open(directory);
  const { anchor, log } = storage.read();
  await storage.close();
  const { payloads, status } = recover(nativeSuite, log, anchor);
  return { payloads, status };
}

function logFile(): string {
  return join(directory, readdirSync(directory).find((name) => name.startsWith("log.")) as string);
}

describe("what the disk lost", () => {
  test("a log cut at any byte is damaged, and gives the records before the cut", async () => {
    await writeLog();
    const file = logFile();
    const whole = readFileSync(file);
    const recordBytes = whole.length / PAYLOADS.length;
    for (let length = 0; length < whole.length; length++) {
      writeFileSync(file, whole.subarray(0, length));
      const payloads = PAYLOADS.slice(0, Math.floor(length / recordBytes));
      expect(await recovered()).toEqual({ status: "damaged", payloads });
    }
    writeFileSync(file, whole);
    expect(await recovered()).toEqual({ status: "clean", payloads: PAYLOADS });
  });

  test.each([
    ["the log is missing", (file: string) => rmSync(file)],
    ["the anchor is missing", () => rmSync(join(directory, "anchor"))],
    ["the anchor is empty", () => truncateSync(join(directory, "anchor"))],
    ["the anchor is cut", () => truncateSync(join(directory, "anchor"), 79)],
    ["the anchor is altered", () => writeFileSync(join(directory, "anchor"), new Uint8Array(5_000))],
  ])("%s: damaged, and never taken for new", async (_what, harm) => {
    await writeLog();
    harm(logFile());
    expect((await recovered()).status).toBe("damaged");
  });

  test("drafts that a crash left behind are ignored and removed", async () => {
    await writeLog();
    for (const draft of ["log.2.new", "log.3.new"]) writeFileSync(join(directory, draft), "rest");
    writeFileSync(join(directory, "log.2"), "uncommitted");
    expect(await recovered()).toEqual({ status: "clean", payloads: PAYLOADS });
    expect(readdirSync(directory).sort()).toEqual(["anchor", "lock.2", "log.1"]);
  });
});

describe("permissions", () => {
  const modeOf = (path: string): number => statSync(path).mode & 0o777;

  test("the directory is its owner's alone, and so is every file", async () => {
    await writeLog();
    const storage = FileLogStorage.open(directory);
    expect(modeOf(directory)).toBe(0o700);
    const modes = readdirSync(directory).map((name) => [name, modeOf(join(directory, name))]);
    await storage.close();
    expect(Object.fromEntries(modes)).toEqual({ anchor: 0o600, "log.1": 0o600, "lock.2": 0o600 });
  });

  test("a directory that others could enter is closed to them", async () => {
    await writeLog();
    chmodSync(directory, 0o755);
    await recovered();
    expect(modeOf(directory)).toBe(0o700);
  });
});

describe("stopping", () => {
  test("the failure of a write is reported to its caller, and all later writes are refused", async () => {
    const [, , third] = (await writeLog()) as [Appended, Appended, Appended];
    const storage = FileLogStorage.open(directory);
    const next = appendRecord(nativeSuite, third.head, new Uint8Array(1));
    // The anchor cannot be opened, with the log written already.
    const anchor = join(directory, "anchor");
    renameSync(anchor, `${anchor} aside`);
    mkdirSync(anchor);
    const failures = await Promise.all([
      write(storage, "append", next),
      write(storage, "append", next),
      write(storage, "replace", startGeneration(nativeSuite, 2, new Uint8Array(1))),
    ]);
    expect(failures).toMatchObject([
      { name: "StorageFailed", code: "storage/write-failed", cause: { code: "EISDIR" } },
      { name: "StorageFailed", code: "storage/stopped" },
      { name: "StorageFailed", code: "storage/stopped" },
    ]);
    rmdirSync(anchor);
    renameSync(`${anchor} aside`, anchor);
    expect(await write(storage, "append", next)).toMatchObject({ code: "storage/stopped" });
    await storage.close();
    expect(await recovered()).toEqual({ status: "clean", payloads: [...PAYLOADS, new Uint8Array(1)] });
  });

  test("closing finishes what was asked for before and refuses what comes after", async () => {
    const storage = FileLogStorage.open(directory);
    const first = startGeneration(nativeSuite, 1, PAYLOADS[0] as Uint8Array);
    const before = write(storage, "replace", first);
    const closed = storage.close();
    const after = write(storage, "append", appendRecord(nativeSuite, first.head, new Uint8Array(1)));
    expect(await before).toBeUndefined();
    expect(await after).toMatchObject({ code: "storage/stopped" });
    await Promise.all([closed, storage.close()]);
    expect(await recovered()).toEqual({ status: "clean", payloads: [PAYLOADS[0]] });
  });
});
