import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  type Appended,
  appendRecord,
  LOG_RECORD_BYTES_MAX,
  type LogStatus,
  recover,
  startGeneration,
} from "../../core/logstore/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { newestCommit } from "./anchor-file.ts";
import { FileLogStorage } from "./index.ts";
import { SealedLayout } from "./sealed-layout.ts";

const SEED = 3;
const keyOf = (mark: number): Secret => new Secret(new Uint8Array(32).fill(mark));
const KEY = keyOf(1);
const PAYLOADS = [1, 2, 3, 4].map((mark) => new Uint8Array(40).fill(0xe0 + mark));
const HEADER_BYTES = 56;
const FRAME_BYTES: number = 4 + 52 + 48 + 40 + 16;

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "chhaya-sealed-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function recordsOf(payloads: readonly Uint8Array[], generation = 1): Appended[] {
  const records = [startGeneration(nativeSuite, generation, payloads[0] as Uint8Array)];
  for (const payload of payloads.slice(1)) {
    records.push(appendRecord(nativeSuite, (records.at(-1) as Appended).head, payload));
  }
  return records;
}

type Calls = (Error | undefined)[];

/** Asks for all at once: those that may be are joined. */
function writeAll(storage: FileLogStorage, records: readonly Appended[]): Promise<Calls> {
  const write = ({ anchor, bytes, head }: Appended): Promise<Error | undefined> =>
    new Promise((resolve) => storage[head.sequence === 0 ? "replace" : "append"](bytes, anchor, resolve));
  return Promise.all(records.map(write));
}

/** Of PAYLOADS, each written alone by one process. */
async function writeLog(payloads: readonly Uint8Array[] = PAYLOADS, key: Secret = KEY): Promise<void> {
  const storage = FileLogStorage.open(directory, key);
  for (const record of recordsOf(payloads)) expect(await writeAll(storage, [record])).toEqual([undefined]);
  await storage.close();
}

async function recovered(): Promise<{ status: LogStatus; payloads: readonly Uint8Array[] }> {
  const storage = FileLogStorage.open(directory, KEY);
  const { anchor, log } = storage.read();
  await storage.close();
  const { payloads, status } = recover(nativeSuite, log, anchor);
  return { payloads, status };
}

const logFile = (): string =>
  join(directory, readdirSync(directory).find((name) => name.startsWith("sealed-log.")) as string);
const anchorFile = (): string => join(directory, "sealed-anchor");
const contents = (): Record<string, Buffer> =>
  Object.fromEntries(
    readdirSync(directory)
      .filter((name) => !name.startsWith("lock."))
      .map((name) => [name, readFileSync(join(directory, name))]),
  );

/** The log's header and its frames. */
function framesOf(log: Buffer): Buffer[] {
  const count = (log.length - HEADER_BYTES) / FRAME_BYTES;
  return [
    log.subarray(0, HEADER_BYTES),
    ...Array.from({ length: count }, (_, at) =>
      log.subarray(HEADER_BYTES + at * FRAME_BYTES, HEADER_BYTES + (at + 1) * FRAME_BYTES),
    ),
  ];
}

describe("what is on the disk", () => {
  test("shows nothing of records or anchors, and equal records look different", async () => {
    await writeLog([1, 1, 1, 1].map(() => PAYLOADS[0] as Uint8Array));
    const [log, anchor] = [readFileSync(logFile()), readFileSync(anchorFile())];
    expect(log.length).toBe(HEADER_BYTES + 4 * FRAME_BYTES);
    for (const file of [log, anchor]) {
      for (const { anchor: plain, bytes } of recordsOf(PAYLOADS)) {
        for (const part of [plain.subarray(0, 12), plain.subarray(12, 20), bytes.subarray(48, 56)]) {
          expect(file.indexOf(part)).toBe(-1);
        }
      }
    }
    const frames = framesOf(log).slice(1);
    const blocks = frames.flatMap((frame) => [4, 20, 36, 60, 100].map((at) => frame.toString("hex", at, at + 16)));
    expect(new Set(blocks).size).toBe(blocks.length);
  });

  test("two logs of the same records under the same key have nothing in common", async () => {
    const logs = [];
    for (let round = 0; round < 2; round++) {
      await writeLog();
      logs.push(readFileSync(logFile()));
      for (const name of readdirSync(directory)) rmSync(join(directory, name));
    }
    const [one, other] = logs as [Buffer, Buffer];
    for (let at = 0; at + 8 <= HEADER_BYTES; at += 8) {
      expect(one.toString("hex", at, at + 8)).not.toBe(other.toString("hex", at, at + 8));
    }
    for (let at = HEADER_BYTES + 4; at + 16 < FRAME_BYTES; at += 16) {
      expect(one.toString("hex", at, at + 16)).not.toBe(other.toString("hex", at, at + 16));
    }
  });

  test("a log that was opened again goes on in another file", async () => {
    await writeLog(PAYLOADS.slice(0, 2));
    const before = framesOf(readFileSync(logFile()));
    const storage = FileLogStorage.open(directory, KEY);
    expect(await writeAll(storage, recordsOf(PAYLOADS).slice(2))).toEqual([undefined, undefined]);
    await storage.close();
    expect(readdirSync(directory).filter((name) => name.startsWith("sealed-log."))).toEqual(["sealed-log.2"]);
    const after = readFileSync(logFile());
    for (const part of before) expect(after.indexOf(part.subarray(4, 36))).toBe(-1);
    expect(await recovered()).toEqual({ status: "clean", payloads: PAYLOADS });
  });
});

describe("frames that are not where they were sealed", () => {
  const moved: Record<string, (frames: Buffer[], foreign: Buffer[]) => Buffer[]> = {
    swapped: (frames) => frames.with(2, frames[3] as Buffer).with(3, frames[2] as Buffer),
    repeated: (frames) => frames.toSpliced(2, 0, frames[1] as Buffer),
    dropped: (frames) => frames.toSpliced(2, 1),
    "of another log under the same key": (frames, foreign) => frames.with(2, foreign[2] as Buffer),
  };

  test.each(Object.entries(moved))("%s: damaged, and nothing from there on is believed", async (_what, move) => {
    await writeLog();
    const foreign = framesOf(readFileSync(logFile()));
    for (const name of readdirSync(directory)) rmSync(join(directory, name));
    await writeLog();
    writeFileSync(logFile(), Buffer.concat(move(framesOf(readFileSync(logFile())), foreign)));
    // Not left to the core's chain: it sees the first record, and a mark for what follows.
    expect(new SealedLayout(KEY).read(readFileSync(logFile()), 1, undefined).log).toHaveLength(88 + 48);
    expect(await recovered()).toEqual({ status: "damaged", payloads: PAYLOADS.slice(0, 1) });
  });

  test("a log under the number of another epoch is believed in nothing", async () => {
    await writeLog();
    const log = readFileSync(logFile());
    const storage = FileLogStorage.open(directory, KEY);
    expect(await writeAll(storage, recordsOf(PAYLOADS, 2).slice(0, 1))).toEqual([undefined]);
    await storage.close();
    writeFileSync(logFile(), log);
    expect(await recovered()).toEqual({ status: "damaged", payloads: [] });
  });

  test("records in clear behind the sealed ones are not believed", async () => {
    await writeLog(PAYLOADS.slice(0, 2));
    const next = recordsOf(PAYLOADS)[2] as Appended;
    writeFileSync(logFile(), Buffer.concat([readFileSync(logFile()), next.bytes]));
    expect(await recovered()).toEqual({ status: "torn", payloads: PAYLOADS.slice(0, 2) });
  });

  test("whatever bytes there are, reading is total and believes what was sealed only", () => {
    const layout = new SealedLayout(KEY);
    const writer = layout.begin(1);
    const [first, second] = recordsOf(PAYLOADS) as [Appended, Appended];
    const sealed = Buffer.concat([writer.opening, writer.encode(first), writer.encode(second)]);
    const starts = fc.constantFrom(0, 56, sealed.length - 20, sealed.length).map((end) => sealed.subarray(0, end));
    const lengths = fc.constantFrom(0, 1, 15, 16, 100, 2 ** 26, 2 ** 26 + 1_000, 2 ** 32 - 1).map((length) => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(length);
      return bytes;
    });
    fc.assert(
      fc.property(
        starts,
        fc.array(fc.oneof(lengths, fc.uint8Array({ maxLength: 60 })), { maxLength: 4 }),
        (start, rest) => {
          const file = Buffer.concat([start, ...rest]);
          fc.pre(!sealed.subarray(0, start.length + 1).equals(file.subarray(0, start.length + 1)) || rest.length === 0);
          const found = layout.read(file, 1, undefined);
          const whole = [first, second].slice(0, start.length === sealed.length ? 2 : start.length > 200 ? 1 : 0);
          expect(found.writes.map(({ bytes }) => Buffer.from(bytes))).toEqual(
            whole.map(({ bytes }) => Buffer.from(bytes)),
          );
          expect(recover(nativeSuite, found.log, second.anchor).payloads).toEqual(PAYLOADS.slice(0, whole.length));
          newestCommit(file, (slot) => layout.decodeSlot(slot));
        },
      ),
      { seed: SEED, numRuns: 300 },
    );
  });
});

describe("the key", () => {
  test.each([
    ["another", keyOf(2), "storage/key-wrong"],
    ["none", undefined, "storage/key-missing"],
  ])("%s: refused as such, with nothing touched", async (_what, key, code) => {
    await writeLog();
    writeFileSync(`${logFile()}.new`, "a draft");
    const before = contents();
    expect(() => FileLogStorage.open(directory, key)).toThrow(expect.objectContaining({ code }));
    expect(contents()).toEqual(before);
    expect(await recovered()).toEqual({ status: "clean", payloads: PAYLOADS });
  });

  test.each(["the log alone", "the anchor alone"])("another is told from %s too", async (what) => {
    await writeLog();
    rmSync(what === "the log alone" ? anchorFile() : logFile());
    expect(() => FileLogStorage.open(directory, keyOf(2))).toThrow(
      expect.objectContaining({ code: "storage/key-wrong" }),
    );
    expect(() => FileLogStorage.open(directory)).toThrow(expect.objectContaining({ code: "storage/key-missing" }));
  });

  test("for a plain log is refused: somebody who has no key may have put it there", async () => {
    const storage = FileLogStorage.open(directory);
    await writeAll(storage, recordsOf(PAYLOADS));
    await storage.close();
    const before = contents();
    expect(() => FileLogStorage.open(directory, KEY)).toThrow(expect.objectContaining({ code: "storage/not-sealed" }));
    expect(contents()).toEqual(before);
  });

  test("that is right is not taken for wrong, whichever bit flipped", async () => {
    await writeLog();
    const files = [logFile(), anchorFile()];
    for (const file of files) {
      const whole = readFileSync(file);
      for (let at = 0; at < 160; at++) {
        writeFileSync(file, Uint8Array.from(whole).fill((whole[at] as number) ^ 0x40, at, at + 1));
        expect((await recovered()).status).toBe(file === anchorFile() ? "clean" : "damaged");
      }
      writeFileSync(file, whole);
    }
  });

  test("of another log whose file was put here is damage, since the anchor is of this one", async () => {
    await writeLog(PAYLOADS, keyOf(2));
    const foreign = readFileSync(logFile());
    for (const name of readdirSync(directory)) rmSync(join(directory, name));
    await writeLog();
    writeFileSync(logFile(), foreign);
    expect(await recovered()).toEqual({ status: "damaged", payloads: [] });
  });

  test("may be wiped once the log is open", async () => {
    const key = keyOf(1);
    const storage = FileLogStorage.open(directory, key);
    key.wipe();
    expect(await writeAll(storage, recordsOf(PAYLOADS))).toEqual(PAYLOADS.map(() => undefined));
    await storage.close();
    expect(await recovered()).toEqual({ status: "clean", payloads: PAYLOADS });
  });
});

describe("appends that wait for one another", () => {
  test("become one write under the anchor of the last, each called back once and in order", async () => {
    const storage = FileLogStorage.open(directory, KEY);
    const [first, ...rest] = recordsOf([...PAYLOADS, ...PAYLOADS]) as [Appended, ...Appended[]];
    const calls: number[] = [];
    storage.replace(first.bytes, first.anchor, () => calls.push(0));
    for (const [at, { anchor, bytes }] of rest.entries()) storage.append(bytes, anchor, () => calls.push(at + 1));
    await expect.poll(() => calls.length, { interval: 1, timeout: 10_000 }).toBe(8);
    expect(calls).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    await storage.close();
    // One frame for the first, and one for the other seven.
    expect(statSync(logFile()).size).toBe(HEADER_BYTES + 2 * (FRAME_BYTES - 88) + 8 * 88);
    expect(await recovered()).toEqual({ status: "clean", payloads: [...PAYLOADS, ...PAYLOADS] });
  });

  test("are one write of at most a mebibyte", async () => {
    const storage = FileLogStorage.open(directory, KEY);
    const payloads = [1, 2, 3, 4].map((mark) => new Uint8Array(400_000).fill(mark));
    expect(await writeAll(storage, recordsOf(payloads))).toEqual(payloads.map(() => undefined));
    await storage.close();
    expect(statSync(logFile()).size).toBe(HEADER_BYTES + 3 * (FRAME_BYTES - 88) + 4 * 400_048);
    expect(await recovered()).toEqual({ status: "clean", payloads });
  });
});

test("a snapshot of the greatest size is sealed, found again and appended to", async () => {
  const payload = new Uint8Array(LOG_RECORD_BYTES_MAX).fill(9);
  await writeLog([payload]);
  const storage = FileLogStorage.open(directory, KEY);
  expect(await writeAll(storage, recordsOf([payload, PAYLOADS[0] as Uint8Array]).slice(1))).toEqual([undefined]);
  const { anchor, log } = storage.read();
  await storage.close();
  const { payloads, status } = recover(nativeSuite, log, anchor);
  expect(status).toBe("clean");
  expect(payloads.map(({ length }) => length)).toEqual([LOG_RECORD_BYTES_MAX, 40]);
  expect(Buffer.compare(payloads[0] as Uint8Array, payload)).toBe(0);
});
