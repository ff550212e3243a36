import { join } from "node:path";
import type { Command } from "commander";
import { DEFAULT_SETTINGS } from "../../core/node/index.ts";
import { equalConstantTime } from "../../core/safety/index.ts";
import { firstTerm, logId } from "../../core/vkd/index.ts";
import { checklist } from "../../reports/index.ts";
import {
  DirectoryFolder,
  equivocationLine,
  equivocationOf,
  FolderDamaged,
  FolderError,
  headLine,
  type LabelProof,
  trustedAnchor,
  loadLine,
  proveLabel,
  saveLine,
  verifyLabel,
} from "../directory/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { LABEL_CODES } from "./codes.ts";
import { type Judged, provenJson, provenReport, refusedReport } from "./lookup-report.ts";
import { terminal } from "./terminal.ts";
import { wholeNumber } from "./usage.ts";
import { withDirectory } from "./with-directory.ts";

interface LookupFlags {
  readonly directory: string;
  readonly anchor: string | undefined;
  readonly state: string | undefined;
  readonly maxAge: number;
  readonly json: boolean;
}

const MINUTE_MS = 60_000;

export function addLookup(program: Command): void {
  program
    .command("lookup")
    .description("prove what a label stands for; exit 0 when it is proven present or absent, 1 when a proof is refused")
    .argument("<label>", "who is looked up")
    .requiredOption("--directory <DIR>", "the folder of the directory that makes the proof")
    .option("--anchor <FILE>", "what is trusted; without it, the directory's own word for what it is")
    .option("--state <FILE>", "remembers the last head that was accepted, so that no older one is")
    .option(
      "--max-age <MINUTES>",
      "how old the head may be",
      wholeNumber("--max-age", 1),
      DEFAULT_SETTINGS.headAgeMsMax / MINUTE_MS,
    )
    .option("--json", "one JSON object on standard output", false)
    .action(async (label: string, flags: LookupFlags) => {
      process.exitCode = await lookUp(label, flags);
    });
}

async function lookUp(label: string, flags: LookupFlags): Promise<number> {
  const anchor = trustedAnchor(flags.anchor ?? join(flags.directory, "anchor"));
  const last = flags.state === undefined ? undefined : loadLine(headLine, flags.state);
  if (last !== undefined && !equalConstantTime(last.log, logId(nativeSuite, anchor))) {
    throw new FolderError(`${flags.state} remembers a head of another log than the anchor's`);
  }
  const now = Date.now();
  const view = { anchor, terms: [firstTerm(anchor)], last, now, headAgeMsMax: flags.maxAge * MINUTE_MS };
  let proof: LabelProof;
  try {
    proof = await withDirectory(DirectoryFolder.open(flags.directory), (folder) => proveLabel(folder, label, last));
  } catch (failure) {
    if (!(failure instanceof FolderDamaged)) throw failure;
    process.stderr.write(`chhaya: no proof can be made: ${failure.message}\n`);
    return 1;
  }
  const judged: Judged = { label, view, proof };
  const verified = verifyLabel(view, label, proof);
  if (!verified.ok) {
    const code = verified.error;
    const kept = code === "vkd/head-conflict" ? keepEvidence(judged, flags.state) : undefined;
    if (flags.json) say(JSON.stringify({ label, verdict: "refused", code, ...LABEL_CODES[code], evidence: kept }));
    else say(checklist(refusedReport(judged, code, kept), terminal(process.stdout)));
    return 1;
  }
  // Before anybody relies on it: who looks up next is shown nothing older.
  if (flags.state !== undefined) saveLine(headLine, flags.state, verified.value.head);
  if (flags.json) say(JSON.stringify(provenJson(judged, verified.value)));
  else say(checklist(provenReport(judged, verified.value), terminal(process.stdout)));
  return 0;
}

/** Two heads of one epoch that the directory signed: the file that now holds them, beside the state. */
function keepEvidence({ proof, view }: Judged, state: string | undefined): string | undefined {
  const evidence = equivocationOf(view, proof);
  if (evidence === undefined || state === undefined) return undefined;
  const file = `${state}.equivocation`;
  saveLine(equivocationLine, file, evidence);
  return file;
}

function say(text: string): void {
  process.stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}
