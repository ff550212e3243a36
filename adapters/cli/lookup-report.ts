import { bytesToHex } from "@noble/hashes/utils.js";
import { cardFromBytes, cardToText } from "../../core/identity/index.ts";
import type { LogView, PrunedTree, Standing } from "../../core/vkd/index.ts";
import type { Checklist } from "../../reports/index.ts";
import type { LabelCode, LabelProof, LabelStanding } from "../directory/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { checksOf } from "./checks.ts";
import { LABEL_CODES } from "./codes.ts";
import { agoOf, counted, fingerprintOf, quorumOf, signersOf, timeOf, witnessName } from "./phrases.ts";

/** A lookup that was made and judged. */
export interface Judged {
  readonly label: string;
  readonly view: LogView;
  readonly proof: LabelProof;
}

type Facts = (readonly [string, string])[];

/** A proof that verified, for people. */
export function provenReport({ label, proof, view }: Judged, standing: LabelStanding): Checklist {
  const { anchor, last, now } = view;
  const { head, registration, standing: shown } = standing;
  const signers = signersOf(anchor, shown.head);
  const named = anchor.witnesses.members.map(({ key }, i) => `${signers[i] === true ? "✔" : "–"} ${witnessName(key)}`);
  const registered: Facts =
    registration === undefined
      ? []
      : [
          ["account", bytesToHex(registration.account)],
          ["fingerprint", fingerprintOf(registration.account)],
          ["version", String(registration.version)],
        ];
  return {
    title:
      registration === undefined
        ? `${label} is not registered: proven absent`
        : `${label} is registered: proven present, version ${registration.version}`,
    held: true,
    facts: [
      ...registered,
      ["log", `"${anchor.name}" ${bytesToHex(head.log)}`],
      ["epoch", `${head.epoch} of ${timeOf(head.time)}, ${agoOf(now - head.time)}`],
      ["witnesses", `${quorumOf(anchor, shown.head)}, ${anchor.witnesses.threshold} needed: ${named.join(", ")}`],
      ["proof", `${counted(proof.bytes.length, "byte")}: ${pathOf(shown, last?.epoch)}`],
      ...(registration === undefined ? [] : ([["card", cardTextOf(registration.card)]] as Facts)),
    ],
    checks: checksOf(proof.kind, last === undefined, undefined),
  };
}

/** The same as one JSON object. */
export function provenJson({ label, proof, view }: Judged, standing: LabelStanding): object {
  const { anchor, last, now } = view;
  const { head, registration, standing: shown } = standing;
  const signers = signersOf(anchor, shown.head);
  return {
    label,
    verdict: registration === undefined ? "absent" : "present",
    ...(registration === undefined
      ? {}
      : {
          version: registration.version,
          account: bytesToHex(registration.account),
          fingerprint: fingerprintOf(registration.account),
          card: cardTextOf(registration.card),
        }),
    log: bytesToHex(head.log),
    epoch: head.epoch,
    time: head.time,
    ageMs: now - head.time,
    threshold: anchor.witnesses.threshold,
    witnesses: anchor.witnesses.members.map(({ key }, i) => ({ key: bytesToHex(key), signed: signers[i] })),
    bytes: proof.bytes.length,
    tree: shapeOf(shown.tree),
    logHashes: shown.epoch.inclusion.length,
    successionHashes: successionHashes(shown),
    checks: checksOf(proof.kind, last === undefined, undefined).flatMap(({ held, says }) =>
      held === true ? [says] : [],
    ),
  };
}

/** A proof that was refused, for people: what the code means and what they can do. `kept`: where evidence went. */
export function refusedReport({ label, proof, view }: Judged, code: LabelCode, kept: string | undefined): Checklist {
  const { means, remedy } = LABEL_CODES[code];
  return {
    title: `what "${view.anchor.name}" says about ${label} is refused: ${code}`,
    held: false,
    facts: [
      ["it means", means],
      ["to do", remedy],
      ...(kept === undefined
        ? []
        : ([["evidence", `${kept} convicts the directory before anybody who follows it`]] as Facts)),
    ],
    checks: checksOf(proof.kind, view.last === undefined, code),
  };
}

function pathOf(standing: Standing, from: number | undefined): string {
  const { depth, hashes } = shapeOf(standing.tree);
  const path = [
    `tree of depth ${depth} with ${hashesOf(hashes)}`,
    `log with ${hashesOf(standing.epoch.inclusion.length)}`,
  ];
  if (standing.succession !== undefined) path.push(`from epoch ${from} with ${hashesOf(successionHashes(standing))}`);
  return path.join("; ");
}

function hashesOf(count: number): string {
  return counted(count, "hash", "hashes");
}

function successionHashes({ succession }: Standing): number {
  return succession === undefined ? 0 : succession.consistency.length + succession.inclusion.length;
}

/** How much of a tree a proof shows. */
function shapeOf(tree: PrunedTree): { readonly depth: number; readonly hashes: number } {
  if (tree.kind !== "node") return { depth: 0, hashes: tree.kind === "hash" ? 1 : 0 };
  const [left, right] = [shapeOf(tree.left), shapeOf(tree.right)];
  return { depth: 1 + Math.max(left.depth, right.depth), hashes: left.hashes + right.hashes };
}

function cardTextOf(card: Uint8Array): string {
  const decoded = cardFromBytes(card);
  return decoded.ok ? cardToText(nativeSuite, decoded.value) : "";
}
