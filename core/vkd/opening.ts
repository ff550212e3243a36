import { bytes, type Codec, mapped, optional, struct } from "../codec/index.ts";
import { err, ok, type Result, type Secret } from "../safety/index.ts";
import { type Suite, VRF_PROOF_BYTES } from "../suite/index.ts";
import { type LogAnchor, logId } from "./anchor.ts";
import { commitment, SALT_BYTES } from "./commitment.ts";
import { indexOf, labelInput, markerOf } from "./label.ts";
import {
  type Registration,
  REGISTRATION_BYTES_MAX,
  registrationBytes,
  type RegistrationCode,
  registrationCodec,
  verifyRegistration,
} from "./statement.ts";
import type { TreeLeaf } from "./tree/index.ts";

/** What tells where a version of a label is in the tree, and what the leaf there commits to. */
export interface Opening {
  /** The registration's; not on the wire a second time. */
  readonly version: number;
  /** VRF proof of label and version, 80 bytes. */
  readonly proof: Uint8Array;
  /** 32 bytes. */
  readonly salt: Uint8Array;
  readonly registration: Registration;
}

/** Everything that somebody who looks a label up needs of it, apart from the tree. */
export interface Capsule {
  readonly latest: Opening;
  /** VRF proof of the version after the latest, 80 bytes: it must not be in the tree. */
  readonly next: Uint8Array;
  /** VRF proof of the latest version's marker, 80 bytes; undefined where the latest is the marker. */
  readonly marker: Uint8Array | undefined;
  /** Version 1, whose account the lineage begins with; undefined where the latest is version 1. */
  readonly first: Opening | undefined;
}

/** Where the versions that a capsule speaks of are in the tree, 32 bytes each. */
export interface CapsulePlaces {
  readonly latest: Uint8Array;
  readonly next: Uint8Array;
  readonly marker: Uint8Array | undefined;
  readonly first: Uint8Array | undefined;
}

export type CapsuleCode =
  | RegistrationCode
  /** It lacks what its version needs, or brings something else. */
  | "vkd/incomplete"
  /** A VRF proof is not the directory's for this label and version. */
  | "vkd/vrf";

export const OPENING_BYTES_MAX: number = 1 + (2 + VRF_PROOF_BYTES) + (2 + SALT_BYTES) + REGISTRATION_BYTES_MAX;
export const CAPSULE_BYTES_MAX: number = 1 + 2 * OPENING_BYTES_MAX + 2 * (2 + VRF_PROOF_BYTES);

export const vrfProofCodec: Codec<Uint8Array> = bytes(VRF_PROOF_BYTES);

export const openingCodec: Codec<Opening> = mapped(
  struct({ proof: vrfProofCodec, salt: bytes(SALT_BYTES), registration: registrationCodec }),
  (opening) => ({ version: opening.registration.version, ...opening }),
  (opening) => opening,
);

export const capsuleCodec: Codec<Capsule> = struct({
  latest: openingCodec,
  next: vrfProofCodec,
  marker: optional(vrfProofCodec),
  first: optional(openingCodec),
});

/** The directory's half of {@link locate}: where a version of a label belongs, and the proof of it. */
export function placeVersion(
  suite: Suite,
  vrf: Secret,
  label: string,
  version: number,
): { readonly index: Uint8Array; readonly proof: Uint8Array } {
  const { output, proof } = suite.vrfProve(vrf, labelInput(label, version));
  return { index: indexOf(output), proof };
}

/** Where a version of a label is, 32 bytes; undefined when `proof` is not the directory's proof of it. */
export function locate(
  suite: Suite,
  anchor: LogAnchor,
  label: string,
  version: number,
  proof: Uint8Array,
): Uint8Array | undefined {
  const output = suite.vrfVerify(anchor.vrf, labelInput(label, version), proof);
  return output === undefined ? undefined : indexOf(output);
}

/** What the leaf of an opening holds, 32 bytes. */
export function openingCommitment(suite: Suite, opening: Pick<Opening, "salt" | "registration">): Uint8Array {
  return commitment(suite, opening.salt, registrationBytes(opening.registration));
}

/** The leaf that an opening at `index` opens. */
export function openedLeaf(suite: Suite, index: Uint8Array, opening: Pick<Opening, "salt" | "registration">): TreeLeaf {
  return { index, commitment: openingCommitment(suite, opening) };
}

/**
 * Checks everything about a capsule that needs no tree: shape, registrations, VRF proofs. Where it succeeds, the
 * capsule is the label's, made by the directory; that it is the newest one is for {@link LookupProof}.
 */
export function verifyCapsule(
  suite: Suite,
  anchor: LogAnchor,
  label: string,
  capsule: Capsule,
): Result<CapsulePlaces, CapsuleCode> {
  const { first, latest, marker, next } = capsule;
  const { version } = latest.registration;
  if (!isComplete(capsule)) return err("vkd/incomplete");
  const log = logId(suite, anchor);
  const expected = first === undefined ? { log, label } : { log, label, first: first.registration.account };
  const stated = verifyRegistration(suite, latest.registration, expected);
  if (!stated.ok) return stated;
  if (first !== undefined) {
    const begun = verifyRegistration(suite, first.registration, { log, label });
    if (!begun.ok) return begun;
  }
  const places = {
    latest: locate(suite, anchor, label, version, latest.proof),
    next: locate(suite, anchor, label, version + 1, next),
    marker: marker && locate(suite, anchor, label, markerOf(version), marker),
    first: first && locate(suite, anchor, label, 1, first.proof),
  };
  if (places.latest === undefined || places.next === undefined) return err("vkd/vrf");
  if (marker !== undefined && places.marker === undefined) return err("vkd/vrf");
  if (first !== undefined && places.first === undefined) return err("vkd/vrf");
  return ok({ ...places, latest: places.latest, next: places.next });
}

/** Whether a capsule has a marker and a first version exactly where its latest version needs them. */
function isComplete({ first, latest, marker }: Capsule): boolean {
  const { version } = latest.registration;
  if ((marker === undefined) !== (markerOf(version) === version)) return false;
  return version === 1 ? first === undefined : first?.registration.version === 1;
}

/** What to ask a mirror for, after {@link verifyCapsule}: indices of latest, next, marker and first, where there are. */
export function capsuleIndices(
  suite: Suite,
  anchor: LogAnchor,
  label: string,
  capsule: Capsule,
): Result<readonly Uint8Array[], CapsuleCode> {
  const verified = verifyCapsule(suite, anchor, label, capsule);
  if (!verified.ok) return verified;
  const { first, latest, marker, next } = verified.value;
  return ok([latest, next, marker, first].filter((index) => index !== undefined));
}
