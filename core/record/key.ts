import { concatBytes } from "@noble/hashes/utils.js";
import { assert, type Secret } from "../safety/index.ts";
import { derive, ED25519_SEED_BYTES, type Suite } from "../suite/index.ts";
import {
  RECORD_BODY_BYTES_MAX,
  SEQUENCE_AHEAD_MS_MAX,
  signedAddress,
  signedStatement,
  unsignedRecord,
} from "./record.ts";

/** What signs the records at one address, and that address. Everybody derives it who holds the secret behind it. */
export interface RecordKey {
  /** Ed25519, 32 bytes. */
  readonly seed: Secret;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 32 bytes. */
  readonly address: Uint8Array;
}

/**
 * The key of the record that follows from a secret: `derive(secret, label, info, 32)` is its Ed25519 seed. The caller
 * wipes the seed.
 */
export function recordKey(suite: Suite, secret: Secret, label: string, info: Uint8Array): RecordKey {
  return recordKeyOf(suite, derive(suite, secret, label, info, ED25519_SEED_BYTES));
}

/** The key with this seed, of which it takes ownership. */
export function recordKeyOf(suite: Suite, seed: Secret): RecordKey {
  const publicKey = suite.ed25519Public(seed);
  return { seed, publicKey, address: signedAddress(suite, publicKey) };
}

/** Which of several signed records counts, and until when: integers. */
export interface RecordStamp {
  /** The time at which it is made, in milliseconds since the Unix epoch: see {@link sequenceAt}. */
  readonly sequence: number;
  /** Milliseconds since the Unix epoch, at most {@link RECORD_LIFE_MS_MAX} from now. */
  readonly expires: number;
}

/**
 * The sequence number of what is made now: not below `last`, the newest that was used, unless that is so far ahead
 * that nobody would store it, since the clock was set back. What is stored under a number ahead of the clock stays
 * there for as long as that is ahead, {@link SEQUENCE_AHEAD_MS_MAX} at most.
 */
export function sequenceAt(now: number, last: number): number {
  return last > now && last <= now + SEQUENCE_AHEAD_MS_MAX ? last : now;
}

/**
 * The record as it is stored at the key's address; a body of at most {@link RECORD_BODY_BYTES_MAX} bytes. Ed25519 is
 * deterministic: the same gives the same bytes.
 */
export function signRecord(
  suite: Suite,
  key: Pick<RecordKey, "seed" | "publicKey">,
  { expires, sequence }: RecordStamp,
  body: Uint8Array,
): Uint8Array {
  assert(body.length <= RECORD_BODY_BYTES_MAX, "a record's body is too long");
  assert(Number.isSafeInteger(sequence) && sequence >= 0, "not a sequence number");
  assert(Number.isSafeInteger(expires) && expires >= 0, "not a time");
  const unsigned = unsignedRecord(key.publicKey, sequence, expires, body);
  return concatBytes(unsigned, suite.ed25519Sign(key.seed, signedStatement(unsigned)));
}
