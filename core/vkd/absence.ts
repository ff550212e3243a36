import { type Codec, struct } from "../codec/index.ts";
import { err, ok, type Result, type Secret } from "../safety/index.ts";
import { type Suite, VRF_PROOF_BYTES } from "../suite/index.ts";
import type { SignedHead, Succession } from "../tlog/index.ts";
import type { LogView } from "./follow.ts";
import { isLabel } from "./label.ts";
import { locate, placeVersion, vrfProofCodec } from "./opening.ts";
import {
  type HeldEpoch,
  proveStanding,
  type Standing,
  STANDING_BYTES_MAX,
  standingCodec,
  type StandingCode,
  verifyAbsent,
  verifyStanding,
} from "./standing.ts";

/** That a label was never registered, up to the newest epoch. Only the directory can make it: nobody has its capsule. */
export interface AbsenceProof {
  readonly standing: Standing;
  /** VRF proof of version 1, 80 bytes. */
  readonly proof: Uint8Array;
}

export type AbsenceCode = StandingCode | "vkd/label" | "vkd/vrf" | "vkd/incomplete" | "vkd/not-absent";

export const ABSENCE_BYTES_MAX: number = 1 + STANDING_BYTES_MAX + 2 + VRF_PROOF_BYTES;

export const absenceCodec: Codec<AbsenceProof> = struct({ standing: standingCodec, proof: vrfProofCodec });

/** `vrf` is the directory's VRF seed, 32 bytes. The proof shows the label's place to whoever gets it. */
export function proveAbsence(
  suite: Suite,
  vrf: Secret,
  held: HeldEpoch,
  succession: Succession | undefined,
  label: string,
): AbsenceProof {
  const { index, proof } = placeVersion(suite, vrf, label, 1);
  return { standing: proveStanding(suite, held, succession, [index]), proof };
}

/** The head, which the caller adopts. Versions have no gaps, so without version 1 there is none. */
export function verifyAbsence(
  suite: Suite,
  view: LogView,
  label: string,
  proof: AbsenceProof,
): Result<SignedHead, AbsenceCode> {
  if (!isLabel(label)) return err("vkd/label");
  const index = locate(suite, view.anchor, label, 1, proof.proof);
  if (index === undefined) return err("vkd/vrf");
  const stands = verifyStanding(suite, view, proof.standing);
  if (!stands.ok) return stands;
  const absent = verifyAbsent(proof.standing.tree, index, "vkd/not-absent");
  return absent.ok ? ok(stands.value.head) : absent;
}
