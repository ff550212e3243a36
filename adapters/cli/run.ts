import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type { Command } from "commander";
import { htmlReport, jsonLine, junit, progressLine, verdictTable } from "../../reports/index.ts";
import { scenarios } from "../../scenarios/index.ts";
import type { RunResult } from "../../sim/result.ts";
import { findSabotage } from "../../sim/sabotage/index.ts";
import { planRuns, type Selection } from "./plan.ts";
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
    .option("--stack <name>", "model: the simulated mesh; real: two processes over loopback", "model")
    .option("--transport <name>", "for --stack real: quic or tcp", "quic")
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
  const results =
    flags.stack === "real" ? await playReal(names, flags) : await playModel(names, flags, statusLine(flags.json));
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

async function playReal(names: readonly string[], flags: RunFlags): Promise<RunResult[]> {
  const { nodes, sabotage, seed, seeds, set, shard, transport } = flags;
  if (names.length !== 1 || names[0] !== "conversation") {
    throw new UsageError('--stack real plays "conversation" only: chhaya run conversation --stack real');
  }
  if (sabotage !== undefined) throw new UsageError("--sabotage needs --stack model");
  if (nodes !== undefined && nodes !== 2) throw new UsageError("--stack real has two nodes");
  if (shard !== undefined) throw new UsageError("--shard needs --stack model");
  if (transport !== "quic" && transport !== "tcp") {
    throw new UsageError(`--transport is "quic" or "tcp", not "${transport}"`);
  }
  // Its network stack takes as long to load as everything else: no other command waits for it.
  const { REAL_PARAMETERS, runReal } = await import("../real/index.ts");
  const unknown = Object.keys(set).find((key) => !Object.hasOwn(REAL_PARAMETERS, key));
  if (unknown !== undefined) {
    throw new UsageError(
      `--stack real has no parameter "${unknown}"; it has ${Object.keys(REAL_PARAMETERS).join(", ")}`,
    );
  }
  const results: RunResult[] = [];
  for (let i = 0; i < seeds; i++) {
    try {
      results.push(await runReal({ seed: seed + i, transport, parameters: set }));
    } catch (failure) {
      if (failure instanceof RangeError) throw new UsageError(failure.message);
      throw failure;
    }
  }
  return results;
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
