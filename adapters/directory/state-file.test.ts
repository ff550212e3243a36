import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { struct, uint } from "../../core/codec/index.ts";
import { FolderError } from "./folder-error.ts";
import { type Line, lineOf, toLine } from "./line.ts";
import { createLine, loadLine, lockFolder, makeFolder, parseLine, removeFile, saveLine } from "./state-file.ts";
import { temporary } from "./testing.ts";

const line: Line<{ readonly count: number }> = lineOf("CHHAYATEST1", "a count", struct({ count: uint() }), 16);

test("a value is replaced as a whole, for its owner only, and leaves nothing else behind", () => {
  const folder = temporary();
  const file = join(folder, "count");
  expect(loadLine(line, file)).toBeUndefined();
  for (const count of [1, 2, 3]) {
    saveLine(line, file, { count });
    expect(loadLine(line, file)).toEqual({ count });
  }
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["count"]);
});

test("what a crash left of a draft is no value, and in nobody's way", () => {
  const file = join(temporary(), "count");
  saveLine(line, file, { count: 1 });
  writeFileSync(`${file}.new`, "CHHAYATEST1:AAAA");
  expect(loadLine(line, file)).toEqual({ count: 1 });
  saveLine(line, file, { count: 2 });
  expect(loadLine(line, file)).toEqual({ count: 2 });
});

test("a file that is there already is never created again", () => {
  const folder = temporary();
  const file = join(folder, "count");
  createLine(line, file, { count: 1 });
  const before = readFileSync(file, "utf8");
  expect(() => createLine(line, file, { count: 2 })).toThrow(
    new FolderError(`cannot create ${file}: it is there already`),
  );
  expect(readFileSync(file, "utf8")).toBe(before);
  expect(readdirSync(folder)).toEqual(["count"]);
});

test("what is wrong is said in one line", () => {
  const folder = temporary();
  const file = join(folder, "count");
  mkdirSync(join(folder, "sub"));
  expect(() => loadLine(line, join(folder, "sub"))).toThrow(`cannot read ${join(folder, "sub")}: EISDIR`);
  expect(() => saveLine(line, join(folder, "none", "count"), { count: 1 })).toThrow(/^cannot write .*: ENOENT$/u);
  writeFileSync(file, "x".repeat(10_000));
  expect(() => loadLine(line, file)).toThrow(`${file} does not hold a count: it begins otherwise, or is too long`);
  writeFileSync(file, toLine(line, { count: 1_000 }).slice(0, -1));
  expect(() => loadLine(line, file)).toThrow(`${file} does not hold a count: it was mistyped, cut or damaged`);
  expect(() => parseLine(line, "", "--count")).toThrow("--count does not hold a count: it begins otherwise");
  expect(() => makeFolder(file)).toThrow(/^cannot create .*: it is there already$/u);
});

test("removing what is not there is no failure", () => {
  expect(() => removeFile(join(temporary(), "none"))).not.toThrow();
});

test("a folder is one process's at a time", () => {
  const folder = temporary();
  const release = lockFolder(folder);
  expect(() => lockFolder(folder)).toThrow(new FolderError(`${folder} is in use`));
  release();
  lockFolder(folder)();
});
