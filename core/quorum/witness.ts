import { CLOCK_SKEW_MS } from "../identity/index.ts";
import { equalConstantTime } from "../safety/index.ts";
import type { Suite } from "../suite/index.ts";
import {
  convict,
  type Equivocation,
  headHash,
  type SignedHead,
  type Succession,
  type SuccessionCode,
  verifyHead,
  verifySuccession,
} from "../tlog/index.ts";

/** A log as its witnesses know it. */
export interface WitnessedLog {
  /** 32 bytes. */
  readonly id: Uint8Array;
  /** Ed25519 key of its directory, 32 bytes. */
  readonly key: Uint8Array;
}

/** What a witness keeps of a log: the last head that it made durable. */
export interface WitnessRecord {
  readonly head: SignedHead;
}

export type WitnessCode =
  | "witness/other-log"
  /** Not signed by the log's directory. */
  | "witness/signature"
  /** Its time is later than the clock by more than the tolerated skew. */
  | "witness/from-future"
  | SuccessionCode;

export type Judgement =
  /** Make `head` durable, then cosign it. */
  | { readonly kind: "cosign"; readonly head: SignedHead }
  /** The directory told two stories, and this proves it: cosign nothing of this log again. */
  | { readonly kind: "conflict"; readonly evidence: Equivocation }
  | { readonly kind: "refuse"; readonly code: WitnessCode };

function refuse(code: WitnessCode): Judgement {
  return { kind: "refuse", code };
}

/**
 * What a witness does with a decoded head, when `last` is the head that it made durable last (undefined for a log
 * that is new to it, of which it takes any signed head). The same head again is cosigned again: a part may be lost.
 * An older head is refused: what was cosigned at its epoch is not remembered. `now` in milliseconds.
 */
export function judgeHead(
  suite: Suite,
  log: WitnessedLog,
  last: SignedHead | undefined,
  head: SignedHead,
  succession: Succession | undefined,
  now: number,
): Judgement {
  if (!equalConstantTime(head.log, log.id)) return refuse("witness/other-log");
  if (!verifyHead(suite, log.key, head)) return refuse("witness/signature");
  if (last?.epoch === head.epoch) {
    if (equalConstantTime(headHash(suite, last), headHash(suite, head))) return { kind: "cosign", head: last };
    const evidence = convict(suite, log.key, last, head);
    return evidence === undefined ? refuse("tlog/conflict") : { kind: "conflict", evidence };
  }
  // After the conflict: a time that cannot be true is no excuse.
  if (head.time > now + CLOCK_SKEW_MS) return refuse("witness/from-future");
  if (last === undefined) return { kind: "cosign", head };
  const succeeds = verifySuccession(suite, last, head, succession);
  return succeeds.ok ? { kind: "cosign", head } : refuse(succeeds.error);
}
