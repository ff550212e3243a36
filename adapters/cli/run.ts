import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { htmlReport, jsonLine, junit, progressLine, verdictTable } from "../../reports/index.ts";
import { scenarios } from "../../scenarios/index.ts";
import type { RunResult } from "../../sim/result.ts";
import type { Scenario } from "../../sim/run/index.ts";
import { findSabotage } from "../../sim/sabotage/index.ts";
import { chooseScenarios, planRuns, type Selection } from "./plan.ts";
import { playAll, type Progress } from "./pool.ts";
import { saveRun } from "./run-file.ts";
import { terminal } from "./terminal.ts";
import { setting, shard, UsageError, wholeNumber } from "./usage.ts";

export interface RunFlags extends Omit<Selection, "names"> {
  readonly stack: string;
  readonly transport: string;
  readonly jobs: number | undefined;
  readonly report: string | undefined;
  readonly junit: string | undefined;
  readonly json: boolean;
}

export function addRun(program: Command): void {
  program
    .command("run")
    .description("play scenarios and judge them; exit 0 when every oracle held, 1 when one failed, 2 for bad input")
    .argument("[scenarios...]", 'names, or "all"')
    .option("--seed <S>", "first seed", wholeNumber("--seed", 0), 1)
    .option("--seeds <N>", "how many seeds from there", wholeNumber("--seeds", 1), 1)
    .option("--stack <name>", "model: the simulated mesh; real: a process for each person, over loopback", "model")
    .option("--transport <name>", "for --stack real: quic, tcp, ws or webrtc-direct", "quic")
    .option("--nodes <N>", "number of nodes, where a scenario has that parameter", wholeNumber("--nodes", 2))
    .option("--set <key=value>", "another value for a parameter; repeatable", setting, {})
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
  const results = await (flags.stack === "real" ? playReal : playModel)(names, flags, progress);
  return present(results, flags);
}

async function playModel(names: readonly string[], flags: RunFlags, progress: ProgressLine): Promise<RunResult[]> {
  if (flags.stack !== "model") throw new UsageError(`--stack is "model" or "real", not "${flags.stack}"`);
  const jobs = planRuns(scenarios, { ...flags, names });
  progress.total = jobs.length;
  try {
    return await playAll(jobs, flags.jobs ?? availableParallelism(), progress);
  } finally {
    progress.clear();
  }
}

async function playReal(names: readonly string[], flags: RunFlags, progress: ProgressLine): Promise<RunResult[]> {
  const { sabotage, transport } = flags;
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

function present(results: readonly RunResult[], flags: RunFlags): number {
  const directory = flags.report ?? "runs";
  const failed = results.filter((result) => result.verdict === "failed");
  for (const result of failed) if (result.stack === "model") saveRun(directory, result);
  if (flags.junit !== undefined) write(flags.junit, junit(results));
  const report = join(directory, "latest", "report.html");
  if (flags.report !== undefined || !flags.json) write(report, htmlReport(results, { title: "Chhaya runs" }));
  if (flags.json) for (const result of results) process.stdout.write(`${jsonLine(result)}\n`);
  const out = flags.json ? process.stderr : process.stdout;
  if (!flags.json || failed.length > 0) {
    out.write(`${verdictTable(results, terminal(out))}\n`);
    if (!flags.json) out.write(`Report: ${report}\n`);
    for (const { scenario, seed, stack } of failed) {
      if (stack === "model")
        out.write(`Replay: chhaya replay ${join(directory, scenario, String(seed), "run.json")}\n`);
    }
  }
  return failed.length > 0 ? 1 : 0;
}
