import { type Codec, optional, struct } from "../codec/index.ts";
import { type CosignedHead, cosignedHeadCodec } from "../quorum/index.ts";
import { equalConstantTime, err, ok, type Result } from "../safety/index.ts";
import type { Suite } from "../suite/index.ts";
import {
  type EpochProof,
  epochProofCodec,
  type SignedHead,
  type Succession,
  successionCodec,
  verifyEpoch,
} from "../tlog/index.ts";
import { acceptHead, type HeadCode, type LogView } from "./follow.ts";
import { findIndex, type NodeReader, proveStored, prunedCodec, prunedRoot, type PrunedTree } from "./tree/index.ts";

/**
 * How the tree of a head's epoch stands at some indices: what every proof rests on, and all that a mirror, which
 * knows no labels and has no VRF key, has to give.
 */
export interface Standing {
  readonly head: CosignedHead;
  /** From the verifier's last head; undefined where it has none, or has this one. */
  readonly succession: Succession | undefined;
  readonly epoch: EpochProof;
  readonly tree: PrunedTree;
}

export type StandingCode =
  | HeadCode
  /** The leaf of the log is not the newest one of the head. */
  | "vkd/epoch"
  /** The tree is not the one of that leaf. */
  | "vkd/tree-root";

/** One epoch as the directory or a mirror holds it. */
export interface HeldEpoch {
  readonly head: CosignedHead;
  readonly epoch: EpochProof;
  /** Has every node below the epoch's root. */
  readonly nodes: NodeReader;
}

export type InclusionCode =
  /** The tree does not show the place. */
  | "vkd/incomplete"
  | "vkd/not-included"
  /** The leaf commits to something else. */
  | "vkd/commitment";

/** The longest standing that a verifier reads: over a hundred places in a tree of a million leaves. More take several. */
export const STANDING_BYTES_MAX = 65_536;

export const standingCodec: Codec<Standing> = struct({
  head: cosignedHeadCodec,
  succession: optional(successionCodec),
  epoch: epochProofCodec,
  tree: prunedCodec,
});

/** The standing of an epoch at `indices` (32 bytes each), in whatever order. */
export function proveStanding(
  suite: Suite,
  held: HeldEpoch,
  succession: Succession | undefined,
  indices: readonly Uint8Array[],
): Standing {
  const { epoch, head, nodes } = held;
  return { head, succession, epoch, tree: proveStored(suite, nodes, epoch.leaf.root, indices) };
}

/** The head, which the caller adopts, and the root of its tree (32 bytes), which `standing.tree` then has. */
export function verifyStanding(
  suite: Suite,
  view: LogView,
  standing: Standing,
): Result<{ readonly head: SignedHead; readonly root: Uint8Array }, StandingCode> {
  const accepted = acceptHead(suite, view, standing.head, standing.succession);
  if (!accepted.ok) return accepted;
  const head = accepted.value;
  if (!verifyEpoch(suite, head, standing.epoch)) return err("vkd/epoch");
  const { root } = standing.epoch.leaf;
  if (!equalConstantTime(prunedRoot(suite, standing.tree), root)) return err("vkd/tree-root");
  return ok({ head, root });
}

/** Whether a verified tree has a leaf at `index`, and with this commitment where one is given. */
export function verifyPresent(
  tree: PrunedTree,
  index: Uint8Array,
  commitment: Uint8Array | undefined,
): Result<void, InclusionCode> {
  const found = findIndex(tree, index);
  if (found.kind === "unknown") return err("vkd/incomplete");
  if (found.kind === "absent") return err("vkd/not-included");
  if (commitment !== undefined && !equalConstantTime(found.commitment, commitment)) return err("vkd/commitment");
  return ok(undefined);
}

/** Whether a verified tree has no leaf at `index`; `otherwise` says what it means where it has one. */
export function verifyAbsent<const C extends string>(
  tree: PrunedTree,
  index: Uint8Array,
  otherwise: C,
): Result<void, C | "vkd/incomplete"> {
  const found = findIndex(tree, index);
  if (found.kind === "unknown") return err("vkd/incomplete");
  return found.kind === "present" ? err(otherwise) : ok(undefined);
}
