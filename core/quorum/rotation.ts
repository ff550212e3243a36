import { bytes, type Codec, refined, statementOf, struct, uint } from "../codec/index.ts";
import { equalConstantTime, err, ok, type Result } from "../safety/index.ts";
import { SHA256_BYTES, type Suite } from "../suite/index.ts";
import { EPOCHS_MAX } from "../tlog/index.ts";
import {
  type Cosignature,
  COSIGNATURE_BYTES_MAX,
  type CosignatureCode,
  cosignatureCodec,
  verifyCosignature,
} from "./cosignature.ts";
import {
  type EnrolCode,
  verifyWitnessSet,
  WITNESS_SET_BYTES_MAX,
  type WitnessSet,
  witnessSetCodec,
  witnessSetId,
} from "./set.ts";

/** The statement of a quorum that another set takes over. */
export interface Rotation {
  /** Which log; 32 bytes. */
  readonly log: Uint8Array;
  /** From 1, without gaps. */
  readonly sequence: number;
  /** Identity of the set that hands over; 32 bytes. */
  readonly from: Uint8Array;
  readonly to: WitnessSet;
  /** First epoch whose head the new set cosigns; later than that of the set that hands over. */
  readonly fromEpoch: number;
  /** By the set that hands over, over {@link rotationHash}. */
  readonly cosignature: Cosignature;
}

export type UnsignedRotation = Omit<Rotation, "cosignature">;

/** The set in force from an epoch on. */
export interface WitnessTerm {
  readonly set: WitnessSet;
  readonly fromEpoch: number;
  /** Of the rotation that began the term; 0 for the set that a client trusts from the start. */
  readonly sequence: number;
}

export type RotationCode =
  /** More than {@link ROTATIONS_MAX} at once. */
  | "quorum/too-many-rotations"
  | "quorum/other-log"
  /** Not the one that comes next. */
  | "quorum/sequence"
  /** Handed over by another set than the one in force. */
  | "quorum/other-predecessor"
  /** Not later than the term that it ends. */
  | "quorum/from-epoch"
  | CosignatureCode
  | EnrolCode;

/** Rotations in one catch-up; who is further behind asks again. */
export const ROTATIONS_MAX = 64;
export const ROTATION_BYTES_MAX: number =
  1 + 2 * (2 + SHA256_BYTES) + 2 * 9 + WITNESS_SET_BYTES_MAX + COSIGNATURE_BYTES_MAX;

const ROTATION_DOMAIN = "chhaya witness rotation v1";

const unsigned = {
  log: bytes(SHA256_BYTES),
  sequence: refined(uint(EPOCHS_MAX), (sequence) => sequence >= 1),
  from: bytes(SHA256_BYTES),
  to: witnessSetCodec,
  fromEpoch: refined(uint(EPOCHS_MAX), (epoch) => epoch >= 1),
} as const;
const unsignedCodec: Codec<UnsignedRotation> = struct(unsigned);

export const rotationCodec: Codec<Rotation> = struct({ ...unsigned, cosignature: cosignatureCodec });

/** What the set that hands over cosigns, 32 bytes: the rotation without its cosignature. */
export function rotationHash(suite: Suite, rotation: UnsignedRotation): Uint8Array {
  return suite.sha256(statementOf(ROTATION_DOMAIN, unsignedCodec, rotation));
}

/** The old quorum's signature comes before the new members' possessions, so that only it can cause their cost. */
function follow(suite: Suite, log: Uint8Array, term: WitnessTerm, rotation: Rotation): RotationCode | undefined {
  if (!equalConstantTime(rotation.log, log)) return "quorum/other-log";
  if (rotation.sequence !== term.sequence + 1) return "quorum/sequence";
  if (!equalConstantTime(rotation.from, witnessSetId(suite, term.set))) return "quorum/other-predecessor";
  if (rotation.fromEpoch <= term.fromEpoch) return "quorum/from-epoch";
  const cosigned = verifyCosignature(suite, term.set, rotationHash(suite, rotation), rotation.cosignature);
  if (!cosigned.ok) return cosigned.error;
  const verified = verifyWitnessSet(suite, rotation.to, term.set);
  return verified.ok ? undefined : verified.error;
}

/**
 * The terms that decoded rotations begin, one each, after `term`, whose set was verified. All or nothing: the first
 * rotation that does not follow from its predecessor decides the code.
 */
export function followRotations(
  suite: Suite,
  log: Uint8Array,
  term: WitnessTerm,
  rotations: readonly Rotation[],
): Result<readonly WitnessTerm[], RotationCode> {
  if (rotations.length > ROTATIONS_MAX) return err("quorum/too-many-rotations");
  const terms: WitnessTerm[] = [];
  for (const rotation of rotations) {
    const code = follow(suite, log, terms.at(-1) ?? term, rotation);
    if (code !== undefined) return err(code);
    terms.push({ set: rotation.to, fromEpoch: rotation.fromEpoch, sequence: rotation.sequence });
  }
  return ok(terms);
}

/** The term in which the head of `epoch` falls, of terms in ascending order; undefined before the first. */
export function termAt(terms: readonly WitnessTerm[], epoch: number): WitnessTerm | undefined {
  return terms.findLast((term) => term.fromEpoch <= epoch);
}
