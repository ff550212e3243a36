#!/usr/bin/env node
import { enableCompileCache } from "node:module";
import { Command } from "commander";
import { addListed } from "./catalogue.ts";
import { exitCodeOf } from "./failures.ts";
import { programVersion } from "./version.ts";

// Loading takes most of the time of a command.
enableCompileCache();

const program = new Command("chhaya")
  .description(
    "Encrypted conversations without servers: a node, its contacts and messages; the key directories that they trust; and a laboratory that attacks all of it.",
  )
  .version(programVersion())
  .exitOverride()
  .configureOutput({ writeErr: () => {} })
  .showHelpAfterError(false);

const words = process.argv.slice(2);
await addListed(program, words);
try {
  if (words.length === 0) program.outputHelp();
  else await program.parseAsync();
} catch (failure) {
  process.exitCode = exitCodeOf(failure);
}
