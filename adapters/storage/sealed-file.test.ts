import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Secret } from "../../core/safety/index.ts";
import { readSealedFile, writeSealedFile } from "./index.ts";

const SEED = 5;
const keyOf = (mark: number): Secret => new Secret(new Uint8Array(32).fill(mark));
const KEY = keyOf(1);
const CONTENTS: Uint8Array = new Uint8Array(70).fill(0xee);

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "chhaya-file-"));
  file = join(directory, "seed");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const failing = (code: string): unknown => expect.objectContaining({ name: "StorageFailed", code });

test("what was written is read, the last time counts, and nothing else is left or seen", () => {
  expect(readSealedFile(file, KEY)).toBeUndefined();
  writeFileSync(`${file}.new`, "left behind by a crash");
  for (const length of [0, 1, 70, 100_000]) {
    writeSealedFile(file, KEY, CONTENTS.slice(0, length));
    expect(readSealedFile(file, KEY)).toEqual(CONTENTS.slice(0, length));
  }
  expect(readdirSync(directory)).toEqual(["seed"]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file).indexOf(CONTENTS.subarray(0, 8))).toBe(-1);
});

test("the same contents never look the same", () => {
  const written = [1, 2].map(() => {
    writeSealedFile(file, KEY, CONTENTS);
    return readFileSync(file).toString("hex");
  });
  const blocks = written.flatMap((hex) => hex.match(/.{16}/gu) ?? []);
  expect(new Set(blocks).size).toBe(blocks.length);
});

test("another key is told from damage, and every byte counts", () => {
  writeSealedFile(file, KEY, CONTENTS);
  expect(() => readSealedFile(file, keyOf(2))).toThrow(failing("storage/key-wrong"));
  const whole = readFileSync(file);
  for (let at = 0; at < whole.length; at++) {
    writeFileSync(file, Uint8Array.from(whole).fill((whole[at] as number) ^ 1, at, at + 1));
    expect(() => readSealedFile(file, KEY)).toThrow(failing("storage/damaged"));
    writeFileSync(file, whole.subarray(0, at));
    expect(() => readSealedFile(file, KEY)).toThrow(failing("storage/damaged"));
  }
});

test("under another name it is nothing", () => {
  writeSealedFile(file, KEY, CONTENTS);
  copyFileSync(file, join(directory, "other"));
  expect(() => readSealedFile(join(directory, "other"), KEY)).toThrow(failing("storage/damaged"));
});

test("any other bytes are damage", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      writeFileSync(file, bytes);
      expect(() => readSealedFile(file, KEY)).toThrow(failing("storage/damaged"));
    }),
    { seed: SEED, numRuns: 50 },
  );
});
