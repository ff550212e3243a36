import { CLOCK_SKEW_MS } from "../identity/index.ts";
import { type CosignedHead, termAt, verifyCosignature, witnessSetId, type WitnessTerm } from "../quorum/index.ts";
import { equalConstantTime, err, ok, type Result } from "../safety/index.ts";
import type { Suite } from "../suite/index.ts";
import { headHash, type SignedHead, type Succession, verifyHead, verifySuccession } from "../tlog/index.ts";
import { type LogAnchor, logId } from "./anchor.ts";

/** What a verifier knows of a log, and when it judges. */
export interface LogView {
  readonly anchor: LogAnchor;
  /** The witness sets from the anchor's on, each from an epoch on; ascending and not empty, see {@link firstTerm}. */
  readonly terms: readonly WitnessTerm[];
  /** The newest head that was accepted, and is durable; undefined before the first. */
  readonly last: SignedHead | undefined;
  /** Milliseconds since the Unix epoch. */
  readonly now: number;
  /** How old a head may be: an epoch or two, what spreading it takes, and the skew between clocks. */
  readonly headAgeMsMax: number;
}

export type HeadCode =
  | "vkd/other-log"
  /** Older than the last one accepted. */
  | "vkd/head-older"
  | "vkd/head-signature"
  /** Another head of the last accepted epoch, signed by the directory: evidence against it, see `convict`. */
  | "vkd/head-conflict"
  | "vkd/head-from-future"
  | "vkd/head-expired"
  /** Newer than the last one accepted, without a proof that it descends from that. */
  | "vkd/head-unlinked"
  /** Not shown to descend from the last one accepted. */
  | "vkd/head-inconsistent"
  /** It names another witness set than the one in force in its epoch. */
  | "vkd/other-witnesses"
  | "vkd/under-witnessed"
  | "vkd/cosignature";

/** The witness set that an anchor begins with; `followRotations` continues from it. */
export function firstTerm(anchor: LogAnchor): WitnessTerm {
  return { set: anchor.witnesses, fromEpoch: 1, sequence: 0 };
}

/**
 * Whether a head that was decoded may take the place of the last one: of this log, not older, signed, fresh,
 * descended from exactly that one, and cosigned by enough of the witnesses in force. The caller makes it durable
 * before it relies on it. The last head itself is accepted again as long as it is fresh; no signature of it is looked
 * at twice, so the one that is returned is the one that was verified.
 */
export function acceptHead(
  suite: Suite,
  view: LogView,
  cosigned: CosignedHead,
  succession: Succession | undefined,
): Result<SignedHead, HeadCode> {
  const { anchor, last, now } = view;
  const { cosignature, head } = cosigned;
  if (!equalConstantTime(head.log, logId(suite, anchor))) return err("vkd/other-log");
  const hash = headHash(suite, head);
  const isLast = last !== undefined && equalConstantTime(hash, headHash(suite, last));
  if (!isLast) {
    if (last !== undefined && head.epoch < last.epoch) return err("vkd/head-older");
    // Before the clock is asked: an old head that contradicts the last one is evidence all the same.
    if (!verifyHead(suite, anchor.key, head)) return err("vkd/head-signature");
    if (last !== undefined && head.epoch === last.epoch) return err("vkd/head-conflict");
  }
  if (head.time > now + CLOCK_SKEW_MS) return err("vkd/head-from-future");
  if (head.time < now - view.headAgeMsMax) return err("vkd/head-expired");
  if (isLast) return ok(last);
  if (last !== undefined) {
    if (succession === undefined) return err("vkd/head-unlinked");
    if (!verifySuccession(suite, last, head, succession).ok) return err("vkd/head-inconsistent");
  }
  const term = termAt(view.terms, head.epoch);
  if (term === undefined || !equalConstantTime(head.witnesses, witnessSetId(suite, term.set))) {
    return err("vkd/other-witnesses");
  }
  const cosigns = verifyCosignature(suite, term.set, hash, cosignature);
  if (cosigns.ok) return ok(head);
  return err(cosigns.error === "quorum/under-threshold" ? "vkd/under-witnessed" : "vkd/cosignature");
}
