import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import {
  comparisonLine,
  comparisonTable,
  htmlReport,
  jsonLine,
  junit,
  progressLine,
  verdictTable,
} from "../../reports/index.ts";
import { scenarios } from "../../scenarios/index.ts";
import type { Comparison, RunResult } from "../../sim/result.ts";
import type { Scenario } from "../../sim/run/index.ts";
import { findSabotage } from "../../sim/sabotage/index.ts";
import { playBoth } from "./both.ts";
import { chooseScenarios, type Job, planRuns, type Selection } from "./plan.ts";
import { playAll, type Progress } from "./pool.ts";
import { runFileOf, saveRun } from "./run-file.ts";
import { terminal } from "./terminal.ts";
import { playTwice } from "./twice.ts";
import { setting, shard, UsageError, wholeNumber } from "./usage.ts";

export interface RunFlags extends Omit<Selection, "names"> {
  readonly stack: string;
  readonly transport: string;
  readonly jobs: number | undefined;
  readonly twice: boolean;
  readonly report: string | undefined;
  readonly junit: string | undefined;
  readonly json: boolean;
}

export function addRun(program: Command): void {
  program
    .command("run")
    .description(
      "play scenarios and judge them; exit 0 when every oracle held, 1 when one failed or stacks differ, 2 for bad input",
    )
    .argument("[scenarios...]", 'names, or "all"')
    .option("--seed <S>", "first seed", wholeNumber("--seed", 0), 1)
    .option("--seeds <N>", "how many seeds from there", wholeNumber("--seeds", 1), 1)
    .option(
      "--stack <name>",
      "model: the simulated mesh; libp2p: real libp2p in virtual time; both: these two, compared; real: a process for each person, over loopback",
      "model",
    )
    .option("--transport <name>", "for --stack real: quic, tcp, ws or webrtc-direct", "quic")
    .option("--nodes <N>", "number of nodes, where a scenario has that parameter", wholeNumber("--nodes", 2))
    .option("--population <N>", "bystanders fill the world up to N nodes", wholeNumber("--population", 0), 0)
    .option("--set <key=value>", "another value for a parameter; repeatable", setting, {})
    .option("--twice", "play every run twice, compare event by event and show the first difference", false)
    .option("--jobs <J>", "runs at once", wholeNumber("--jobs", 1))
    .option("--shard <i/n>", "only every n-th run, from the i-th", shard)
    .option("--report <DIR>", 'where reports and failed runs go (default "runs")')
    .option("--junit <FILE>", "write a JUnit report")
    .option("--json", "one JSON object a run on standard output", false)
    .option("--sabotage <NAME>", "weaken the protocol, to see that it is caught")
    .action(async (names: string[], flags: RunFlags) => {
      process.exitCode = await runCommand(names, flags);
    });
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Plays what was asked for, shows it, and returns the exit code. */
export async function runCommand(names: readonly string[], flags: RunFlags): Promise<number> {
  if (flags.sabotage !== undefined) findSabotage(flags.sabotage);
  const progress = statusLine(flags.json);
  if (flags.stack === "both") {
    const { comparisons, results } = await playCompared(names, flags, progress);
    return present(results, flags, comparisons);
  }
  const results = await (flags.stack === "real" ? playReal : playSimulated)(names, flags, progress);
  return present(results, flags);
}

async function playSimulated(names: readonly string[], flags: RunFlags, progress: ProgressLine): Promise<RunResult[]> {
  const { stack } = flags;
  if (stack !== "model" && stack !== "libp2p") {
    throw new UsageError(`--stack is "model", "libp2p", "both" or "real", not "${stack}"`);
  }
  const jobs = planRuns(playableOn(stack, names), { ...flags, names }, stack);
  progress.total = jobs.length;
  try {
    if (flags.twice) return await playAllTwice(jobs, progress);
    return await playAll(jobs, flags.jobs ?? availableParallelism(), progress);
  } finally {
    progress.clear();
  }
}

/** Each run on either simulated stack, with the parameters of the costlier one. */
async function playCompared(names: readonly string[], flags: RunFlags, progress: ProgressLine) {
  if (flags.twice) throw new UsageError("--twice needs --stack model or libp2p: one stack at a time");
  const jobs = planRuns(playableOn("both", names), { ...flags, names }, "libp2p");
  progress.total = 2 * jobs.length;
  try {
    return await playBoth(jobs, flags.jobs ?? availableParallelism(), progress);
  } finally {
    progress.clear();
  }
}

/** The chosen scenarios without those that need another stack; to ask for such a one by name is a mistake. */
function playableOn(stack: string, names: readonly string[]): Scenario[] {
  return chooseScenarios(scenarios, names).filter((scenario) => {
    if (scenario.stack === undefined || scenario.stack === stack) return true;
    if (names.includes(scenario.name)) {
      throw new UsageError(
        `scenario "${scenario.name}" needs --stack ${scenario.stack}: it is about peers of an overlay`,
      );
    }
    return false;
  });
}

/** One after another: each runs in two threads at once. */
async function playAllTwice(jobs: readonly Job[], progress: ProgressLine): Promise<RunResult[]> {
  const results: RunResult[] = [];
  for (const job of jobs) {
    progress.started(job);
    const { divergence, result } = await playTwice(job);
    results.push(result);
    progress.finished(job, result);
    if (divergence !== undefined) {
      progress.clear();
      process.stderr.write(`${divergence}\n`);
    }
  }
  return results;
}

async function playReal(names: readonly string[], flags: RunFlags, progress: ProgressLine): Promise<RunResult[]> {
  const { sabotage, transport } = flags;
  if (flags.twice) throw new UsageError("--twice needs --stack model or libp2p: real time does not come again");
  if (sabotage !== undefined) throw new UsageError("--sabotage needs --stack model");
  const { isWire, obstacleTo, onRealStack, runReal, WIRE_NAMES } = await import("../real/index.ts");
  if (!isWire(transport)) throw new UsageError(`--transport is one of ${WIRE_NAMES.join(", ")}, not "${transport}"`);
  const chosen = chooseScenarios(scenarios, names).map(onRealStack);
  const playable = chosen.filter((scenario) => {
    const obstacle = obstacleTo(scenario, flags.seed);
    if (obstacle === undefined) return true;
    if (names.includes(scenario.name)) {
      throw new UsageError(`--stack real cannot play "${scenario.name}": it has no ${obstacle}`);
    }
    return false;
  });
  const jobs = planRuns(playable, { ...flags, names });
  progress.total = jobs.length;
  const results: RunResult[] = [];
  try {
    // One after another: each is a process for every person already.
    for (const job of jobs) {
      const { parameters, seed } = job;
      const scenario = playable.find(({ name }) => name === job.scenario) as Scenario;
      progress.started(job);
      const result = await runReal({ scenario, seed, transport, parameters });
      results.push(result);
      progress.finished(job, result);
    }
    return results;
  } catch (failure) {
    if (failure instanceof RangeError) throw new UsageError(failure.message);
    throw failure;
  } finally {
    progress.clear();
  }
}

type ProgressLine = Progress & { total: number; clear(): void };

/** One line on a terminal, nothing anywhere else. */
function statusLine(quiet: boolean): ProgressLine {
  const stream = process.stderr;
  const shown = stream.isTTY && !quiet;
  const running: string[] = [];
  let done = 0;
  const draw = (total: number): void => {
    if (shown) stream.write(`\r\u001B[2K${progressLine(done, total, running, stream.columns)}`);
  };
  return {
    total: 0,
    started({ scenario }) {
      running.push(scenario);
      draw(this.total);
    },
    finished({ scenario }) {
      running.splice(running.indexOf(scenario), 1);
      done++;
      draw(this.total);
    },
    clear() {
      if (shown) stream.write("\r\u001B[2K");
    },
  };
}

function present(results: readonly RunResult[], flags: RunFlags, comparisons: readonly Comparison[] = []): number {
  const directory = flags.report ?? "runs";
  const failed = results.filter((result) => result.verdict === "failed");
  for (const result of failed) if (result.stack !== "real") saveRun(directory, result);
  if (flags.junit !== undefined) write(flags.junit, junit(results, comparisons));
  const report = join(directory, "latest", "report.html");
  if (flags.report !== undefined || !flags.json)
    write(report, htmlReport(results, { title: "Chhaya runs", comparisons }));
  const lines = [...results.map(jsonLine), ...comparisons.map(comparisonLine)];
  if (flags.json) for (const line of lines) process.stdout.write(`${line}\n`);
  const out = flags.json ? process.stderr : process.stdout;
  const isSame = comparisons.every(({ differences }) => differences.length === 0);
  const isWell = failed.length === 0 && isSame;
  if (!flags.json || !isWell) {
    out.write(`${verdictTable(results, terminal(out))}\n`);
    if (comparisons.length > 0) out.write(`${comparisonTable(comparisons, terminal(out))}\n`);
    if (!flags.json) out.write(`Report: ${report}\n`);
    for (const result of failed) {
      if (result.stack !== "real") out.write(`Replay: chhaya replay ${runFileOf(directory, result)}\n`);
    }
  }
  return isWell ? 0 : 1;
}
