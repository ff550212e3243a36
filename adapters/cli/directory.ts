import { bytesToHex } from "@noble/hashes/utils.js";
import type { Command } from "commander";
import type { WitnessMember } from "../../core/quorum/index.ts";
import {
  anchorLine,
  createAccount,
  decidedEpoch,
  DirectoryFolder,
  loadAccount,
  lineOrFile,
  publish,
  toLine,
  type WitnessAnswer,
  WitnessFolder,
  witnessLine,
} from "../directory/index.ts";
import { WITNESS_CODES } from "./codes.ts";
import { withDirectory } from "./with-directory.ts";
import { counted, fingerprintOf, quorumOf, timeOf, witnessName } from "./phrases.ts";
import { UsageError, wholeNumber } from "./usage.ts";

interface InitFlags {
  readonly name: string;
  readonly witness: readonly string[];
  readonly threshold: number;
  readonly epochMs: number;
  readonly memoryKib: number;
  readonly passes: number;
}

const HOUR_MS = 3_600_000;
/** RFC 9106 section 4, the second recommended option, in one lane. */
const MEMORY_KIB = 65_536;
const PASSES = 3;

export function addDirectory(program: Command): void {
  const directory = program.command("directory").description("a key directory, in a folder of its own");
  directory
    .command("init")
    .description("make a directory with an empty log, and print its anchor, which its users take")
    .argument("<dir>", "a folder; it is created")
    .requiredOption("--name <NAME>", "what its users call it; at most 64 bytes")
    .requiredOption("--witness <LINE|FILE...>", 'what "chhaya witness init" printed; repeatable')
    .requiredOption("--threshold <M>", "witnesses that a head needs", wholeNumber("--threshold", 1))
    .option("--epoch-ms <MS>", "how often an epoch is promised", wholeNumber("--epoch-ms", 1), HOUR_MS)
    .option("--memory-kib <KIB>", "memory that a guess of a label costs", wholeNumber("--memory-kib", 8), MEMORY_KIB)
    .option("--passes <N>", "passes over that memory", wholeNumber("--passes", 1), PASSES)
    .action((path: string, flags: InitFlags) => init(path, flags));
  directory
    .command("register")
    .description("register a label, or its next version, for the next epoch")
    .argument("<dir>", "the directory's folder")
    .argument("<label>", "a-z 0-9 . _ @ + -, at most 64")
    .option("--account <FILE>", 'the account key of its owner (default "LABEL.account")')
    .option("--new", "make that account key first", false)
    .action(register);
  directory
    .command("publish")
    .description("publish the next epoch, or go on with the one that is under way; exit 1 while it lacks witnesses")
    .argument("<dir>", "the directory's folder")
    .option("--witness-state <WDIR...>", "folders of witnesses that are asked to cosign; repeatable", [])
    .action(publishEpoch);
  directory
    .command("show")
    .description("what the log holds, and what waits")
    .argument("<dir>", "its folder")
    .action((path: string) => withDirectory(DirectoryFolder.open(path), async (folder) => say(shown(folder))));
}

function say(lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

function init(path: string, { epochMs, memoryKib, name, passes, threshold, witness }: InitFlags): Promise<void> {
  const plan = {
    name,
    witnesses: witness.map(witnessOf),
    threshold,
    epochMs,
    cost: { memoryKiB: memoryKib, passes },
  };
  return withDirectory(DirectoryFolder.create(path, plan), async ({ anchor }) => say([toLine(anchorLine, anchor)]));
}

/** A witness's line itself, or the file that holds it. */
function witnessOf(word: string): WitnessMember {
  const member = lineOrFile(witnessLine, word, "--witness");
  if (member === undefined) throw new UsageError(`--witness takes a line or a file; there is no file ${word}`);
  return member;
}

async function register(
  path: string,
  label: string,
  flags: { readonly account: string | undefined; readonly new: boolean },
): Promise<void> {
  await withDirectory(DirectoryFolder.open(path), async (folder) => {
    folder.demandFree(label);
    const file = flags.account ?? `${label}.account`;
    const account = flags.new ? createAccount(file) : loadAccount(file);
    const { version } = await folder.register(account, label, Date.now());
    say([
      `${label}, version ${version}, waits for epoch ${folder.registry.replica.epoch + 1}`,
      `  account      ${bytesToHex(account.account.publicKey)}${flags.new ? `, made in ${file}` : ""}`,
      `  fingerprint  ${fingerprintOf(account.account.publicKey)}`,
    ]);
  });
}

async function publishEpoch(
  path: string,
  { witnessState }: { readonly witnessState: readonly string[] },
): Promise<void> {
  const witnesses: WitnessFolder[] = [];
  try {
    await withDirectory(DirectoryFolder.open(path), async (folder) => {
      for (const state of witnessState) witnesses.push(WitnessFolder.open(state));
      const { answers, changes, cosigned, head, signers } = await publish(folder, witnesses, Date.now());
      const { anchor } = folder;
      const { members, threshold } = anchor.witnesses;
      const verdict =
        cosigned === undefined
          ? `✘ epoch ${head.epoch} is signed, and needs ${threshold} of ${members.length} witnesses: ${signers} so far`
          : `✔ epoch ${head.epoch}: ${counted(changes, "change")}, cosigned by ${quorumOf(anchor, cosigned)} witnesses`;
      say([verdict, ...answers.map(({ answer, path: state }) => `  ${said(answer)}  ${state}`)]);
      if (cosigned === undefined) {
        say(["Publish again with more of them: the same head will be shown, and no other head of this epoch signed."]);
        process.exitCode = 1;
      }
    });
  } finally {
    for (const witness of witnesses) witness.close();
  }
}

function said(answer: WitnessAnswer): string {
  switch (answer.kind) {
    case "cosigned":
      return "✔ cosigned";
    case "conflict":
      return `✘ refused: it holds two heads of epoch ${answer.evidence.a.epoch} that this directory signed`;
    case "refused":
      return `✘ refused: ${WITNESS_CODES[answer.code]} (${answer.code})`;
  }
}

function shown(folder: DirectoryFolder): string[] {
  const { anchor, registry } = folder;
  const { members, threshold } = anchor.witnesses;
  const pending = folder.pending();
  const decided = decidedEpoch(folder);
  const { replica } = registry;
  const head = replica.epoch === 0 ? undefined : replica.head(replica.epoch);
  return [
    `directory "${anchor.name}"`,
    `  log        ${bytesToHex(registry.log)}`,
    `  witnesses  ${threshold} of ${members.map(({ key }) => witnessName(key)).join(" ")}`,
    `  a guess    Argon2id, ${anchor.cost.memoryKiB.toLocaleString("en-US")} KiB, ${counted(anchor.cost.passes, "pass", "passes")}`,
    head === undefined
      ? "  epoch      none yet"
      : `  epoch      ${head.head.epoch} of ${timeOf(head.head.time)}, cosigned by ${quorumOf(anchor, head)}`,
    `  labels     ${registry.labels.toLocaleString("en-US")} that are registered or wait`,
    `  waiting    ${pending.map(({ label, version }) => `${label} (version ${version})`).join(", ") || "nothing"}`,
    ...(decided === undefined
      ? []
      : [
          `  under way  epoch ${decided.head.epoch}, ${counted(decided.labels.length, "change")}, ${decided.parts.length} of ${threshold} cosignatures`,
        ]),
    toLine(anchorLine, anchor),
  ];
}
