import {
  array,
  bytes,
  bytesUpTo,
  type Codec,
  optional,
  refined,
  struct,
  text,
  uint,
  union,
} from "../../codec/index.ts";
import { type CosignedHead, cosignedHeadCodec, type Rotation, rotationCodec } from "../../quorum/index.ts";
import { BLS_SIGNATURE_BYTES, SHA256_BYTES } from "../../suite/index.ts";
import {
  type EpochLeaf,
  epochLeafCodec,
  EPOCHS_MAX,
  type EpochProof,
  epochProofCodec,
  type Equivocation,
  equivocationCodec,
  type SignedHead,
  signedHeadCodec,
  type Succession,
  successionCodec,
} from "../../tlog/index.ts";
import {
  type Capsule,
  capsuleCodec,
  CONTENT_BYTES_MAX,
  LABEL_BYTES_MAX,
  type Opening,
  openingCodec,
  type Registration,
  registrationCodec,
  type Standing,
  standingCodec,
  VERSIONS_MAX,
  vrfProofCodec,
  WORK_DIFFICULTY_MAX,
  WORK_NONCE_BYTES,
} from "../../vkd/index.ts";

/** Indices of one question for a standing: an owner's watch of a label with many versions. */
export const INDICES_MAX = 64;
/** Leaves of one answer. */
export const LEAVES_MAX = 256;
/** Rotations of one answer: witness sets are large. */
export const ROTATIONS_PER_ANSWER_MAX = 4;
/** Openings of one answer. */
export const OPENINGS_MAX = 32;
/** Vouches that one M1 has room for. */
export const VOUCHES_MAX = 2;
/** Own labels in one log that an M1 has room for. */
export const OWN_BOUND_MAX = 2;
/** Hashes of a consistency proof between logs of at most 2^32 leaves. */
const CONSISTENCY_HASHES_MAX = 66;
const CODE_BYTES_MAX = 64;

/** A cosigned head with what shows how it continues an earlier one, and its newest leaf. */
export interface Announcement {
  readonly head: CosignedHead;
  readonly succession: Succession | undefined;
  readonly epoch: EpochProof;
}

/** What nodes spread. Each forwards only what was new to it and verified. */
export type Gossip =
  | ({ readonly kind: "head" } & Announcement)
  | { readonly kind: "equivocation"; readonly log: Uint8Array; readonly proof: Equivocation }
  | { readonly kind: "rotation"; readonly rotation: Rotation };

/** Proof of work over the head of an epoch; 0 for the time before the first. */
export interface Work {
  readonly epoch: number;
  /** 8 bytes. */
  readonly nonce: Uint8Array;
}

/** What a node is asked; `log` is an id of 32 bytes. Where an epoch is asked for, 0 stands for none. */
export type Question =
  /** The newest head, and how it descends from the head of epoch `from`. */
  | { readonly kind: "chain"; readonly log: Uint8Array; readonly from: number }
  /** The head of an epoch, as this node holds it. */
  | { readonly kind: "head-at"; readonly log: Uint8Array; readonly epoch: number }
  | { readonly kind: "rotations"; readonly log: Uint8Array; readonly after: number }
  /** The leaves from epoch `from` on, in the log of epoch `to`. */
  | { readonly kind: "leaves"; readonly log: Uint8Array; readonly from: number; readonly to: number }
  /** The newest head with the tree pruned to these indices. */
  | {
      readonly kind: "standing";
      readonly log: Uint8Array;
      readonly from: number;
      readonly indices: readonly Uint8Array[];
    }
  /** Of the directory: the label's capsule, or the proof of its first version for showing that it is absent. */
  | { readonly kind: "find"; readonly log: Uint8Array; readonly label: string }
  /** Of the directory: versions from `from` on, and the proofs of those that must not exist. */
  | { readonly kind: "history"; readonly log: Uint8Array; readonly label: string; readonly from: number }
  | { readonly kind: "register"; readonly registration: Registration; readonly work: Work | undefined }
  /** Of a witness. */
  | { readonly kind: "cosign"; readonly head: SignedHead; readonly succession: Succession | undefined }
  /** A part of an epoch's change list, by its content address of 32 bytes. */
  | { readonly kind: "content"; readonly log: Uint8Array; readonly address: Uint8Array };

export type Answer =
  /** This node cannot say. */
  | { readonly kind: "nothing" }
  | ({ readonly kind: "chain" } & Announcement)
  | { readonly kind: "head"; readonly head: SignedHead }
  | { readonly kind: "rotations"; readonly rotations: readonly Rotation[] }
  /** `consistency`: from the log that ends with the last of the leaves to the one that was asked for. */
  | { readonly kind: "leaves"; readonly leaves: readonly EpochLeaf[]; readonly consistency: readonly Uint8Array[] }
  | { readonly kind: "standing"; readonly standing: Standing }
  | { readonly kind: "capsule"; readonly capsule: Capsule }
  | { readonly kind: "absent"; readonly proof: Uint8Array }
  | { readonly kind: "history"; readonly openings: readonly Opening[]; readonly absent: readonly Uint8Array[] }
  /** The registration waits for the epoch after this one. */
  | { readonly kind: "accepted"; readonly epoch: number }
  /** Proof of work is due: over the head of this epoch, with so many leading zero bits. */
  | { readonly kind: "work"; readonly epoch: number; readonly difficulty: number }
  | { readonly kind: "refused"; readonly code: string }
  | { readonly kind: "cosigned"; readonly signature: Uint8Array }
  /** The witness has signed this head last, or none, and has to be shown how the new one descends from it. */
  | { readonly kind: "behind"; readonly head: SignedHead | undefined }
  /** The witness has signed another head of this epoch. */
  | { readonly kind: "conflict"; readonly proof: Equivocation }
  | { readonly kind: "content"; readonly bytes: Uint8Array };

/** What one log vouches for in an M1. */
export interface BoundVouch {
  readonly head: CosignedHead;
  /** SHA-256 of the responder's registration that the initiator verified; undefined where it trusts a card. */
  readonly yours: Uint8Array | undefined;
  /** SHA-256 of the initiator's own registrations in that log, at most OWN_BOUND_MAX. */
  readonly mine: readonly Uint8Array[];
}

const log = bytes(SHA256_BYTES);
const hash = bytes(SHA256_BYTES);
const epoch = uint(EPOCHS_MAX);
const label = text(LABEL_BYTES_MAX);

const announcement = struct({
  head: cosignedHeadCodec,
  succession: optional(successionCodec),
  epoch: epochProofCodec,
});
export const announcementCodec: Codec<Announcement> = announcement;

export const gossipCodec: Codec<Gossip> = union({
  head: [0, announcement],
  equivocation: [1, struct({ log, proof: equivocationCodec })],
  rotation: [2, struct({ rotation: rotationCodec })],
});

export const questionCodec: Codec<Question> = union({
  chain: [0, struct({ log, from: epoch })],
  "head-at": [1, struct({ log, epoch })],
  rotations: [2, struct({ log, after: uint() })],
  leaves: [3, struct({ log, from: epoch, to: epoch })],
  standing: [4, struct({ log, from: epoch, indices: array(bytes(32), INDICES_MAX) })],
  find: [5, struct({ log, label })],
  history: [6, struct({ log, label, from: refined(uint(VERSIONS_MAX), (version) => version >= 1) })],
  register: [
    7,
    struct({ registration: registrationCodec, work: optional(struct({ epoch, nonce: bytes(WORK_NONCE_BYTES) })) }),
  ],
  cosign: [8, struct({ head: signedHeadCodec, succession: optional(successionCodec) })],
  content: [9, struct({ log, address: hash })],
});

export const answerCodec: Codec<Answer> = union({
  nothing: [0, struct({})],
  chain: [1, announcement],
  head: [2, struct({ head: signedHeadCodec })],
  rotations: [3, struct({ rotations: array(rotationCodec, ROTATIONS_PER_ANSWER_MAX) })],
  leaves: [4, struct({ leaves: array(epochLeafCodec, LEAVES_MAX), consistency: array(hash, CONSISTENCY_HASHES_MAX) })],
  standing: [5, struct({ standing: standingCodec })],
  capsule: [6, struct({ capsule: capsuleCodec })],
  absent: [7, struct({ proof: vrfProofCodec })],
  history: [8, struct({ openings: array(openingCodec, OPENINGS_MAX), absent: array(vrfProofCodec, INDICES_MAX) })],
  accepted: [9, struct({ epoch })],
  work: [10, struct({ epoch, difficulty: uint(WORK_DIFFICULTY_MAX) })],
  refused: [11, struct({ code: text(CODE_BYTES_MAX) })],
  cosigned: [12, struct({ signature: bytes(BLS_SIGNATURE_BYTES) })],
  behind: [13, struct({ head: optional(signedHeadCodec) })],
  conflict: [14, struct({ proof: equivocationCodec })],
  content: [15, struct({ bytes: bytesUpTo(CONTENT_BYTES_MAX) })],
});

export const vouchesCodec: Codec<readonly BoundVouch[]> = array(
  struct({ head: cosignedHeadCodec, yours: optional(hash), mine: array(hash, OWN_BOUND_MAX) }),
  VOUCHES_MAX,
);
