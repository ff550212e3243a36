#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { ParameterError } from "../../sim/run/index.ts";
import { SabotageMistake } from "../../sim/sabotage/index.ts";
import { listCommand } from "./list.ts";
import { replayCommandLine } from "./replay.ts";
import { type RunFlags, runCommand } from "./run.ts";
import { setting, shard, UsageError, wholeNumber } from "./usage.ts";

// In the compiled package this module lies one level deeper, under dist.
const manifest = new URL(
  import.meta.url.endsWith(".ts") ? "../../package.json" : "../../../package.json",
  import.meta.url,
);
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };

const program = new Command("chhaya")
  .description("Encrypted conversations in a seeded adversarial mesh.")
  .version(version)
  .exitOverride()
  .configureOutput({ writeErr: () => {} })
  .showHelpAfterError(false);

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

program
  .command("list")
  .description("what there is: scenarios, faults, oracles or sabotages")
  .argument("[kind]", "scenarios, faults, oracles or sabotages", "scenarios")
  .option("--json", "one JSON object a line", false)
  .action((kind: string, { json }: { readonly json: boolean }) => {
    process.stdout.write(`${listCommand(kind, json)}\n`);
  });

program
  .command("replay")
  .description("play a saved run again and demand the same trace")
  .argument("<file>", "a run.json")
  .action(async (file: string) => {
    process.exitCode = await replayCommandLine(file);
  });

try {
  if (process.argv.length <= 2) program.outputHelp();
  else await program.parseAsync();
} catch (failure) {
  process.exitCode = exitCodeOf(failure);
}

/** Says in one line what the caller has to put right; anything else is a bug and shows its stack. */
function exitCodeOf(failure: unknown): number {
  if (failure instanceof CommanderError) {
    // Help and the version were asked for and are shown already.
    if (failure.exitCode === 0) return 0;
    process.stderr.write(`${failure.message.replace(/^error: /u, "chhaya: ").replace("\n", " ")}\n`);
    return 2;
  }
  const known = [UsageError, ParameterError, SabotageMistake].some((kind) => failure instanceof kind);
  if (!known) throw failure;
  process.stderr.write(`chhaya: ${(failure as Error).message}\n`);
  return 2;
}
