import type { Comparison, OracleVerdict, RunResult, Stack, TimelineEntry, Verdict } from "../../sim/result.ts";
import {
  compareByScenario,
  comparisonSummary,
  differencesOf,
  isSame,
  remarks,
  type ScenarioComparison,
} from "../comparison.ts";
import { distribution, type Quantiles, quantiles, type Step } from "../quantiles.ts";
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

/** How long messages took on one stack, in milliseconds. */
export interface PageLatencies {
  readonly messages: number;
  readonly quantiles?: Quantiles;
  readonly steps: readonly Step[];
}

/** One scenario on both stacks, over its seeds. */
export interface PageComparison {
  readonly scenario: string;
  readonly seeds: number;
  readonly same: number;
  readonly compared: number;
  readonly differences: readonly string[];
  /** Commands that show the differences again. */
  readonly replays: readonly string[];
  readonly remarks: readonly string[];
  readonly model: PageLatencies;
  readonly libp2p: PageLatencies;
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
  /** Empty when the runs were on one stack. */
  readonly comparisons: readonly PageComparison[];
}

/** UTF-16 units of JSON that all details together may take; beyond it failed runs lose theirs too. */
const DETAILS_LENGTH_MAX = 4_000_000;

/**
 * The page's data. Only failed runs and the first seed of each scenario keep their timeline and states, and only
 * as long as they fit DETAILS_LENGTH_MAX: first one failed run of each scenario, then other failed runs, then held ones.
 */
export function pageData(
  results: readonly RunResult[],
  title: string,
  comparisons: readonly Comparison[] = [],
): PageData {
  const tallies = tallyByScenario(results);
  const details = chooseDetails(tallies.map((tally) => tally.runs));
  const runs: PageRun[] = [];
  const rows = tallies.map(({ label, held, runs: own }) => ({
    label,
    held,
    runs: own.map((run) => runs.push(pageRun(run, details.get(run))) - 1),
  }));
  const failed = results.filter((result) => result.verdict === "failed").length;
  const compared = compareByScenario(comparisons);
  const words = compared.length === 0 ? summary(results) : `${summary(results)} ${comparisonSummary(compared)}`;
  return { title, summary: words, failed, rows, runs, comparisons: compared.map(pageComparison) };
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
  const { outcome: _outcome, timeline: _timeline, timelineDropped: _dropped, states: _states, ...rest } = run;
  return { ...rest, replay: replayCommand(run), ...(detail ? { detail } : {}) };
}

function pageComparison(row: ScenarioComparison): PageComparison {
  const { compared, comparisons, latencies, same, scenario } = row;
  const differing = comparisons.filter((comparison) => !isSame(comparison));
  return {
    scenario,
    seeds: comparisons.length,
    same,
    compared,
    differences: differing.flatMap(differencesOf),
    replays: differing.map((comparison) => replayCommand({ ...comparison, stack: "both" })),
    remarks: remarks(row),
    model: pageLatencies(latencies.model),
    libp2p: pageLatencies(latencies.libp2p),
  };
}

function pageLatencies(sorted: readonly number[]): PageLatencies {
  const found = quantiles(sorted);
  return { messages: sorted.length, ...(found && { quantiles: found }), steps: distribution(sorted) };
}

/** States are `unknown`: what JSON has no form for becomes something readable. */
function plain(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (value instanceof Map) return Object.fromEntries(value);
  return value instanceof Set ? [...value] : value;
}
