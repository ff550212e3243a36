import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { RunResult, Verdict } from "../../sim/result.ts";
import type { SimulatedStack } from "./plan.ts";
import { UsageError } from "./usage.ts";

const FORMAT = "chhaya-run/1";
const RUN_FILE_BYTES_MAX = 1_048_576;

/** What a run is repeated from, and what has to come out again. */
export interface SavedRun {
  readonly scenario: string;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly stack: SimulatedStack;
  readonly population: number;
  readonly sabotage: string | undefined;
  readonly verdict: Verdict;
  readonly traceHash: string;
}

/** Saves a run and returns the path. */
export function saveRun(directory: string, result: RunResult): string {
  const { parameters, population, sabotage, scenario, seed, stack, traceHash, verdict } = result;
  const file = runFileOf(directory, result);
  mkdirSync(dirname(file), { recursive: true });
  const saved = { format: FORMAT, scenario, seed, parameters, stack, population, sabotage, verdict, traceHash };
  writeFileSync(file, `${JSON.stringify(saved, undefined, 2)}\n`);
  return file;
}

/** Where a run is saved. */
export function runFileOf(directory: string, { scenario, seed, stack }: RunResult): string {
  return join(directory, scenario, stack === "model" ? String(seed) : `${seed}-${stack}`, "run.json");
}

/** Reads a saved run; every way in which it can be wrong gives one clear line. */
export function loadRun(file: string): SavedRun {
  return parseRun(file, readText(file));
}

function readText(file: string): string {
  try {
    const text = readFileSync(file, "utf8");
    if (text.length <= RUN_FILE_BYTES_MAX) return text;
  } catch (failure) {
    const code = failure instanceof Error && "code" in failure ? String(failure.code) : "unknown error";
    throw new UsageError(`cannot read ${file}: ${code}`);
  }
  throw new UsageError(`${file} is too large to be a saved run`);
}

export function parseRun(file: string, text: string): SavedRun {
  const corrupt = (what: string): UsageError => new UsageError(`${file} is not a saved run: ${what}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw corrupt("it is not JSON");
  }
  if (typeof value !== "object" || value === null) throw corrupt("it is not an object");
  const { format, parameters, sabotage, scenario, seed, traceHash, verdict } = value as Record<string, unknown>;
  const { population = 0, stack = "model" } = value as Record<string, unknown>;
  if (format !== FORMAT) throw corrupt(`"format" must be "${FORMAT}"`);
  if (typeof scenario !== "string") throw corrupt('"scenario" must be a name');
  if (typeof seed !== "number" || !Number.isSafeInteger(seed) || seed < 0)
    throw corrupt('"seed" must be a whole number');
  if (!isNumbers(parameters)) throw corrupt('"parameters" must hold numbers');
  if (sabotage !== undefined && typeof sabotage !== "string") throw corrupt('"sabotage" must be a name');
  if (verdict !== "held" && verdict !== "failed") throw corrupt('"verdict" must be "held" or "failed"');
  if (typeof traceHash !== "string" || !/^[0-9a-f]{64}$/u.test(traceHash)) {
    throw corrupt('"traceHash" must be 64 hexadecimal characters');
  }
  if (stack !== "model" && stack !== "libp2p") throw corrupt('"stack" must be "model" or "libp2p"');
  if (typeof population !== "number" || !Number.isSafeInteger(population) || population < 0) {
    throw corrupt('"population" must be a whole number');
  }
  return { scenario, seed, parameters, stack, population, sabotage, verdict, traceHash };
}

function isNumbers(value: unknown): value is Record<string, number> {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((entry) => typeof entry === "number")
  );
}
