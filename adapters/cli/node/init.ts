import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { demandEmpty, type Home, homeAt, HomeError, isHome } from "../../home/index.ts";
import { type AccountFlags, accountFlags } from "./flags.ts";
import { say, sayJson } from "./output.ts";
import { type ProtectionFlags, protectionFlags, protectionOf } from "./protection.ts";

interface InitFlags extends AccountFlags, ProtectionFlags {
  readonly name: string;
}

export function addInit(program: Command): void {
  const command = program
    .command("init")
    .description(
      "make an account on this machine: its keys, its first device, and a config.toml that says what can be chosen",
    )
    .option("--name <NAME>", "what your card suggests to call you; at most 64 bytes", "");
  protectionFlags(accountFlags(command)).action(init);
}

async function init(flags: InitFlags): Promise<void> {
  const home = homeAt(flags.home);
  if (isHome(home)) throw new HomeError(`there is an account in ${home.path} already; "chhaya id" shows its card`);
  demandEmpty(home);
  const { buildHome, createAccount, documentedConfig, readConfig } = await import("../../node/index.ts");
  const { createKey } = await import("../../storage/index.ts");
  // A configuration that was put there first is believed only if it can be used.
  readConfig(home.config);
  const protection = await protectionOf(flags);
  try {
    await buildHome(home, async (draft) => {
      const key = await createKey(draft.path, protection);
      await createAccount(draft, key, flags.name);
      key.wipe();
      writeFileSync(draft.config, documentedConfig(), { mode: 0o600 });
    });
  } finally {
    if (protection.kind === "passphrase") protection.passphrase.wipe();
  }
  await report(home, flags);
}

async function report(home: Home, flags: InitFlags): Promise<void> {
  if (flags.json) {
    sayJson({ home: home.path, config: home.config });
    return;
  }
  say(`An account was made in ${home.path}.`);
  say("");
  say("  chhaya node   sends and receives, while it runs");
  say('  chhaya id     shows your card: give it to others, and add theirs with "chhaya contacts add"');
  say("");
  say(`What can be chosen stands in ${home.config}, with every key explained.`);
  say(
    flags.keyring || !flags.passphrase
      ? 'Keep a backup ("chhaya export"): without this folder, and its key, nobody can restore the account.'
      : 'Nobody can restore a forgotten passphrase. Keep a backup ("chhaya export"), and its passphrase, elsewhere.',
  );
}
