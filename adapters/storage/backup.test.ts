import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Secret } from "../../core/safety/index.ts";
import { BACKUP_PART_BYTES_MAX, type BackupPart, backupParts, readBackup, writeBackup } from "./index.ts";

const SEED = 23;
const cost = { memoryKiB: 8, passes: 1 };
const passphraseOf = (words: string): Secret => new Secret(new TextEncoder().encode(words));
const PASSPHRASE = passphraseOf("some words");
const failing = (code: string): unknown => expect.objectContaining({ name: "BackupFailed", code });
const SEALED_CHUNK_BYTES = 65_552;

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "chhaya-backup-"));
  file = join(directory, "backup");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const partOf = (name: string, length: number, mark = 0xee): BackupPart => ({
  name,
  bytes: new Uint8Array(length).fill(mark),
});
const write = (parts: Iterable<BackupPart>, to = file): Promise<void> => writeBackup(to, PASSPHRASE, parts, cost);

describe("what was written is read", () => {
  test.each([
    ["nothing", []],
    ["an empty part", [partOf("", 0)]],
    ["small parts", [partOf("log", 5, 1), partOf("history/0", 0), partOf("häuser", 300, 2)]],
    ["parts that end with a chunk", [partOf("a", 65_536 - 6), partOf("b", 65_536 - 6)]],
    ["a part of many chunks", [partOf("a", 1_000_000, 3), partOf("b", 1, 4)]],
  ])("%s", async (_what, parts) => {
    await write(parts);
    expect(await readBackup(file, PASSPHRASE)).toEqual(parts);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory)).toEqual(["backup"]);
  });

  test("whatever the parts", async () => {
    const part = fc.record({
      name: fc.string({ unit: "grapheme", maxLength: 20 }),
      bytes: fc.uint8Array({ maxLength: 40 }),
    });
    const property = fc.asyncProperty(
      fc.array(part, { maxLength: 5 }),
      fc.integer({ min: 65_400, max: 65_560 }),
      async (parts, length) => {
        rmSync(file, { force: true });
        const all = [partOf("first", length), ...parts];
        await write(all);
        expect(await readBackup(file, PASSPHRASE)).toEqual(all);
      },
    );
    await fc.assert(property, { seed: SEED, numRuns: 40 });
  });

  test("one part at a time, both ways", async () => {
    let asked = 0;
    await write(
      (function* () {
        for (; asked < 40; asked++) yield partOf(`${asked}`, 70_000, asked);
      })(),
    );
    const parts = backupParts(file, PASSPHRASE);
    expect(parts.next().value).toEqual(partOf("0", 70_000, 0));
    expect(parts.next().value).toEqual(partOf("1", 70_000, 1));
    expect([...parts]).toHaveLength(38);
  });
});

describe("what is not as it was written is refused", () => {
  const PARTS = [partOf("a", 90, 1), partOf("b", 20, 2)];

  test("every byte counts, and every cut", async () => {
    await write(PARTS);
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at++) {
      const code = at < 17 ? "backup/unknown-format" : "backup/damaged";
      writeFileSync(file, Uint8Array.from(whole).fill((whole[at] as number) ^ 1, at, at + 1));
      await expect(readBackup(file, PASSPHRASE)).rejects.toEqual(failing(code));
      writeFileSync(file, whole.subarray(0, at));
      await expect(readBackup(file, PASSPHRASE)).rejects.toEqual(failing(code));
    }
    writeFileSync(file, Buffer.concat([whole, Buffer.alloc(1)]));
    await expect(readBackup(file, PASSPHRASE)).rejects.toEqual(failing("backup/damaged"));
  });

  test.each<[string, (chunks: Buffer[]) => Buffer[]]>([
    ["exchanged", (chunks) => chunks.with(0, chunks[1] as Buffer).with(1, chunks[0] as Buffer)],
    ["missing at the end", (chunks) => chunks.slice(0, -1)],
    ["missing at the beginning", (chunks) => chunks.slice(1)],
    ["missing between", (chunks) => chunks.toSpliced(1, 1)],
    ["there twice", (chunks) => chunks.toSpliced(1, 0, chunks[0] as Buffer)],
    ["there again at the end", (chunks) => [...chunks, chunks.at(-1) as Buffer]],
    ["all missing", () => []],
  ])("chunks that are %s", async (_what, change) => {
    await write([partOf("a", 2 * 65_536 + 100)]);
    const whole = readFileSync(file);
    const headerBytes = whole.length - 2 * SEALED_CHUNK_BYTES - (106 + 16);
    const chunks = [0, 1, 2].map((at) =>
      whole.subarray(headerBytes + at * SEALED_CHUNK_BYTES, headerBytes + (at + 1) * SEALED_CHUNK_BYTES),
    );
    writeFileSync(file, Buffer.concat([whole.subarray(0, headerBytes), ...change(chunks)]));
    const parts = backupParts(file, PASSPHRASE);
    expect(() => parts.next()).toThrow(failing("backup/damaged"));
  });

  test("the last chunk, where those before it make a backup by themselves", async () => {
    await write([partOf("a", 65_536 - 6), partOf("b", 100)]);
    writeFileSync(file, readFileSync(file).subarray(0, -(106 + 16)));
    await expect(readBackup(file, PASSPHRASE)).rejects.toEqual(failing("backup/damaged"));
  });

  test("no part is given of a file whose last byte is altered", async () => {
    await write([partOf("a", 10), partOf("b", 3 * 65_536)]);
    const whole = readFileSync(file);
    const last = whole.length - 1;
    whole[last] = (whole[last] as number) ^ 1;
    writeFileSync(file, whole);
    expect(() => backupParts(file, PASSPHRASE).next()).toThrow(failing("backup/damaged"));
  });

  test("a chunk of another backup under the same passphrase", async () => {
    await write([partOf("a", 200_000, 1)]);
    const other = join(directory, "other");
    await write([partOf("a", 200_000, 1)], other);
    const [one, two] = [readFileSync(file), readFileSync(other)];
    one.set(two.subarray(two.length - 3_000), one.length - 3_000);
    writeFileSync(file, one);
    await expect(readBackup(file, PASSPHRASE)).rejects.toEqual(failing("backup/damaged"));
    expect(one.subarray(30, 62)).not.toEqual(two.subarray(30, 62));
  });

  test("a wrong passphrase is told from damage", async () => {
    await write(PARTS);
    for (const words of ["", "some word", "some words "]) {
      await expect(readBackup(file, passphraseOf(words))).rejects.toEqual(failing("backup/passphrase-wrong"));
    }
  });

  test("what is no backup, absent, or of another version", async () => {
    await expect(readBackup(file, PASSPHRASE)).rejects.toEqual(failing("backup/absent"));
    await write(PARTS);
    const whole = readFileSync(file, "latin1");
    for (const contents of ["", "something else", whole.replace("v1", "v2")]) {
      writeFileSync(file, contents, "latin1");
      await expect(readBackup(file, PASSPHRASE)).rejects.toEqual(failing("backup/unknown-format"));
    }
    const property = fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.nat(90), async (bytes, keep) => {
      const contents = Buffer.concat([Buffer.from(whole, "latin1").subarray(0, keep), bytes]);
      fc.pre(!contents.equals(Buffer.from(whole, "latin1")));
      writeFileSync(file, contents);
      await expect(readBackup(file, PASSPHRASE)).rejects.toMatchObject({ name: "BackupFailed" });
    });
    await fc.assert(property, { seed: SEED });
  });
});

describe("writing", () => {
  test("overwrites nothing, not even what appears meanwhile", async () => {
    writeFileSync(file, "precious");
    await expect(write([partOf("a", 1)])).rejects.toEqual(failing("backup/exists"));
    rmSync(file);
    const meanwhile = function* (): Generator<BackupPart> {
      writeFileSync(file, "precious");
      yield partOf("a", 1);
    };
    await expect(write(meanwhile())).rejects.toEqual(failing("backup/exists"));
    expect([readdirSync(directory), readFileSync(file, "utf8")]).toEqual([["backup"], "precious"]);
  });

  test("that fails leaves nothing", async () => {
    const failingParts = function* (): Generator<BackupPart> {
      yield partOf("a", 100_000);
      throw new Error("no more");
    };
    await expect(write(failingParts())).rejects.toThrow("no more");
    await expect(write([partOf("n".repeat(256), 1)])).rejects.toThrow("name of a part");
    await expect(write([{ name: "a", bytes: { length: BACKUP_PART_BYTES_MAX + 1 } as Uint8Array }])).rejects.toThrow(
      "part of a backup",
    );
    mkdirSync(join(directory, "away"));
    await expect(write([], join(directory, "nowhere", "backup"))).rejects.toThrow("ENOENT");
    expect(readdirSync(directory)).toEqual(["away"]);
  });

  test("shows nothing of names or contents, and never looks the same", async () => {
    await write([partOf("a name to hide", 5_000)]);
    const first = readFileSync(file);
    rmSync(file);
    await write([partOf("a name to hide", 5_000)]);
    const second = readFileSync(file);
    for (const part of [Buffer.from("hide"), Buffer.alloc(8, 0xee)]) expect(first.indexOf(part)).toBe(-1);
    for (let at = 24; at + 8 <= first.length; at += 8) expect(second.indexOf(first.subarray(at, at + 8))).toBe(-1);
    expect(existsSync(`${file}.new`)).toBe(false);
  });
});
