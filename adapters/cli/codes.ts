import type { WitnessCode } from "../../core/quorum/index.ts";
import type { LabelCode } from "../directory/index.ts";

/** What a refusal means to a person, and what that person can do. */
export interface Explanation {
  readonly means: string;
  readonly remedy: string;
}

const DAMAGED = "the proof was cut or altered on its way";
const AGAIN = "ask again, or ask another mirror";
const WRONG = "do not believe this directory about the label; ask its owner in person";
const FORKED = "keep both heads: together they may convict the directory; trust nothing that it says until then";
const STALE = "ask somebody else who follows the log; if all are behind, it was rolled back or has stopped";
const OTHER_LOG = "check that the anchor is the one of this directory";

/** Every code of a label's proof. */
export const LABEL_CODES: Readonly<Record<LabelCode, Explanation>> = {
  "codec/too-long": { means: DAMAGED, remedy: AGAIN },
  "codec/truncated": { means: DAMAGED, remedy: AGAIN },
  "codec/trailing-bytes": { means: DAMAGED, remedy: AGAIN },
  "codec/wrong-type": { means: DAMAGED, remedy: AGAIN },
  "codec/not-canonical": { means: DAMAGED, remedy: AGAIN },
  "codec/out-of-range": { means: DAMAGED, remedy: AGAIN },
  "codec/unknown-variant": { means: DAMAGED, remedy: AGAIN },
  "vkd/label": { means: "what was asked for is no label", remedy: "correct its spelling" },
  "vkd/other-label": { means: "the registration is of another label", remedy: WRONG },
  "vkd/registration-other-log": { means: "the registration was made for another log", remedy: WRONG },
  "vkd/card": { means: "the contact card cannot be read", remedy: WRONG },
  "vkd/card-other-account": {
    means: "the contact card is of another account than the one that registered",
    remedy: WRONG,
  },
  "vkd/lineage": { means: "the label was not handed over to this account", remedy: WRONG },
  "vkd/lineage-signature": { means: "the account before did not sign the hand-over of the label", remedy: WRONG },
  "vkd/registration-signature": { means: "the account did not sign its registration", remedy: WRONG },
  "vkd/vrf": { means: "the directory's key did not place the label there: it could be another label's", remedy: WRONG },
  "vkd/incomplete": { means: "the proof lacks a part of the tree, or a version", remedy: AGAIN },
  "vkd/other-log": { means: "the head is of another log", remedy: OTHER_LOG },
  "vkd/head-older": {
    means: "the directory shows an older head than the last one accepted: it was rolled back",
    remedy: STALE,
  },
  "vkd/head-signature": { means: "the directory did not sign this head", remedy: OTHER_LOG },
  "vkd/head-conflict": {
    means: "the directory signed another head of the epoch that was accepted last: it tells two stories",
    remedy: FORKED,
  },
  "vkd/head-from-future": { means: "the head is dated in the future", remedy: "check the clock of this machine" },
  "vkd/head-expired": {
    means: "the newest head is too old to vouch for anybody",
    remedy: "have the directory publish an epoch, or allow older heads with --max-age",
  },
  "vkd/head-unlinked": {
    means: "the head comes without a proof that it continues the last one accepted",
    remedy: AGAIN,
  },
  "vkd/head-inconsistent": {
    means: "the head does not continue the last one accepted: the log was forked",
    remedy: FORKED,
  },
  "vkd/other-witnesses": { means: "the head names other witnesses than the anchor", remedy: OTHER_LOG },
  "vkd/under-witnessed": { means: "too few witnesses signed the head: it may have a rival", remedy: STALE },
  "vkd/cosignature": { means: "the witnesses did not sign this head", remedy: STALE },
  "vkd/epoch": { means: "the log of the head does not end in the epoch that was shown", remedy: AGAIN },
  "vkd/tree-root": { means: "the tree is not the one of the head", remedy: AGAIN },
  "vkd/not-included": { means: "the version is not in the tree", remedy: WRONG },
  "vkd/commitment": { means: "the tree holds something else for this version", remedy: WRONG },
  "vkd/not-latest": { means: "there is a newer version, which the proof keeps back", remedy: WRONG },
  "vkd/not-absent": { means: "the label is in the tree, though it is said to be absent", remedy: WRONG },
};

/** Every code of a witness. */
export const WITNESS_CODES: Readonly<Record<WitnessCode, string>> = {
  "witness/other-log": "the head is of another log",
  "witness/signature": "the directory did not sign the head",
  "witness/from-future": "the head is dated in the future",
  "tlog/other-log": "the head is of another log",
  "tlog/older": "it has signed a newer head: the directory was rolled back",
  "tlog/conflict": "it has signed another head of that epoch",
  "tlog/time-backwards": "the head is dated before the one that it signed last",
  "tlog/inconsistent": "the head does not continue the log that it signed last",
  "tlog/other-parent": "the head continues another head than the one that it signed last",
};
