import type { Command } from "commander";
import { verdictTable } from "../../reports/index.ts";
import { scenarios } from "../../scenarios/index.ts";
import { parametersOf, scaledFor } from "../../sim/run/index.ts";
import { findSabotage } from "../../sim/sabotage/index.ts";
import { chooseScenarios } from "./plan.ts";
import { playAll } from "./pool.ts";
import { isRecordingFile, replayRecording } from "./replay-recording.ts";
import { loadRun } from "./run-file.ts";
import { terminal } from "./terminal.ts";

export function addReplay(program: Command): void {
  program
    .command("replay")
    .description("play a saved run, or the recording of a node, again and demand the same of it")
    .argument("<file>", 'a run.json, or what "chhaya node --record" wrote')
    .action(async (file: string) => {
      process.exitCode = isRecordingFile(file) ? replayRecording(file) : await replayCommandLine(file);
    });
}

/** Plays a saved run again and demands the same trace; returns the exit code. */
async function replayCommandLine(file: string): Promise<number> {
  const saved = loadRun(file);
  const [scenario] = chooseScenarios(scenarios, [saved.scenario]);
  if (saved.sabotage !== undefined) findSabotage(saved.sabotage);
  const parameters =
    scenario === undefined ? saved.parameters : parametersOf(scaledFor(scenario, saved.stack), saved.parameters);
  const [result] = await playAll([{ ...saved, parameters }], 1, { started() {}, finished() {} });
  if (result === undefined) return 1;
  process.stdout.write(`${verdictTable([result], terminal(process.stdout))}\n`);
  const same = result.traceHash === saved.traceHash && result.verdict === saved.verdict;
  process.stdout.write(
    same
      ? `The same run again: trace ${result.traceHash}\n`
      : `Another run: the trace was ${saved.traceHash} (${saved.verdict}) and is ${result.traceHash}; the code has changed since it was saved\n`,
  );
  return same && result.verdict === "held" ? 0 : 1;
}
