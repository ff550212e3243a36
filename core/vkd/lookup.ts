import { type Codec, struct } from "../codec/index.ts";
import { assert, ok, type Result } from "../safety/index.ts";
import type { Suite } from "../suite/index.ts";
import type { SignedHead, Succession } from "../tlog/index.ts";
import type { LogAnchor } from "./anchor.ts";
import type { LogView } from "./follow.ts";
import {
  type Capsule,
  CAPSULE_BYTES_MAX,
  capsuleCodec,
  type CapsuleCode,
  capsuleIndices,
  openingCommitment,
  verifyCapsule,
} from "./opening.ts";
import {
  type HeldEpoch,
  type InclusionCode,
  proveStanding,
  type Standing,
  STANDING_BYTES_MAX,
  standingCodec,
  type StandingCode,
  verifyAbsent,
  verifyPresent,
  verifyStanding,
} from "./standing.ts";
import type { Registration } from "./statement.ts";

/** What a label stands for, in the newest epoch: its capsule, and the tree where the capsule points. */
export interface LookupProof {
  readonly capsule: Capsule;
  readonly standing: Standing;
}

export type LookupCode =
  | CapsuleCode
  | StandingCode
  | InclusionCode
  /** There is a newer version. */
  | "vkd/not-latest";

export const LOOKUP_BYTES_MAX: number = 1 + CAPSULE_BYTES_MAX + STANDING_BYTES_MAX;

export const lookupCodec: Codec<LookupProof> = struct({ capsule: capsuleCodec, standing: standingCodec });

/** From the directory's own capsule of the label; asserts that it is one. */
export function proveLookup(
  suite: Suite,
  anchor: LogAnchor,
  held: HeldEpoch,
  succession: Succession | undefined,
  label: string,
  capsule: Capsule,
): LookupProof {
  const indices = capsuleIndices(suite, anchor, label, capsule);
  assert(indices.ok, "not a capsule of this label");
  return { capsule, standing: proveStanding(suite, held, succession, indices.value) };
}

/**
 * What the label stands for, by a head that the caller adopts. The latest version and the first are in the tree as
 * they were opened, the latest one's marker is there, and its successor is not: see `futureVersions` for why nobody
 * can be shown another latest version while its owner sees this one.
 */
export function verifyLookup(
  suite: Suite,
  view: LogView,
  label: string,
  proof: LookupProof,
): Result<{ readonly head: SignedHead; readonly registration: Registration }, LookupCode> {
  const { capsule, standing } = proof;
  const placed = verifyCapsule(suite, view.anchor, label, capsule);
  if (!placed.ok) return placed;
  const stands = verifyStanding(suite, view, standing);
  if (!stands.ok) return stands;
  const { first, latest, marker, next } = placed.value;
  const newest = verifyPresent(standing.tree, latest, openingCommitment(suite, capsule.latest));
  if (!newest.ok) return newest;
  const superseded = verifyAbsent(standing.tree, next, "vkd/not-latest");
  if (!superseded.ok) return superseded;
  if (marker !== undefined) {
    const marked = verifyPresent(standing.tree, marker, undefined);
    if (!marked.ok) return marked;
  }
  if (first !== undefined && capsule.first !== undefined) {
    const begun = verifyPresent(standing.tree, first, openingCommitment(suite, capsule.first));
    if (!begun.ok) return begun;
  }
  return ok({ head: stands.value.head, registration: capsule.latest.registration });
}
