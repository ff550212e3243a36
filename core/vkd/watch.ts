import { type Codec, struct, uint } from "../codec/index.ts";
import { err, ok, type Result } from "../safety/index.ts";
import type { Suite } from "../suite/index.ts";
import type { SignedHead } from "../tlog/index.ts";
import type { LogAnchor } from "./anchor.ts";
import type { LogView } from "./follow.ts";
import { futureVersions, isLabel, isVersion, VERSIONS_MAX } from "./label.ts";
import { locate, vrfProofCodec } from "./opening.ts";
import {
  type InclusionCode,
  type Standing,
  type StandingCode,
  verifyAbsent,
  verifyPresent,
  verifyStanding,
} from "./standing.ts";
import type { TreeLeaf } from "./tree/index.ts";

/** What the directory reveals of a label to its owner, once: it never changes. */
export interface VersionProof {
  readonly version: number;
  /** VRF proof, 80 bytes. */
  readonly proof: Uint8Array;
}

/** Where a version of a label is, or would be, in the tree; 32 bytes. */
export interface VersionPlace {
  readonly version: number;
  readonly index: Uint8Array;
}

/** What the owner of a label expects of every epoch; any part of it can be watched apart from the rest. */
export interface WatchedPlaces {
  /** The versions that the owner made, as it knows their openings. */
  readonly present: readonly TreeLeaf[];
  /** Places of versions that the owner did not make, 32 bytes each. */
  readonly absent: readonly Uint8Array[];
}

export type WatchCode =
  | StandingCode
  | InclusionCode
  /** A version that the owner did not make. */
  | "vkd/foreign-version";

export const versionProofCodec: Codec<VersionProof> = struct({ version: uint(VERSIONS_MAX), proof: vrfProofCodec });

/** What the owner of a label with this latest version watches: every version up to it, then `futureVersions` of it. */
export function watchedVersions(latest: number): readonly number[] {
  return [...Array.from({ length: latest }, (_, i) => i + 1), ...futureVersions(latest)];
}

/** The places of the versions, in the order of the proofs, for {@link verifyWatch} in every epoch that follows. */
export function watchIndices(
  suite: Suite,
  anchor: LogAnchor,
  label: string,
  proofs: readonly VersionProof[],
): Result<readonly VersionPlace[], "vkd/label" | "vkd/vrf"> {
  if (!isLabel(label)) return err("vkd/label");
  const places: VersionPlace[] = [];
  for (const { proof, version } of proofs) {
    const index = isVersion(version) ? locate(suite, anchor, label, version, proof) : undefined;
    if (index === undefined) return err("vkd/vrf");
    places.push({ version, index });
  }
  return ok(places);
}

/**
 * Whether an epoch holds what the owner made and nothing else, by a head that the caller adopts. Any mirror can give
 * the standing, and learns from it which places of the tree somebody watches together.
 */
export function verifyWatch(
  suite: Suite,
  view: LogView,
  watched: WatchedPlaces,
  standing: Standing,
): Result<SignedHead, WatchCode> {
  const stands = verifyStanding(suite, view, standing);
  if (!stands.ok) return stands;
  // A foreign version first: it is the finding, whatever else is wrong.
  for (const index of watched.absent) {
    const absent = verifyAbsent(standing.tree, index, "vkd/foreign-version");
    if (!absent.ok) return absent;
  }
  for (const { commitment, index } of watched.present) {
    const present = verifyPresent(standing.tree, index, commitment);
    if (!present.ok) return present;
  }
  return ok(stands.value.head);
}
