import type { Command } from "commander";
import {
  type AuditedEpoch,
  auditEnd,
  auditEpochs,
  type AuditFailure,
  DirectoryFolder,
  FolderError,
  headLine,
  loadLine,
} from "../directory/index.ts";
import { counted, quorumOf, timeOf } from "./phrases.ts";
import { UsageError, wholeNumber } from "./usage.ts";
import { withDirectory } from "./with-directory.ts";

interface AuditFlags {
  readonly from: number;
  readonly to: number | undefined;
  readonly state: string | undefined;
}

/** Epochs that get a line each; of more, every line sums up as many as it takes for about this number of lines. */
const LINES_MAX = 40;
const FAILURES_SHOWN_MAX = 10;

export function addAudit(program: Command): void {
  program
    .command("audit")
    .description("prove every epoch of a directory's log again; exit 1 when something is wrong")
    .argument("<dir>", "the directory's folder")
    .option("--from <E>", "first epoch; the head before it is believed", wholeNumber("--from", 1), 1)
    .option("--to <E>", "last epoch (default the newest)", wholeNumber("--to", 1))
    .option("--state <FILE>", 'the last head that "chhaya lookup --state" accepted: the log must have it')
    .action(async (path: string, flags: AuditFlags) => {
      process.exitCode = await withDirectory(DirectoryFolder.open(path), (folder) => audit(folder, flags));
    });
}

function audit(folder: DirectoryFolder, { from, state, to: asked }: AuditFlags): number {
  const { replica } = folder.registry;
  const to = asked ?? replica.epoch;
  const accepted = state === undefined ? undefined : loadLine(headLine, state);
  if (state !== undefined && accepted === undefined) throw new FolderError(`there is no head in ${state}`);
  if (replica.epoch === 0 && accepted === undefined) throw new FolderError(`${folder.path} has published no epoch yet`);
  if (to > replica.epoch) throw new UsageError(`--to is at most ${replica.epoch}, the newest epoch, not ${to}`);
  if (from > Math.max(1, to)) throw new UsageError(`--from is at most ${to}, the last epoch, not ${from}`);
  const failures: AuditFailure[] = [];
  const fail = (failure: AuditFailure): void => {
    failures.push(failure);
    if (failures.length <= FAILURES_SHOWN_MAX) say(`✘ epoch ${failure.epoch}, ${failure.check}: ${failure.why}`);
  };
  const perLine = Math.ceil((to - from + 1) / LINES_MAX);
  let changes = 0;
  let held: AuditedEpoch[] = [];
  const flush = (): void => {
    if (held.length > 0) say(lineOf(folder, held));
    held = [];
  };
  for (const audited of auditEpochs(folder, from, to)) {
    changes += audited.changes;
    if (audited.failure === undefined) held.push(audited);
    if (audited.failure !== undefined || held.length >= perLine) flush();
    if (audited.failure !== undefined) fail(audited.failure);
  }
  flush();
  auditEnd(folder, to, from === 1 && failures.length === 0 ? changes : undefined, accepted).forEach(fail);
  say(verdictOf(folder, from, to, changes, failures));
  return failures.length > 0 ? 1 : 0;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function lineOf({ anchor }: DirectoryFolder, held: readonly AuditedEpoch[]): string {
  const [first, last] = [held[0] as AuditedEpoch, held.at(-1) as AuditedEpoch];
  const changes = counted(
    held.reduce((sum, each) => sum + each.changes, 0),
    "change",
  );
  if (first === last && last.head !== undefined) {
    return `✔ epoch ${last.epoch}  ${timeOf(last.head.head.time)}  ${changes}, cosigned by ${quorumOf(anchor, last.head)}`;
  }
  return `✔ epochs ${first.epoch} to ${last.epoch}  ${changes}`;
}

function verdictOf(
  { anchor }: DirectoryFolder,
  from: number,
  to: number,
  changes: number,
  failures: readonly AuditFailure[],
): string {
  const [worst] = failures;
  if (worst !== undefined) {
    const more = failures.length > 1 ? ` and ${counted(failures.length - 1, "more failure")}` : "";
    return `"${anchor.name}" does not hold: epoch ${worst.epoch} fails at its ${worst.check}${more}.`;
  }
  const believed = from === 1 ? "" : `, if the head of epoch ${from - 1} is believed`;
  return `"${anchor.name}" holds: ${counted(to - from + 1, "epoch")} in one chain, ${counted(changes, "change")}, nothing altered or removed${believed}.`;
}
