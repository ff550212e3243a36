import type { OracleVerdict, RunResult, Stack, TimelineEntry, Verdict } from "../../sim/result.ts";
import { replayCommand } from "../replay.ts";
import { summary, tallyByScenario } from "../tally.ts";

/** What the page holds of one run. */
export interface PageRun {
  readonly scenario: string;
  readonly seed: number;
  readonly stack: Stack;
  readonly nodes: number;
  readonly verdict: Verdict;
  readonly oracles: readonly OracleVerdict[];
  readonly traceHash: string;
  readonly virtualMs: number;
  readonly wallMs: number;
  readonly events: number;
  readonly parameters: Readonly<Record<string, number>>;
  readonly sabotage?: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly replay: string;
  /** Absent where the page leaves it out to stay small. */
  readonly detail?: RunDetail;
}

export interface RunDetail {
  readonly timeline: readonly TimelineEntry[];
  readonly timelineDropped: number;
  readonly states: Readonly<Record<string, unknown>>;
}

/** One row of the matrix: indices into `PageData.runs`, by seed. */
export interface PageRow {
  readonly label: string;
  readonly held: number;
  readonly runs: readonly number[];
}

export interface PageData {
  readonly title: string;
  readonly summary: string;
  readonly failed: number;
  readonly rows: readonly PageRow[];
  readonly runs: readonly PageRun[];
}

/** UTF-16 units of JSON that all details together may take; beyond it failed runs lose theirs too. */
const DETAILS_LENGTH_MAX = 4_000_000;

/**
 * The page's data. Only failed runs and the first seed of each scenario keep their timeline and states, and only
 * as long as they fit DETAILS_LENGTH_MAX: first one failed run of each scenario, then other failed runs, then held ones.
 */
export function pageData(results: readonly RunResult[], title: string): PageData {
  const tallies = tallyByScenario(results);
  const details = chooseDetails(tallies.map((tally) => tally.runs));
  const runs: PageRun[] = [];
  const rows = tallies.map(({ label, held, runs: own }) => ({
    label,
    held,
    runs: own.map((run) => runs.push(pageRun(run, details.get(run))) - 1),
  }));
  const failed = results.filter((result) => result.verdict === "failed").length;
  return { title, summary: summary(results), failed, rows, runs };
}

/** JSON that may stand inside a script element: nothing in it can end the element or open a comment. */
export function embeddedJson(value: unknown): string {
  return JSON.stringify(value, plain)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

function chooseDetails(scenarios: readonly (readonly RunResult[])[]): Map<RunResult, RunDetail> {
  const failed = scenarios.map((runs) => runs.filter((run) => run.verdict === "failed"));
  const wanted = new Set([
    ...failed.flatMap((runs) => runs.slice(0, 1)),
    ...failed.flatMap((runs) => runs.slice(1)),
    ...scenarios.flatMap((runs) => runs.slice(0, 1)),
  ]);
  const chosen = new Map<RunResult, RunDetail>();
  let length = 0;
  for (const run of wanted) {
    const detail = { timeline: run.timeline, timelineDropped: run.timelineDropped, states: run.states };
    const own = embeddedJson(detail).length;
    if (chosen.size > 0 && length + own > DETAILS_LENGTH_MAX) continue;
    length += own;
    chosen.set(run, detail);
  }
  return chosen;
}

function pageRun(run: RunResult, detail: RunDetail | undefined): PageRun {
  const { timeline: _timeline, timelineDropped: _dropped, states: _states, ...rest } = run;
  return { ...rest, replay: replayCommand(run), ...(detail ? { detail } : {}) };
}

/** States are `unknown`: what JSON has no form for becomes something readable. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (value instanceof Map) return Object.fromEntries(value);
  return value instanceof Set ? [...value] : value;
}
