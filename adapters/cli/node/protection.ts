import { randomUUID } from "node:crypto";
import type { Command } from "commander";
import type { Protection } from "../../storage/index.ts";
import { UsageError } from "../usage.ts";
import { newPassphrase } from "./passphrase.ts";

/** How a new account is to be kept on this machine. */
export interface ProtectionFlags {
  readonly passphraseFile: string | undefined;
  readonly keyring: boolean;
  /** False for `--no-passphrase`. */
  readonly passphrase: boolean;
}

export function protectionFlags(command: Command): Command {
  return command
    .option("--keyring", "keep the key in the system's keyring instead of under a passphrase", false)
    .option("--no-passphrase", "keep the key beside what it seals: whoever gets the disk reads everything");
}

export async function protectionOf(flags: ProtectionFlags): Promise<Protection> {
  if (flags.keyring && !flags.passphrase) throw new UsageError("--keyring and --no-passphrase exclude one another");
  if (flags.keyring) return { kind: "keyring", entry: randomUUID() };
  if (!flags.passphrase) {
    process.stderr.write(
      "chhaya: without a passphrase, whoever copies this folder or gets the disk reads every message and can be you\n",
    );
    return { kind: "none" };
  }
  return { kind: "passphrase", passphrase: await newPassphrase(flags.passphraseFile, "the account") };
}
