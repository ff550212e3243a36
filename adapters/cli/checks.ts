import type { ChecklistItem } from "../../reports/index.ts";
import type { LabelCode, LabelProof } from "../directory/index.ts";

interface Check {
  readonly says: string;
  /** Compares with the last head that was accepted. */
  readonly comparing?: boolean;
  /** What a proof that fails it is refused with. */
  readonly codes: readonly LabelCode[];
}

const FORM: Check = {
  says: "the proof is whole",
  codes: [
    "codec/too-long",
    "codec/truncated",
    "codec/trailing-bytes",
    "codec/wrong-type",
    "codec/not-canonical",
    "codec/out-of-range",
    "codec/unknown-variant",
    "vkd/label",
    // Also of what only the tree shows, at the very end: no tick is given that was not earned.
    "vkd/incomplete",
  ],
};
const SIGNED: Check = {
  says: "the account of the label signed the registration and the card in it",
  codes: [
    "vkd/other-label",
    "vkd/registration-other-log",
    "vkd/card",
    "vkd/card-other-account",
    "vkd/lineage",
    "vkd/lineage-signature",
    "vkd/registration-signature",
  ],
};
const PLACED: Check = { says: "the directory's key gives the label its places in the tree", codes: ["vkd/vrf"] };
const HEADED: readonly Check[] = [
  { says: "the head is of this log", codes: ["vkd/other-log"] },
  { says: "it is not older than the last one accepted", codes: ["vkd/head-older"], comparing: true },
  { says: "the directory signed it", codes: ["vkd/head-signature"] },
  { says: "it does not contradict the last one accepted", codes: ["vkd/head-conflict"], comparing: true },
  { says: "it is fresh", codes: ["vkd/head-from-future", "vkd/head-expired"] },
  {
    says: "it descends from the last one accepted",
    codes: ["vkd/head-unlinked", "vkd/head-inconsistent"],
    comparing: true,
  },
  { says: "enough witnesses cosigned it", codes: ["vkd/other-witnesses", "vkd/under-witnessed", "vkd/cosignature"] },
  { says: "its log ends in this epoch", codes: ["vkd/epoch"] },
  { says: "the tree is the one of this epoch", codes: ["vkd/tree-root"] },
];
const PRESENT: readonly Check[] = [
  { says: "the tree holds the version as it was registered", codes: ["vkd/not-included", "vkd/commitment"] },
  { says: "the tree holds no newer version", codes: ["vkd/not-latest"] },
];
const ABSENT: readonly Check[] = [{ says: "the tree does not hold the label", codes: ["vkd/not-absent"] }];

const CHECKS: Readonly<Record<LabelProof["kind"], readonly Check[]>> = {
  lookup: [FORM, SIGNED, PLACED, ...HEADED, ...PRESENT],
  absence: [FORM, PLACED, ...HEADED, ...ABSENT],
};

/**
 * What was checked, in order: all of it when nothing was refused, else up to the check that gave the code. `isFirst`:
 * no head was accepted before, so that there was nothing to compare with.
 */
export function checksOf(kind: LabelProof["kind"], isFirst: boolean, refused: LabelCode | undefined): ChecklistItem[] {
  const checks = CHECKS[kind];
  const failed = refused === undefined ? checks.length : checks.findIndex(({ codes }) => codes.includes(refused));
  return checks.map(({ comparing, says }, i) => {
    if (isFirst && comparing === true) return { says: `${says}: there is none yet`, held: undefined };
    return { says, held: i < failed ? true : i === failed ? false : undefined };
  });
}
