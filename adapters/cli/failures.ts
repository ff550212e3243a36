import { CommanderError } from "commander";

/**
 * What a failure means to whoever called: 1 for what the program could not do, 2 for what the caller has to put right.
 * Known by name, so that nothing is loaded only to be compared.
 */
const KNOWN: Readonly<Record<string, 1 | 2>> = {
  UsageError: 2,
  ParameterError: 2,
  SabotageMistake: 2,
  FolderError: 2,
  FolderDamaged: 2,
  ConfigError: 2,
  HomeError: 2,
  HomeInUse: 1,
  ControlTaken: 1,
  StorageLocked: 1,
  NodeFailed: 1,
  NetworkFailed: 1,
  BootstrapError: 2,
};

/** The codes of a service that name a mistake of the caller. */
const MISTAKES: ReadonlySet<string> = new Set([
  "control/malformed",
  "service/contact-unknown",
  "service/name-taken",
  "service/card",
  "service/label",
  "service/too-long",
  "service/transfer",
  "service/no-directory",
  "service/file",
]);

/** What the codes of storage mean to a person. */
const EXPLAINED: Readonly<Record<string, string>> = {
  "key/absent": 'there is no account here; "chhaya init" makes one',
  "key/exists": "there is an account here already",
  "key/passphrase-wrong": "the passphrase is wrong",
  "key/keyring-unavailable":
    "the system's keyring is not available, or no longer has the key of this account: unlock it, or restore a backup",
  "key/damaged": 'the key file is damaged: restore a backup with "chhaya import"',
  "key/other": "the key file is of another account",
  "backup/absent": "there is no such backup",
  "backup/exists": "the file is there already, and is not overwritten",
  "backup/unknown-format": "this is no backup, or one of a newer version of Chhaya",
  "backup/passphrase-wrong": "the passphrase of the backup is wrong",
  "backup/damaged": "the backup is damaged: use another copy of it",
  "backup/truncated": "the backup is not whole: use another copy of it",
  "storage/write-failed":
    "the disk refused a write; nothing that was not written is sent or confirmed. Make room, or see to the disk, and start again",
  "storage/stopped": "the storage was closed",
  "storage/key-wrong": "what is on the disk was sealed under another key",
  "storage/key-missing": "what is on the disk is sealed",
  "storage/not-sealed": "what is on the disk is not sealed, as it should be",
  "storage/damaged": 'what is on the disk is damaged: restore a backup with "chhaya import"',
};

/** Whether a failure says by itself what is the matter. */
export function isExplained(failure: Error): boolean {
  return "code" in failure && typeof failure.code === "string" && failure.code in EXPLAINED;
}

/** The exit code; says in one line what is the matter. Anything unknown is a bug and is thrown on, with its stack. */
export function exitCodeOf(failure: unknown): number {
  if (failure instanceof CommanderError) {
    // Help and the version were asked for and are shown already.
    if (failure.exitCode === 0) return 0;
    say(failure.message.replace(/^error: /u, "").replace("\n", " "));
    return 2;
  }
  if (!(failure instanceof Error)) throw failure;
  const code = "code" in failure && typeof failure.code === "string" ? failure.code : "";
  if (failure.name === "ServiceError") {
    say(failure.message);
    return MISTAKES.has(code) ? 2 : 1;
  }
  const explained = EXPLAINED[code];
  if (explained !== undefined) {
    say(`${explained} (${code})`);
    return code.startsWith("storage/") ? 1 : 2;
  }
  const known = KNOWN[failure.name];
  if (known === undefined) throw failure;
  say(failure.message);
  return known;
}

function say(message: string): void {
  process.stderr.write(`chhaya: ${message}\n`);
}
