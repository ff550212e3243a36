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
import { Secret } from "../../core/safety/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { FileLogStorage } from "./index.ts";

const PAYLOADS = [1, 2, 3].map((mark) => new Uint8Array(20).fill(mark));
/** `overhead`: of a file, and of each write in it. */
const LAYOUTS = [
  { what: "plain", key: undefined, names: { anchor: "anchor", log: "log." }, overhead: [0, 0] },
  {
    what: "sealed",
    key: new Secret(new Uint8Array(32).fill(7)),
    names: { anchor: "sealed-anchor", log: "sealed-log." },
    overhead: [56, 72],
  },
] as const;

describe.each(LAYOUTS)("$what", ({ key, names, overhead, what }) => {
  let directory: string;

  beforeEach(() => {
    directory = join(mkdtempSync(join(tmpdir(), "chhaya-storage-")), "log");
  });
  afterEach(() => rmSync(join(directory, ".."), { recursive: true, force: true }));

  logStorageConformance(`FileLogStorage, ${what}`, () => {
    let storage = FileLogStorage.open(directory, key);
    return {
      storage,
      async restart() {
        await storage.close();
        return (storage = FileLogStorage.open(directory, key));
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
  async function writeLog(written = () => {}): Promise<Appended[]> {
    const first = startGeneration(nativeSuite, 1, PAYLOADS[0] as Uint8Array);
    const second = appendRecord(nativeSuite, first.head, PAYLOADS[1] as Uint8Array);
    const third = appendRecord(nativeSuite, second.head, PAYLOADS[2] as Uint8Array);
    const storage = FileLogStorage.open(directory, key);
    const records = [first, second, third];
    for (const record of records) {
      expect(await write(storage, record === first ? "replace" : "append", record)).toBeUndefined();
      written();
    }
    await storage.close();
    return records;
  }

  async function recovered(): Promise<{ status: LogStatus; payloads: readonly Uint8Array[] }> {
    const storage = FileLogStorage.open(directory, key);
    const { anchor, log } = storage.read();
    await storage.close();
    const { payloads, status } = recover(nativeSuite, log, anchor);
    return { payloads, status };
  }

  function logFile(): string {
    return join(directory, readdirSync(directory).find((name) => name.startsWith(names.log)) as string);
  }

  describe("what the disk lost", () => {
    test("a log cut at any byte is damaged, and gives the records before the cut", async () => {
      await writeLog();
      const file = logFile();
      const whole = readFileSync(file);
      const [fileBytes, writeBytes] = overhead;
      const recordBytes = 48 + 20 + writeBytes;
      expect(whole.length).toBe(fileBytes + PAYLOADS.length * recordBytes);
      for (let length = 0; length < whole.length; length++) {
        writeFileSync(file, whole.subarray(0, length));
        const payloads = PAYLOADS.slice(0, Math.max(0, Math.floor((length - fileBytes) / recordBytes)));
        expect(await recovered()).toEqual({ status: "damaged", payloads });
      }
      writeFileSync(file, whole);
      expect(await recovered()).toEqual({ status: "clean", payloads: PAYLOADS });
    });

    test.each([
      ["the log is missing", (file: string) => rmSync(file)],
      ["the anchor is missing", () => rmSync(join(directory, names.anchor))],
      ["the anchor is empty", () => truncateSync(join(directory, names.anchor))],
      ["the anchor is cut", () => truncateSync(join(directory, names.anchor), 79)],
      ["the anchor is altered", () => writeFileSync(join(directory, names.anchor), new Uint8Array(5_000))],
      [
        "the log is missing and the anchor altered",
        (file: string) => {
          rmSync(file);
          writeFileSync(join(directory, names.anchor), new Uint8Array(5_000));
        },
      ],
    ])("%s: damaged, and never taken for new", async (_what, harm) => {
      await writeLog();
      harm(logFile());
      expect((await recovered()).status).toBe("damaged");
    });

    test("a bit that flipped anywhere in the log is found, and costs no record before it", async () => {
      await writeLog();
      const file = logFile();
      const whole = readFileSync(file);
      const [fileBytes, writeBytes] = overhead;
      for (let at = 0; at < whole.length; at++) {
        const flipped = Uint8Array.from(whole);
        flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
        writeFileSync(file, flipped);
        const intact = Math.max(0, Math.floor((at - fileBytes) / (48 + 20 + writeBytes)));
        expect(await recovered()).toEqual({ status: "damaged", payloads: PAYLOADS.slice(0, intact) });
      }
    });

    test("a bit that flipped anywhere in the anchor costs nothing, since there is the one before", async () => {
      await writeLog();
      const file = join(directory, names.anchor);
      const whole = readFileSync(file);
      for (const slot of [0, 4_096]) {
        const slotBytes = slot === 0 ? whole.indexOf(new Uint8Array(200)) : whole.length - slot;
        expect(slotBytes).toBeGreaterThan(70);
        for (let at = slot; at < slot + slotBytes; at++) {
          const flipped = Uint8Array.from(whole);
          flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
          writeFileSync(file, flipped);
          expect(await recovered()).toEqual({ status: "clean", payloads: PAYLOADS });
        }
      }
    });

    test("an anchor from two writes before is found, and so is a log from one", async () => {
      const logs: Buffer[] = [];
      const anchors: Buffer[] = [];
      await writeLog(() => {
        logs.push(readFileSync(logFile()));
        anchors.push(readFileSync(join(directory, names.anchor)));
      });
      const both = async (log: number, anchor: number) => {
        writeFileSync(logFile(), logs[log] as Buffer);
        writeFileSync(join(directory, names.anchor), anchors[anchor] as Buffer);
        return recovered();
      };
      expect(await both(2, 0)).toEqual({ status: "damaged", payloads: PAYLOADS });
      expect(await both(0, 2)).toEqual({ status: "damaged", payloads: PAYLOADS.slice(0, 1) });
      expect(await both(1, 2)).toEqual({ status: "damaged", payloads: PAYLOADS.slice(0, 2) });
      expect(await both(2, 2)).toEqual({ status: "clean", payloads: PAYLOADS });
    });

    test("drafts that a crash left behind are ignored and removed", async () => {
      await writeLog();
      for (const draft of [`${names.log}2.new`, `${names.log}3.new`]) writeFileSync(join(directory, draft), "rest");
      writeFileSync(join(directory, `${names.log}2`), "uncommitted");
      expect(await recovered()).toEqual({ status: "clean", payloads: PAYLOADS });
      expect(readdirSync(directory).sort()).toEqual([names.anchor, "lock.2", `${names.log}1`].sort());
    });
  });

  describe("permissions", () => {
    const modeOf = (path: string): number => statSync(path).mode & 0o777;

    test("the directory is its owner's alone, and so is every file", async () => {
      await writeLog();
      const storage = FileLogStorage.open(directory, key);
      expect(modeOf(directory)).toBe(0o700);
      const modes = readdirSync(directory).map((name) => [name, modeOf(join(directory, name))]);
      await storage.close();
      expect(Object.fromEntries(modes)).toEqual({ [names.anchor]: 0o600, [`${names.log}1`]: 0o600, "lock.2": 0o600 });
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
      const storage = FileLogStorage.open(directory, key);
      const next = appendRecord(nativeSuite, third.head, new Uint8Array(1));
      // The anchor cannot be opened, with the log written already.
      const anchor = join(directory, names.anchor);
      renameSync(anchor, `${anchor} aside`);
      mkdirSync(anchor);
      const failures = await Promise.all([
        write(storage, "append", next),
        write(storage, "replace", startGeneration(nativeSuite, 2, new Uint8Array(1))),
        write(storage, "append", next),
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
      // Nobody was told of it. A sealed log was being copied, and the copy is nothing without its anchor.
      const payloads = key === undefined ? [...PAYLOADS, new Uint8Array(1)] : PAYLOADS;
      expect(await recovered()).toEqual({ status: "clean", payloads });
    });

    test("closing finishes what was asked for before and refuses what comes after", async () => {
      const storage = FileLogStorage.open(directory, key);
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
});
