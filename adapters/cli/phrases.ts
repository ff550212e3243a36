import { bytesToHex } from "@noble/hashes/utils.js";
import { safetyNumber } from "../../core/identity/index.ts";
import type { CosignedHead } from "../../core/quorum/index.ts";
import type { LogAnchor } from "../../core/vkd/index.ts";
import { duration } from "../../reports/index.ts";
import { nativeSuite } from "../suite/index.ts";

export { counted } from "./counted.ts";

const NAMED_BYTES = 4;

/** `2026-01-31 23:59:59 UTC`. */
export function timeOf(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** The half of a safety number that stands for one account, whoever it talks to: 30 digits in 6 groups. */
export function fingerprintOf(account: Uint8Array): string {
  // Of an account with itself, both halves are the same.
  const number = safetyNumber(nativeSuite, account, account);
  return number.slice(0, (number.length - 1) / 2);
}

/** Enough of a witness's key to tell it from the others of its set. */
export function witnessName(key: Uint8Array): string {
  return bytesToHex(key.subarray(0, NAMED_BYTES));
}

/** Which of the witnesses signed, in the order of the set. */
export function signersOf(
  { witnesses: { members } }: LogAnchor,
  { cosignature: { signers } }: CosignedHead,
): boolean[] {
  return members.map((_, i) => (((signers[i >> 3] ?? 0) >> (i & 7)) & 1) === 1);
}

/** `5 of 7`. */
export function quorumOf(anchor: LogAnchor, head: CosignedHead): string {
  const signers = signersOf(anchor, head);
  return `${signers.filter(Boolean).length} of ${signers.length}`;
}

/** `3 min 5 s ago`; `now` too for a clock that is a little behind. */
export function agoOf(ms: number): string {
  return ms < 1_000 ? "now" : `${duration(ms)} ago`;
}
