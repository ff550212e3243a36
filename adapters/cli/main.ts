#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { ParameterError } from "../../sim/run/index.ts";
import { SabotageMistake } from "../../sim/sabotage/index.ts";
import { FolderError } from "../directory/index.ts";
import { addAudit } from "./audit.ts";
import { addBench } from "./bench.ts";
import { addDirectory } from "./directory.ts";
import { addList } from "./list.ts";
import { addLookup } from "./lookup.ts";
import { addReplay } from "./replay.ts";
import { addRun } from "./run.ts";
import { UsageError } from "./usage.ts";
import { addWitness } from "./witness.ts";

// In the compiled package this module lies one level deeper, under dist.
const manifest = new URL(
  import.meta.url.endsWith(".ts") ? "../../package.json" : "../../../package.json",
  import.meta.url,
);
const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string };

const program = new Command("chhaya")
  .description("Encrypted conversations in a seeded adversarial mesh, and the key directories that they trust.")
  .version(version)
  .exitOverride()
  .configureOutput({ writeErr: () => {} })
  .showHelpAfterError(false);

for (const add of [addRun, addList, addReplay, addBench, addDirectory, addWitness, addLookup, addAudit]) add(program);

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
  const known = [UsageError, ParameterError, SabotageMistake, FolderError].some((kind) => failure instanceof kind);
  if (!known) throw failure;
  process.stderr.write(`chhaya: ${(failure as Error).message}\n`);
  return 2;
}
