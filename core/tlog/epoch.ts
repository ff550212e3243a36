import { array, bytes, type Codec, refined, statementOf, struct, uint } from "../codec/index.ts";
import { assert, equalConstantTime } from "../safety/index.ts";
import { SHA256_BYTES, type Suite } from "../suite/index.ts";
import { isLinked, type TreeHead } from "./head.ts";
import { INCLUSION_HASHES_MAX, proveInclusion, verifyInclusion } from "./inclusion.ts";
import { EPOCHS_MAX, leafHash, type LogReader } from "./tree.ts";

/** What the log records of an epoch. Leaf `epoch - 1` of the log. */
export interface EpochLeaf {
  /** From 1 to {@link EPOCHS_MAX}. */
  readonly epoch: number;
  /** Root of the prefix tree at the end of the epoch; 32 bytes. */
  readonly root: Uint8Array;
  /** Hash of the head of the epoch before; {@link NO_HEAD} in epoch 1. */
  readonly previous: Uint8Array;
  /** Content address of the list of what the epoch changed; 32 bytes. */
  readonly changes: Uint8Array;
}

/** The newest leaf of a head, so that the root of its prefix tree is known. */
export interface EpochProof {
  readonly leaf: EpochLeaf;
  readonly inclusion: readonly Uint8Array[];
}

export const EPOCH_LEAF_BYTES_MAX = 112;
export const INCLUSION_BYTES_MAX: number = 2 + INCLUSION_HASHES_MAX * (2 + SHA256_BYTES);
export const EPOCH_PROOF_BYTES_MAX: number = 1 + EPOCH_LEAF_BYTES_MAX + INCLUSION_BYTES_MAX;

const EPOCH_DOMAIN = "chhaya epoch leaf v1";

export const epochLeafCodec: Codec<EpochLeaf> = refined(
  struct({
    epoch: uint(EPOCHS_MAX),
    root: bytes(SHA256_BYTES),
    previous: bytes(SHA256_BYTES),
    changes: bytes(SHA256_BYTES),
  }),
  isLinked,
);

export const inclusionCodec: Codec<readonly Uint8Array[]> = array(bytes(SHA256_BYTES), INCLUSION_HASHES_MAX);

export const epochProofCodec: Codec<EpochProof> = struct({ leaf: epochLeafCodec, inclusion: inclusionCodec });

/** RFC 6962 section 2.1 hash, 32 bytes, of the leaf's statement. */
export function epochLeafHash(suite: Suite, leaf: EpochLeaf): Uint8Array {
  return leafHash(suite, statementOf(EPOCH_DOMAIN, epochLeafCodec, leaf));
}

/** Shows the newest leaf of `head` in a log of which `reader` has at least that head's leaves. */
export function proveEpoch(suite: Suite, reader: LogReader, head: TreeHead, leaf: EpochLeaf): EpochProof {
  assert(leaf.epoch === head.epoch, "leaf of another epoch");
  return { leaf, inclusion: proveInclusion(suite, reader, head.size - 1, head.size) };
}

/** Whether `proof` shows the newest leaf of `head`, and both name one head before them. */
export function verifyEpoch(suite: Suite, head: TreeHead, proof: EpochProof): boolean {
  const { leaf, inclusion } = proof;
  return (
    leaf.epoch === head.epoch &&
    equalConstantTime(leaf.previous, head.previous) &&
    verifyInclusion(suite, epochLeafHash(suite, leaf), head.size - 1, head.size, inclusion, head.root)
  );
}
