import { array, type Codec, optional, struct } from "../codec/index.ts";
import { assert, equalConstantTime, err, ok, type Result } from "../safety/index.ts";
import type { Suite } from "../suite/index.ts";
import type { SignedHead, Succession } from "../tlog/index.ts";
import { type LogAnchor, logId } from "./anchor.ts";
import type { LogView } from "./follow.ts";
import { futureVersions } from "./label.ts";
import { locate, type Opening, openedLeaf, openingCodec, vrfProofCodec } from "./opening.ts";
import {
  type HeldEpoch,
  type InclusionCode,
  proveStanding,
  type Standing,
  standingCodec,
  type StandingCode,
  verifyAbsent,
  verifyPresent,
  verifyStanding,
} from "./standing.ts";
import { type Registration, type RegistrationCode, verifyRegistration } from "./statement.ts";
import type { TreeLeaf } from "./tree/index.ts";

/** Versions that one proof opens; a longer history takes several. */
export const HISTORY_OPENINGS_MAX = 64;
/** No latest version has more future ones: the first half of the versions beyond the last power of two. */
const FUTURE_VERSIONS_MAX = 32_767;
/** The longest proof that a verifier reads; what is longer is for {@link HistoryProof}s of fewer versions, or a watch. */
export const HISTORY_BYTES_MAX = 262_144;

/** All versions of a label from one on, and that there is nothing newer: what the label's owner compares with its own. */
export interface HistoryProof {
  readonly standing: Standing;
  /** Version 1, with whose account the lineage begins; undefined where the openings begin with it. */
  readonly first: Opening | undefined;
  /** Consecutive versions, ascending; the last one is the latest. */
  readonly openings: readonly Opening[];
  /** VRF proofs, 80 bytes each, of `futureVersions` of the latest, in that order. */
  readonly absent: readonly Uint8Array[];
}

export type HistoryCode =
  | RegistrationCode
  | StandingCode
  | InclusionCode
  | "vkd/vrf"
  /** There is a version that the proof passes over. */
  | "vkd/not-latest"
  /** A version's lineage does not continue the one of the version before. */
  | "vkd/transfer";

export const historyCodec: Codec<HistoryProof> = struct({
  standing: standingCodec,
  first: optional(openingCodec),
  openings: array(openingCodec, HISTORY_OPENINGS_MAX),
  absent: array(vrfProofCodec, FUTURE_VERSIONS_MAX),
});

interface Places {
  readonly present: readonly TreeLeaf[];
  readonly absent: readonly Uint8Array[];
}

/** From the directory's own openings and VRF proofs; asserts that they fit together. */
export function proveHistory(
  suite: Suite,
  anchor: LogAnchor,
  held: HeldEpoch,
  succession: Succession | undefined,
  label: string,
  contents: Omit<HistoryProof, "standing">,
): HistoryProof {
  const places = placesOf(suite, anchor, label, contents);
  assert(places.ok, "not a history of this label");
  const { absent, present } = places.value;
  const indices = [...present.map(({ index }) => index), ...absent];
  return { ...contents, standing: proveStanding(suite, held, succession, indices) };
}

/**
 * The versions from `from` to the latest, by a head that the caller adopts. Under that head no lookup gives another
 * latest version, provided that the versions before `from` are still there: `from` 1 shows those too.
 */
export function verifyHistory(
  suite: Suite,
  view: LogView,
  label: string,
  from: number,
  proof: HistoryProof,
): Result<{ readonly head: SignedHead; readonly registrations: readonly Registration[] }, HistoryCode> {
  const { standing } = proof;
  if (proof.openings[0]?.registration.version !== from) return err("vkd/incomplete");
  const stated = verifyVersions(suite, logId(suite, view.anchor), label, proof);
  if (!stated.ok) return stated;
  const placed = placesOf(suite, view.anchor, label, proof);
  if (!placed.ok) return placed;
  const stands = verifyStanding(suite, view, standing);
  if (!stands.ok) return stands;
  for (const { commitment, index } of placed.value.present) {
    const found = verifyPresent(standing.tree, index, commitment);
    if (!found.ok) return found;
  }
  for (const index of placed.value.absent) {
    const missing = verifyAbsent(standing.tree, index, "vkd/not-latest");
    if (!missing.ok) return missing;
  }
  return ok({ head: stands.value.head, registrations: proof.openings.map(({ registration }) => registration) });
}

/** The registrations by themselves and next to each other. */
function verifyVersions(
  suite: Suite,
  log: Uint8Array,
  label: string,
  { first, openings }: Omit<HistoryProof, "standing">,
): Result<void, RegistrationCode | "vkd/incomplete" | "vkd/transfer"> {
  const from = openings[0]?.registration.version;
  if (from === undefined || (from === 1) !== (first === undefined)) return err("vkd/incomplete");
  if (openings.some(({ registration }, i) => registration.version !== from + i)) return err("vkd/incomplete");
  const all = first === undefined ? openings : [first, ...openings];
  const origin = (all[0] as Opening).registration;
  if (origin.version !== 1) return err("vkd/incomplete");
  let before: Registration | undefined;
  for (const { registration } of all) {
    const expected = { log, label, ...(registration.version === 1 ? {} : { first: origin.account }) };
    const stated = verifyRegistration(suite, registration, expected);
    if (!stated.ok) return stated;
    if (before !== undefined && !continues(before, registration)) return err("vkd/transfer");
    before = registration;
  }
  return ok(undefined);
}

/**
 * Whether a version's lineage is an earlier one's, with transfers only of versions after it. An account that handed
 * a label over could otherwise sign a second transfer, and take it back.
 */
function continues(before: Registration, after: Registration): boolean {
  if (after.lineage.length < before.lineage.length) return false;
  return after.lineage.every(({ account, version }, i) => {
    const known = before.lineage[i];
    if (known === undefined) return version > before.version;
    return known.version === version && equalConstantTime(known.account, account);
  });
}

/** Where everything is that a history speaks of. */
function placesOf(
  suite: Suite,
  anchor: LogAnchor,
  label: string,
  { absent, first, openings }: Omit<HistoryProof, "standing">,
): Result<Places, "vkd/incomplete" | "vkd/vrf"> {
  const latest = openings.at(-1)?.registration.version;
  if (latest === undefined) return err("vkd/incomplete");
  const future = futureVersions(latest);
  if (future.length !== absent.length) return err("vkd/incomplete");
  const places = { present: [] as TreeLeaf[], absent: [] as Uint8Array[] };
  for (const opening of first === undefined ? openings : [first, ...openings]) {
    const index = locate(suite, anchor, label, opening.registration.version, opening.proof);
    if (index === undefined) return err("vkd/vrf");
    places.present.push(openedLeaf(suite, index, opening));
  }
  for (const [i, version] of future.entries()) {
    const index = locate(suite, anchor, label, version, absent[i] as Uint8Array);
    if (index === undefined) return err("vkd/vrf");
    places.absent.push(index);
  }
  return ok(places);
}
