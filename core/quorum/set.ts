import { array, bytes, type Codec, refined, statementOf, struct, uint } from "../codec/index.ts";
import { equalConstantTime, err, ok, type Result } from "../safety/index.ts";
import { BLS_PUBLIC_BYTES, BLS_SIGNATURE_BYTES, type Suite } from "../suite/index.ts";

export const WITNESSES_MAX = 64;

export interface WitnessMember {
  /** BLS12-381 public key, 48 bytes. */
  readonly key: Uint8Array;
  /** Proof of possession of its secret, 96 bytes: without it, a key could be made to cancel those of others. */
  readonly possession: Uint8Array;
}

/** From 1 to {@link WITNESSES_MAX} witnesses, in the order of their keys, any `threshold` of whom are a quorum. */
export interface WitnessSet {
  /** From 1 to the number of members. */
  readonly threshold: number;
  readonly members: readonly WitnessMember[];
}

export type EnrolCode =
  /** No members, or more than {@link WITNESSES_MAX}. */
  | "quorum/size"
  /** Less than 1, or more than there are members. */
  | "quorum/threshold"
  /** Two members of one key, or members out of order. */
  | "quorum/order"
  /** A key that is no key, or that its enroller does not hold. */
  | "quorum/possession";

export const WITNESS_SET_BYTES_MAX: number =
  1 + 2 + (2 + WITNESSES_MAX * (1 + (2 + BLS_PUBLIC_BYTES) + (2 + BLS_SIGNATURE_BYTES)));

const SET_DOMAIN = "chhaya witness set v1";

/** Accepts sets of good form; whether its members hold their keys is for {@link verifyWitnessSet} to say. */
export const witnessSetCodec: Codec<WitnessSet> = refined(
  struct({
    threshold: uint(WITNESSES_MAX),
    members: array(struct({ key: bytes(BLS_PUBLIC_BYTES), possession: bytes(BLS_SIGNATURE_BYTES) }), WITNESSES_MAX),
  }),
  (set) => formOf(set) === undefined,
);

/** Negative, zero or positive as `a` comes before, is, or comes after `b` in the order of their bytes. */
function compareKeys(a: WitnessMember, b: WitnessMember): number {
  const at = a.key.findIndex((byte, i) => byte !== b.key[i]);
  return at < 0 ? 0 : (a.key[at] as number) - (b.key[at] as number);
}

function formOf({ members, threshold }: WitnessSet): EnrolCode | undefined {
  if (members.length === 0 || members.length > WITNESSES_MAX) return "quorum/size";
  if (!Number.isInteger(threshold) || threshold < 1 || threshold > members.length) return "quorum/threshold";
  const ascends = members.every((member, i) => i === 0 || compareKeys(members[i - 1] as WitnessMember, member) < 0);
  return ascends ? undefined : "quorum/order";
}

/**
 * Whether a set from outside is one that {@link enrol} could have made. Costs one pairing check a member, but none for
 * a member with the same proof in `known`, a set that was verified before.
 */
export function verifyWitnessSet(suite: Suite, set: WitnessSet, known?: WitnessSet): Result<void, EnrolCode> {
  const code = formOf(set);
  if (code !== undefined) return err(code);
  for (const member of set.members) {
    const before = known?.members.find((other) => equalConstantTime(other.key, member.key));
    const isKnown = before !== undefined && equalConstantTime(before.possession, member.possession);
    if (!isKnown && !suite.blsVerifyPossession(member.key, member.possession)) return err("quorum/possession");
  }
  return ok(undefined);
}

/** The set of these members in the order of their keys, each of whom proves to hold the key. */
export function enrol(
  suite: Suite,
  members: readonly WitnessMember[],
  threshold: number,
): Result<WitnessSet, EnrolCode> {
  const set = { threshold, members: [...members].sort(compareKeys) };
  const verified = verifyWitnessSet(suite, set);
  return verified.ok ? ok(set) : verified;
}

/** What heads and rotations name a set by, 32 bytes: covers threshold, keys and proofs. */
export function witnessSetId(suite: Suite, set: WitnessSet): Uint8Array {
  return suite.sha256(statementOf(SET_DOMAIN, witnessSetCodec, set));
}
