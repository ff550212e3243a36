import { concatBytes } from "@noble/hashes/utils.js";
import { bytes, bytesUpTo, type Codec, struct } from "../codec/index.ts";
import { assert, err, ok, type Result, type Secret } from "../safety/index.ts";
import { ascii, BLS_SIGNATURE_BYTES, SHA256_BYTES, type Suite } from "../suite/index.ts";
import { SIGNED_HEAD_BYTES_MAX, type SignedHead, signedHeadCodec } from "../tlog/index.ts";
import { type WitnessMember, WITNESSES_MAX, type WitnessSet } from "./set.ts";

/** The signatures of some members of a witness set over one hash, in one. */
export interface Cosignature {
  /** Member i of the set signed when bit `i & 7` (least significant first) of byte `i >> 3` is set; ⌈members / 8⌉ bytes. */
  readonly signers: Uint8Array;
  /** Aggregate BLS signature, 96 bytes. */
  readonly signature: Uint8Array;
}

/** A head with the witnesses' word that it has no rival. */
export interface CosignedHead {
  readonly head: SignedHead;
  readonly cosignature: Cosignature;
}

export type CosignatureCode =
  /** The bitmap is not of this set: another length, or a bit for nobody. */
  "quorum/malformed" | "quorum/under-threshold" | "quorum/signature";

const SIGNERS_BYTES_MAX = WITNESSES_MAX / 8;
export const COSIGNATURE_BYTES_MAX: number = 1 + (1 + SIGNERS_BYTES_MAX) + (2 + BLS_SIGNATURE_BYTES);
export const COSIGNED_HEAD_BYTES_MAX: number = 1 + SIGNED_HEAD_BYTES_MAX + COSIGNATURE_BYTES_MAX;

const COSIGNATURE_DOMAIN = ascii("chhaya cosignature v1\0");

export const cosignatureCodec: Codec<Cosignature> = struct({
  signers: bytesUpTo(SIGNERS_BYTES_MAX),
  signature: bytes(BLS_SIGNATURE_BYTES),
});

export const cosignedHeadCodec: Codec<CosignedHead> = struct({ head: signedHeadCodec, cosignature: cosignatureCodec });

/** What a witness signs for a hash of 32 bytes. The hash has a domain of its own, so it says what was signed. */
function messageOf(hash: Uint8Array): Uint8Array {
  assert(hash.length === SHA256_BYTES, "a cosignature is over a hash of 32 bytes");
  return concatBytes(COSIGNATURE_DOMAIN, hash);
}

/** One witness's part, 96 bytes, over a `headHash` or `rotationHash`, under its BLS seed of 32 bytes. */
export function cosign(suite: Suite, seed: Secret, hash: Uint8Array): Uint8Array {
  return suite.blsSign(seed, messageOf(hash));
}

/** Whether this member made the part. Total in `signature`. */
export function verifyPart(suite: Suite, member: WitnessMember, hash: Uint8Array, signature: Uint8Array): boolean {
  return suite.blsVerify([member.key], messageOf(hash), signature);
}

/**
 * One cosignature of the parts that {@link verifyPart} accepted, by the number of the member in the set; undefined
 * when they are too few, or when one is no signature at all.
 */
export function combine(
  suite: Suite,
  set: WitnessSet,
  parts: ReadonlyMap<number, Uint8Array>,
): Cosignature | undefined {
  if (parts.size < set.threshold) return undefined;
  const signers = new Uint8Array(Math.ceil(set.members.length / 8));
  for (const member of parts.keys()) {
    assert(member in set.members, "part of nobody in the set");
    signers[member >> 3] = (signers[member >> 3] as number) | (1 << (member & 7));
  }
  const signature = suite.blsAggregate([...parts.values()]);
  return signature === undefined ? undefined : { signers, signature };
}

/** The members whose bits are set; undefined for a bitmap of another length, or with a bit for nobody. */
function signersOf(set: WitnessSet, signers: Uint8Array): readonly WitnessMember[] | undefined {
  const count = set.members.length;
  if (signers.length !== Math.ceil(count / 8)) return undefined;
  const stray = (signers[signers.length - 1] as number) >> (((count - 1) & 7) + 1);
  if (stray !== 0) return undefined;
  return set.members.filter((_, i) => ((signers[i >> 3] as number) >> (i & 7)) & 1);
}

/** Whether a quorum of `set`, which was verified, signed the hash of 32 bytes. The quorum is counted before the one pairing check. */
export function verifyCosignature(
  suite: Suite,
  set: WitnessSet,
  hash: Uint8Array,
  cosignature: Cosignature,
): Result<void, CosignatureCode> {
  const signers = signersOf(set, cosignature.signers);
  if (signers === undefined) return err("quorum/malformed");
  if (signers.length < set.threshold) return err("quorum/under-threshold");
  const keys = signers.map((member) => member.key);
  return suite.blsVerify(keys, messageOf(hash), cosignature.signature) ? ok(undefined) : err("quorum/signature");
}
