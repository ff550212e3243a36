import { bytes, type Codec, refined, statementOf, struct, uint } from "../codec/index.ts";
import { equalConstantTime, type Secret } from "../safety/index.ts";
import { ED25519_SIGNATURE_BYTES, SHA256_BYTES, type Suite } from "../suite/index.ts";
import { EPOCHS_MAX } from "./tree.ts";

/** What stands for the head before the first: 32 zero bytes. */
export const NO_HEAD: Uint8Array = new Uint8Array(SHA256_BYTES);

/** What a directory says of its log at the end of an epoch. Epochs count from 1, with one leaf each. */
export interface TreeHead {
  /** Which log; 32 bytes. */
  readonly log: Uint8Array;
  /** From 1 to {@link EPOCHS_MAX}. */
  readonly epoch: number;
  /** Leaves of the log: the epoch. */
  readonly size: number;
  /** Of the log with `size` leaves; 32 bytes. */
  readonly root: Uint8Array;
  /** {@link headHash} of the epoch before; {@link NO_HEAD} in epoch 1. */
  readonly previous: Uint8Array;
  /** Milliseconds since the Unix epoch; never earlier than that of the head before. */
  readonly time: number;
  /** Identity of the witness set that is to cosign this head; 32 bytes. */
  readonly witnesses: Uint8Array;
}

export interface SignedHead extends TreeHead {
  /** Ed25519 by the directory, 64 bytes. */
  readonly signature: Uint8Array;
}

export const SIGNED_HEAD_BYTES_MAX = 230;

const HEAD_DOMAIN = "chhaya tree head v1";

const unsigned = {
  log: bytes(SHA256_BYTES),
  epoch: uint(EPOCHS_MAX),
  size: uint(EPOCHS_MAX),
  root: bytes(SHA256_BYTES),
  previous: bytes(SHA256_BYTES),
  time: uint(),
  witnesses: bytes(SHA256_BYTES),
} as const;
const treeHeadCodec: Codec<TreeHead> = refined(struct(unsigned), isWellFormed);

export const signedHeadCodec: Codec<SignedHead> = refined(
  struct({ ...unsigned, signature: bytes(ED25519_SIGNATURE_BYTES) }),
  isWellFormed,
);

/** Whether `previous` is what an epoch may name: nothing, exactly in the first. */
export function isLinked({ epoch, previous }: Pick<TreeHead, "epoch" | "previous">): boolean {
  return epoch >= 1 && (epoch === 1) === equalConstantTime(previous, NO_HEAD);
}

function isWellFormed(head: TreeHead): boolean {
  return head.size === head.epoch && isLinked(head);
}

function statement(head: TreeHead): Uint8Array {
  return statementOf(HEAD_DOMAIN, treeHeadCodec, head);
}

/** What the next epoch names and witnesses sign, 32 bytes: the head without its signature. */
export function headHash(suite: Suite, head: TreeHead): Uint8Array {
  return suite.sha256(statement(head));
}

/** Signs with the directory's Ed25519 seed, 32 bytes. Asserts a well-formed head. */
export function signHead(suite: Suite, seed: Secret, head: TreeHead): SignedHead {
  return { ...head, signature: suite.ed25519Sign(seed, statement(head)) };
}

/** Whether the directory with this Ed25519 key (32 bytes) signed a head that was decoded. */
export function verifyHead(suite: Suite, key: Uint8Array, head: SignedHead): boolean {
  return suite.ed25519Verify(key, statement(head), head.signature);
}
