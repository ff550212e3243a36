import { type Command, Option } from "commander";

/** What every command takes that works on an account. */
export interface AccountFlags {
  readonly home: string | undefined;
  readonly passphraseFile: string | undefined;
  readonly json: boolean;
}

/** Adds these flags. */
export function accountFlags(command: Command): Command {
  return command
    .addOption(homeFlag())
    .addOption(passphraseFlag())
    .option("--json", "JSON on standard output, an object a line", false);
}

export function homeFlag(): Option {
  return new Option("--home <DIR>", 'the folder of the account (default "~/.chhaya")').env("CHHAYA_HOME");
}

export function passphraseFlag(): Option {
  return new Option("--passphrase-file <FILE>", "the passphrase is the first line of this file").env(
    "CHHAYA_PASSPHRASE_FILE",
  );
}
