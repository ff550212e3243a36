import { type CodecCode, decode, encode } from "../codec/index.ts";
import { pad, unpad, unveil, veil, VEIL_OVERHEAD_BYTES } from "../envelope/index.ts";
import {
  type AddressedRecord,
  type RecordCode,
  recordKey,
  type RecordKey,
  type RecordStamp,
  SIGNED_OVERHEAD_BYTES,
  signRecord,
  verifyRecord,
} from "../record/index.ts";
import { assert, err, type Result, type Secret, wipeAll } from "../safety/index.ts";
import { ascii, derive, KEY_BYTES, type Random, type Suite } from "../suite/index.ts";
import { type LogAnchor, logId } from "./anchor.ts";
import { isLabel } from "./label.ts";
import { type Capsule, CAPSULE_BYTES_MAX, capsuleCodec } from "./opening.ts";

/**
 * Lengths of a sealed capsule, without what its record adds. Cards of up to 1,400 bytes and four transfers fit the first, whatever the version,
 * so that a stored one tells nothing; the second has room for the longest.
 */
export const CAPSULE_BUCKETS: readonly number[] = [4_096, 8_192];

const SALT_DOMAIN = ascii("chhaya vkd capsule salt v1\0");
/** RFC 9106 section 3.1 recommends 16 bytes. */
const SALT_BYTES = 16;
const STRETCHED_BYTES = 64;
const RECORD_LABEL = "vkd capsule";
const EMPTY = new Uint8Array(0);

/** What follows from a label: where its capsule is stored, the key that signs it there and the one that veils it. */
export interface Stretched {
  readonly record: RecordKey;
  /** 32 bytes. */
  readonly key: Secret;
}

export type SealedCapsuleCode =
  | RecordCode
  /** Not sealed for this label and log, or altered since. */
  | "vkd/capsule-unreadable"
  | CodecCode;

/**
 * Costs what the anchor says (Argon2id, RFC 9106): whoever guesses labels pays it for every guess and every log, for
 * the log's identity is the salt. Asserts that `label` is one.
 */
export function stretchLabel(suite: Suite, anchor: LogAnchor, label: string): Stretched {
  assert(isLabel(label), "not a label");
  const salt = suite.sha256(SALT_DOMAIN, logId(suite, anchor)).slice(0, SALT_BYTES);
  const stretched = suite.argon2id(ascii(label), salt, anchor.cost, STRETCHED_BYTES);
  const record = recordKey(suite, stretched, "vkd capsule record key", EMPTY);
  const key = derive(suite, stretched, "vkd capsule key", EMPTY, KEY_BYTES);
  stretched.wipe();
  return { record, key };
}

/** When nothing is read or written under the label any more. */
export function wipeStretched({ key, record }: Stretched): void {
  wipeAll([key, record.seed]);
}

/** The capsule as it is stored under its address: a signed record with a body of one of {@link CAPSULE_BUCKETS}. */
export function sealCapsule(
  suite: Suite,
  random: Random,
  stretched: Stretched,
  capsule: Capsule,
  stamp: RecordStamp,
): AddressedRecord {
  const encoded = encode(capsuleCodec, capsule);
  const bucket = CAPSULE_BUCKETS.find((size) => encoded.length < size - VEIL_OVERHEAD_BYTES);
  assert(bucket !== undefined, "capsule exceeds its bound");
  const padded = pad(encoded, bucket - VEIL_OVERHEAD_BYTES);
  const { key, record } = stretched;
  const body = veil(suite, random, key, RECORD_LABEL, record.address, padded);
  return { address: record.address, value: signRecord(suite, record, stamp, body) };
}

/** Total on any bytes. Anyone who knows the label could have stored it: it is not yet verified. */
export function openCapsule(
  suite: Suite,
  stretched: Stretched,
  value: Uint8Array,
  now: number,
): Result<Capsule, SealedCapsuleCode> {
  const { key, record } = stretched;
  if (!CAPSULE_BUCKETS.includes(value.length - SIGNED_OVERHEAD_BYTES)) return err("vkd/capsule-unreadable");
  const verified = verifyRecord(suite, record.address, value, now);
  if (!verified.ok) return verified;
  const padded = unveil(suite, key, RECORD_LABEL, record.address, verified.value.body);
  const encoded = padded === undefined ? undefined : unpad(padded);
  return encoded === undefined ? err("vkd/capsule-unreadable") : decode(capsuleCodec, encoded, CAPSULE_BYTES_MAX);
}
