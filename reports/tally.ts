import type { OracleVerdict, RunResult } from "../sim/result.ts";

/** The runs of one scenario on one stack, under one sabotage or none. */
export interface ScenarioTally {
  /** The scenario's name; ` (real WIRE)` and ` +SABOTAGE` tell apart runs that share it. */
  readonly label: string;
  /** By seed, ascending. */
  readonly runs: readonly RunResult[];
  readonly held: number;
  /** Names of oracles that failed in any run, in order of first appearance. */
  readonly failedOracles: readonly string[];
  readonly virtualMs: number;
  readonly wallMs: number;
  readonly events: number;
}

/** Groups results by scenario, in order of first appearance. */
export function tallyByScenario(results: readonly RunResult[]): ScenarioTally[] {
  const groups = new Map<string, RunResult[]>();
  for (const result of results) {
    const label = labelOf(result);
    const group = groups.get(label);
    if (group) group.push(result);
    else groups.set(label, [result]);
  }
  return [...groups].map(([label, group]) => {
    const runs = group.toSorted((a, b) => a.seed - b.seed);
    return {
      label,
      runs,
      held: runs.filter((run) => run.verdict === "held").length,
      failedOracles: [...new Set(runs.flatMap(failures).map((oracle) => oracle.name))],
      virtualMs: sum(runs.map((run) => run.virtualMs)),
      wallMs: sum(runs.map((run) => run.wallMs)),
      events: sum(runs.map((run) => run.events)),
    };
  });
}

/** A run's failed oracles, the earliest violation first; those without a time last. */
export function failures(result: RunResult): OracleVerdict[] {
  return result.oracles
    .filter((oracle) => oracle.verdict === "failed")
    .sort((a, b) => (a.atMs ?? Number.MAX_VALUE) - (b.atMs ?? Number.MAX_VALUE));
}

/** `27 runs held.` or `2 of 27 runs failed.` */
export function summary(results: readonly RunResult[]): string {
  const failed = results.filter((result) => result.verdict === "failed").length;
  const runs = `${results.length} ${results.length === 1 ? "run" : "runs"}`;
  if (results.length === 0) return "No runs.";
  return failed === 0 ? `${runs} held.` : `${failed} of ${runs} failed.`;
}

function labelOf(result: RunResult): string {
  const wire = result.wire === undefined ? "" : ` ${result.wire}`;
  const stack = result.stack === "model" ? "" : ` (${result.stack}${wire})`;
  return `${result.scenario}${stack}${result.sabotage === undefined ? "" : ` +${result.sabotage}`}`;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
