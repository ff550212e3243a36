import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import { indexStorageConformance } from "../../core/node/conformance.testing.ts";
import { SqliteIndex } from "./index.ts";

let directory: string;
beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), "chhaya-index-")), "index");
});
afterEach(() => rmSync(join(directory, ".."), { recursive: true, force: true }));

indexStorageConformance("SqliteIndex", () => {
  let storage = SqliteIndex.open(directory);
  return {
    storage,
    async restart() {
      await storage.close();
      return (storage = SqliteIndex.open(directory));
    },
    settle: (reached) => expect.poll(reached, { interval: 1, timeout: 10_000 }).toBe(true),
    end: () => storage.close(),
  };
});

const key = Uint8Array.of(1);
const value = Uint8Array.of(2);

function write(index: SqliteIndex, writes: Parameters<SqliteIndex["write"]>[0]): Promise<unknown> {
  return new Promise((resolve) => index.write(writes, resolve));
}

test("a second one of a directory is refused while the first is open", async () => {
  const index = SqliteIndex.open(directory);
  expect(() => SqliteIndex.open(directory)).toThrow(expect.objectContaining({ code: "storage/locked" }));
  expect(await write(index, [{ key, value }])).toBeUndefined();
  await index.close();
  const again = SqliteIndex.open(directory);
  expect(again.get(key)).toEqual(value);
  await again.close();
});

test("closing finishes what was asked for and refuses what comes later, once each", async () => {
  const index = SqliteIndex.open(directory);
  const calls: string[] = [];
  const noted = (failure?: Error): void => void calls.push((failure as { code?: string } | undefined)?.code ?? "done");
  index.write([{ key, value }], noted);
  const closed = index.close();
  index.write([{ key, value: undefined }], noted);
  expect(index.close()).toBe(closed);
  await closed;
  await expect.poll(() => calls).toEqual(["done", "storage/stopped"]);
  const again = SqliteIndex.open(directory);
  expect(again.get(key)).toEqual(value);
  await again.close();
});

test("a failure undoes its batch, is reported once with its cause, and is final", async () => {
  const index = SqliteIndex.open(directory);
  await write(index, [{ key, value }]);
  const database = join(directory, "index.sqlite");
  await index.close();
  const other = new DatabaseSync(database);
  other.exec(
    "CREATE TRIGGER full BEFORE INSERT ON entries WHEN new.key = x'09' BEGIN SELECT RAISE(ABORT, 'full'); END",
  );
  other.close();
  const failing = SqliteIndex.open(directory);
  const calls: unknown[] = [];
  failing.write(
    [
      { key, value: Uint8Array.of(7) },
      { key: Uint8Array.of(9), value },
    ],
    (failure) => calls.push(failure),
  );
  failing.write([{ key, value: Uint8Array.of(8) }], (failure) => calls.push(failure));
  await expect.poll(() => calls.length).toBe(2);
  expect(calls).toMatchObject([
    { code: "storage/write-failed", cause: { message: "full" } },
    { code: "storage/stopped" },
  ]);
  expect(failing.get(key)).toEqual(value);
  await failing.close();
});

test("nobody else can read its files, and a file that is no database is not taken for an empty one", async () => {
  const index = SqliteIndex.open(directory);
  await write(index, [{ key, value }]);
  const modes = readdirSync(directory).map((name) => (statSync(join(directory, name)).mode & 0o777).toString(8));
  expect(modes).toEqual(["600", "600"]);
  await index.close();
  writeFileSync(join(directory, "index.sqlite"), "no database, but long enough to have a header".repeat(100));
  expect(() => SqliteIndex.open(directory)).toThrow("not a database");
});
