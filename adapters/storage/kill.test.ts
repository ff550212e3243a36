// A process is killed while it writes batches, again and again, and each time its successor looks at what is left.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KEYS_PER_BATCH, keyOf, valueOf } from "./index-batches.testing.ts";
import { SqliteIndex } from "./index.ts";
import { killSweep } from "./kill.testing.ts";

const PROGRAM = join(import.meta.dirname, "index-writer.testing.ts");
/** After so many acknowledgements the writer is killed, in the middle of whatever it does then. */
const KILLS = [1, 7, 2, 13, 3, 5];

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "chhaya-kill-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

/** Lets a writer begin with batch `first`, kills it, and gives the last that it acknowledged. */
async function writeUntilKilled(first: number, acknowledgements: number): Promise<number> {
  const child = spawn(process.execPath, [PROGRAM, directory, `${first}`], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.split("\n").length > acknowledgements) child.kill("SIGKILL");
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  expect([code, signal]).toEqual([null, "SIGKILL"]);
  const marks = said.split("\n").slice(0, -1).map(Number);
  expect(marks).toEqual(marks.map((_, at) => first + at));
  return marks.at(-1) as number;
}

test("after every kill the last acknowledged batch is there, or the one under way, and no part of any other", async () => {
  let last = 0;
  for (const acknowledgements of KILLS) {
    const acknowledged = await writeUntilKilled(last + 1, acknowledgements);
    const index = SqliteIndex.open(directory);
    const found = Array.from({ length: KEYS_PER_BATCH }, (_, at) => index.get(keyOf(at)));
    await index.close();
    const wholeAs = (mark: number): boolean => found.every((value, at) => String(value) === String(valueOf(mark, at)));
    const whole = [acknowledged, acknowledged + 1].filter(wholeAs);
    expect(whole).toHaveLength(1);
    last = whole[0] as number;
  }
});

test("after every kill all that was acknowledged is in the sealed log and in the history, once, and no key was used twice", async () => {
  const counts = await Promise.all([killSweep(10, 1), killSweep(10, 2)]);
  for (const { acknowledged, kills, uses } of counts) {
    expect(kills).toBe(10);
    expect(acknowledged).toBeGreaterThan(50);
    expect(uses).toBeGreaterThan(50);
  }
}, 180_000);
