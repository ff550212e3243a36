// Kills a process under load, again and again, at moments drawn from a seed, and looks at what is left each time.
// Many at once: node adapters/storage/kill.testing.ts KILLS [SEED]
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HISTORY_LIST_MAX, type HistoryEntry } from "./index.ts";
import { BURST, Ledger } from "./ledger.testing.ts";
import { SealedUses } from "./sealed-uses.testing.ts";

const PROGRAM = join(import.meta.dirname, "ledger-writer.testing.ts");
/** Lines of the writer after which it may be killed; 0: as it opens what is there. */
const LINES_MAX = 60;
const SLOT_BYTES = 4_096;
const SLOT_SEALED_BYTES = 144;

/** What the writer said before it was killed; 0: nothing of the kind. */
interface Acknowledged {
  readonly received: number;
  readonly offered: number;
  readonly queued: number;
}

export interface KillCounts {
  readonly kills: number;
  /** Messages and tokens that were acknowledged, and are all there. */
  readonly acknowledged: number;
  /** Kills after which the log ended in an unfinished write. */
  readonly torn: number;
  /** Kills after which the log was ahead of what was acknowledged: the fact under way was durable. */
  readonly ahead: number;
  /** Uses of keys that were seen on the disk, all different. */
  readonly uses: number;
}

/** Throws when anything that was acknowledged is lost, or log and history disagree. */
export async function killSweep(kills: number, seed: number): Promise<KillCounts> {
  const directory = mkdtempSync(join(tmpdir(), "chhaya-kills-"));
  const draw = drawing(seed);
  const uses = new SealedUses();
  const counts = { torn: 0, ahead: 0 };
  let known: Acknowledged = { received: 0, offered: 0, queued: 0 };
  try {
    for (let kill = 0; kill < kills; kill++) {
      known = { ...known, ...(await writeUntilKilled(directory, Math.floor(draw() * LINES_MAX))) };
      noteUses(uses, join(directory, "log"));
      // Takes the locks of the dead over, or throws.
      const ledger = new Ledger(directory);
      const { received, queued } = ledger.facts;
      check(ledger.status !== "damaged", "the log is damaged");
      check(received >= known.received && queued >= known.queued, "the log lost what was acknowledged");
      checkHistory(ledger, known);
      if (ledger.status === "torn") counts.torn++;
      if (received > known.received || queued > known.queued) counts.ahead++;
      await ledger.close();
    }
    await checkWhole(directory);
    check(uses.conflicts.length === 0, "a key was used twice");
    return { kills, acknowledged: known.received + known.offered, ...counts, uses: uses.count };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function writeUntilKilled(directory: string, lines: number): Promise<Partial<Acknowledged>> {
  const child = spawn(process.execPath, [PROGRAM, directory], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    said += text;
    if (said.split("\n").length - 1 > lines) child.kill("SIGKILL");
  });
  const [code, signal] = (await once(child, "close")) as [number | null, string | null];
  check(code === null && signal === "SIGKILL", `the writer ended with ${code ?? signal}`);
  // A line that is not whole was not said.
  const words = said
    .split("\n")
    .slice(0, -1)
    .map((line) => line.split(" "));
  return Object.fromEntries(words.map(([what, number]) => [what, Number(number)]));
}

/** The end of the history, as far as this kill can have touched it. */
function checkHistory({ facts, history }: Ledger, known: Acknowledged): void {
  const entries = history.list({ limit: 4 * LINES_MAX, newest: true });
  const received = namesOf(entries, "in");
  const tokens = namesOf(entries, "out");
  check(new Set(received).size === received.length, "a message is in the history twice");
  check(new Set(tokens).size === tokens.length, "a token was used twice");
  const last = received.at(-1) ?? 0;
  check(last >= known.received, "the history lost a message that was acknowledged");
  check(last <= facts.received, "the history has a message that the log does not know");
  check(last >= facts.received - BURST, "the history is further behind the log than what was under way");
  check((tokens.at(-1) ?? 0) >= known.offered, "the history lost a token that was given out");
  for (const { state, token = 0 } of entries) {
    if (state === "queued") check(token <= facts.queued, "the history takes for queued what the log does not know");
    else if (token > 0) check(token > known.queued, "the history lost that a token was queued");
  }
}

/** From the first message to the last: each once, and none left out. */
async function checkWhole(directory: string): Promise<void> {
  const { history, ...ledger } = new Ledger(directory);
  const entries: HistoryEntry[] = [];
  for (let after = 0, page = [{}] as HistoryEntry[]; page.length > 0; after = entries.length) {
    page = [...history.list({ after, limit: HISTORY_LIST_MAX })];
    entries.push(...page);
  }
  for (const direction of ["in", "out"] as const) {
    const names = namesOf(entries, direction);
    check(
      names.every((name, at) => name === at + 1),
      `not every message ${direction} is there once and in order`,
    );
  }
  check(
    entries.every(({ state }) => state !== "damaged"),
    "a row is damaged",
  );
  await Promise.all([ledger.storage.close(), history.close()]);
}

/** Numbers of messages, or tokens, in ascending order. */
function namesOf(entries: readonly HistoryEntry[], direction: "in" | "out"): number[] {
  const of = entries.filter((entry) => entry.direction === direction);
  return of.map(({ id, token }) => token ?? Number(id?.slice(1))).sort((a, b) => a - b);
}

function noteUses(uses: SealedUses, directory: string): void {
  for (const name of readdirSync(directory)) {
    const bytes = new Uint8Array(readFileSync(join(directory, name)));
    if (name !== "sealed-anchor") uses.noteLogs(new Map([[name, bytes]]));
    else for (const at of [0, SLOT_BYTES]) uses.noteSlot(bytes.subarray(at, at + SLOT_SEALED_BYTES));
  }
}

function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** mulberry32: numbers from 0 to 1 that are the same for a seed. */
function drawing(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

if (import.meta.main) {
  const [kills = "500", seed = "1"] = process.argv.slice(2);
  process.stdout.write(`${JSON.stringify(await killSweep(Number(kills), Number(seed)))}\n`);
}
