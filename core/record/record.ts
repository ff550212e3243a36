import { concatBytes } from "@noble/hashes/utils.js";
import { equalConstantTime, err, ok, type Result } from "../safety/index.ts";
import { ascii, ED25519_PUBLIC_BYTES, ED25519_SIGNATURE_BYTES, type Suite } from "../suite/index.ts";

/** A content record is found by what it says, a signed one by who may say something there. */
export type RecordKind = "content" | "signed";

/** The longest body, in bytes. */
export const RECORD_BODY_BYTES_MAX = 65_536;
/** What a content record has beside its body: its kind. */
export const CONTENT_OVERHEAD_BYTES = 1;
/** What a signed record has beside its body: kind, public key, sequence, expiry, signature. */
export const SIGNED_OVERHEAD_BYTES: number = 1 + ED25519_PUBLIC_BYTES + 8 + 8 + ED25519_SIGNATURE_BYTES;
/** The longest record. */
export const RECORD_BYTES_MAX: number = RECORD_BODY_BYTES_MAX + SIGNED_OVERHEAD_BYTES;
/** No signed record is kept for longer, in milliseconds from now, whatever its signer wants. */
export const RECORD_LIFE_MS_MAX: number = 32 * 86_400_000;
/** How far a sequence number, which is a time, may be ahead of the clock of whoever stores it. */
export const SEQUENCE_AHEAD_MS_MAX = 300_000;

const CONTENT = 0x01;
const SIGNED = 0x02;
const SEQUENCE_AT: number = 1 + ED25519_PUBLIC_BYTES;
const EXPIRES_AT: number = SEQUENCE_AT + 8;
const BODY_AT: number = EXPIRES_AT + 8;

const CONTENT_DOMAIN = ascii("chhaya content record v1\0");
const SIGNED_DOMAIN = ascii("chhaya signed record v1\0");
const SIGNATURE_DOMAIN = ascii("chhaya record signature v1\0");

/** A record that is what its address says. */
export interface VerifiedRecord {
  readonly kind: RecordKind;
  /** When it was made, in milliseconds since the Unix epoch; 0 for content. */
  readonly sequence: number;
  /** Milliseconds since the Unix epoch; undefined for content, which is true for ever. */
  readonly expires: number | undefined;
  /** A view of the record's bytes, at most {@link RECORD_BODY_BYTES_MAX} of them. */
  readonly body: Uint8Array;
}

export type RecordCode =
  /** Longer than any record. */
  | "record/too-long"
  /** Too short for what its first byte says, of no kind, or with a number above 2^53 − 1. */
  | "record/malformed"
  /** Another record's address. */
  | "record/other-address"
  | "record/expired"
  /** It claims to live for longer than {@link RECORD_LIFE_MS_MAX}. */
  | "record/life"
  /** Its sequence number is a time that has not come. */
  | "record/from-future"
  | "record/signature";

/** A value and the 32-byte address under which it is stored. */
export interface AddressedRecord {
  readonly address: Uint8Array;
  readonly value: Uint8Array;
}

/** Where a body is found that says what it is: 32 bytes. */
export function contentAddress(suite: Suite, body: Uint8Array): Uint8Array {
  return suite.sha256(CONTENT_DOMAIN, body);
}

/** Where the holder of an Ed25519 key (32 bytes) may say something: 32 bytes. */
export function signedAddress(suite: Suite, publicKey: Uint8Array): Uint8Array {
  return suite.sha256(SIGNED_DOMAIN, publicKey);
}

/** The record of a body of at most {@link RECORD_BODY_BYTES_MAX} bytes. */
export function contentRecord(suite: Suite, body: Uint8Array): AddressedRecord {
  return { address: contentAddress(suite, body), value: concatBytes(Uint8Array.of(CONTENT), body) };
}

/** Everything of a signed record but its signature. */
export function unsignedRecord(publicKey: Uint8Array, sequence: number, expires: number, body: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(BODY_AT + body.length);
  bytes[0] = SIGNED;
  bytes.set(publicKey, 1);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(SEQUENCE_AT, BigInt(sequence));
  view.setBigUint64(EXPIRES_AT, BigInt(expires));
  bytes.set(body, BODY_AT);
  return bytes;
}

/** What the key of a signed record signs. */
export function signedStatement(unsigned: Uint8Array): Uint8Array {
  return concatBytes(SIGNATURE_DOMAIN, unsigned);
}

/**
 * Judges what is to be stored, or was found, under `address`: total on any bytes, the cheap checks first. Whoever
 * stores records keeps nothing else, and whoever reads them believes nothing else.
 */
export function verifyRecord(
  suite: Suite,
  address: Uint8Array,
  value: Uint8Array,
  now: number,
): Result<VerifiedRecord, RecordCode> {
  if (value.length > RECORD_BYTES_MAX) return err("record/too-long");
  if (value[0] === CONTENT) return verifyContent(suite, address, value);
  if (value[0] === SIGNED) return verifySigned(suite, address, value, now);
  return err("record/malformed");
}

function verifyContent(suite: Suite, address: Uint8Array, value: Uint8Array): Result<VerifiedRecord, RecordCode> {
  const body = value.subarray(CONTENT_OVERHEAD_BYTES);
  if (body.length > RECORD_BODY_BYTES_MAX) return err("record/too-long");
  if (!equalConstantTime(contentAddress(suite, body), address)) return err("record/other-address");
  return ok({ kind: "content", sequence: 0, expires: undefined, body });
}

function verifySigned(
  suite: Suite,
  address: Uint8Array,
  value: Uint8Array,
  now: number,
): Result<VerifiedRecord, RecordCode> {
  if (value.length < SIGNED_OVERHEAD_BYTES) return err("record/malformed");
  const publicKey = value.subarray(1, SEQUENCE_AT);
  const sequence = numberAt(value, SEQUENCE_AT);
  const expires = numberAt(value, EXPIRES_AT);
  if (sequence > Number.MAX_SAFE_INTEGER || expires > Number.MAX_SAFE_INTEGER) return err("record/malformed");
  if (!equalConstantTime(signedAddress(suite, publicKey), address)) return err("record/other-address");
  if (expires <= now) return err("record/expired");
  if (expires > now + RECORD_LIFE_MS_MAX) return err("record/life");
  if (sequence > now + SEQUENCE_AHEAD_MS_MAX) return err("record/from-future");
  const signatureAt = value.length - ED25519_SIGNATURE_BYTES;
  const statement = signedStatement(value.subarray(0, signatureAt));
  if (!suite.ed25519Verify(publicKey, statement, value.subarray(signatureAt))) return err("record/signature");
  return ok({ kind: "signed", sequence, expires, body: value.subarray(BODY_AT, signatureAt) });
}

/** A u64; above 2^53 − 1 not exact, and then still above it. */
function numberAt(bytes: Uint8Array, at: number): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at));
}

/**
 * Whether `b` is to replace `a`, both verified for one address: the later one, and of two of one moment the one whose
 * bytes are greater. A strict order, so that whoever stores them comes to keep the same one.
 */
export function supersedes(b: VerifiedRecord, a: VerifiedRecord, bBytes: Uint8Array, aBytes: Uint8Array): boolean {
  return b.sequence === a.sequence ? compareBytes(bBytes, aBytes) > 0 : b.sequence > a.sequence;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}
