import { resolve } from "node:path";
import type { Command } from "commander";
import { demandEmpty, homeAt } from "../../home/index.ts";
import { type AccountFlags, accountFlags } from "./flags.ts";
import { withService } from "./open-service.ts";
import { say, sayJson } from "./output.ts";
import { newPassphrase, passphraseOf } from "./passphrase.ts";
import { type ProtectionFlags, protectionFlags, protectionOf } from "./protection.ts";

interface BackupFlags extends AccountFlags {
  readonly backupPassphraseFile: string | undefined;
}

const BACKUP_PASSPHRASE = "--backup-passphrase-file <FILE>";

export function addExport(program: Command): void {
  const command = program
    .command("export")
    .description(
      "write an encrypted backup: the account, its contacts, what was said, the configuration. Whoever has it and its passphrase is you",
    )
    .argument("<file>", "a new file")
    .option(BACKUP_PASSPHRASE, "the backup's own passphrase is the first line of this file");
  accountFlags(command).action(exportTo);
}

export function addImport(program: Command): void {
  const command = program
    .command("import")
    .description("make the account of a backup again, in an empty home. Use a backup in one place only")
    .argument("<file>", 'what "chhaya export" wrote')
    .option(BACKUP_PASSPHRASE, "the backup's own passphrase is the first line of this file");
  protectionFlags(accountFlags(command)).action(importFrom);
}

async function exportTo(file: string, flags: BackupFlags): Promise<void> {
  const passphrase = await newPassphrase(flags.backupPassphraseFile, "the backup");
  try {
    const params = { file: resolve(file), passphrase: new TextDecoder().decode(passphrase.expose()) };
    const { bytes } = await withService(flags, (service) => service.call("export", params));
    if (flags.json) return sayJson({ file: params.file, bytes });
    say(`${params.file} holds the account as it is now, in ${bytes.toLocaleString("en-US")} bytes.`);
    say(
      "What is said from now on is not in it. Keep it and its passphrase apart, and never use it while this account is in use:",
    );
    say("two who are one account take each other's messages.");
  } finally {
    passphrase.wipe();
  }
}

async function importFrom(file: string, flags: BackupFlags & ProtectionFlags): Promise<void> {
  const { importBackup } = await import("../../node/index.ts");
  const { systemClock } = await import("../../clock/index.ts");
  const home = homeAt(flags.home);
  demandEmpty(home);
  const passphrase = await passphraseOf(flags.backupPassphraseFile, "Passphrase of the backup: ");
  try {
    const protection = await protectionOf(flags);
    const key = await importBackup(home, resolve(file), passphrase, protection, systemClock.now());
    key.wipe();
    if (protection.kind === "passphrase") protection.passphrase.wipe();
  } finally {
    passphrase.wipe();
  }
  if (flags.json) return sayJson({ home: home.path });
  say(`The account is in ${home.path} now, as it was when the backup was written.`);
  say("");
  say(
    "Every conversation begins anew when its next message is sent, so that no key of before is used again; contacts and",
  );
  say(
    "their safety numbers stay. What was said since the backup is not here, and what was sent last may arrive twice or not",
  );
  say(
    "at all. The account must not be used anywhere else any more: destroy the old copy. As a witness or directory it signs",
  );
  say("nothing from now on.");
}
