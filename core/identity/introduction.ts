import { type Codec, type CodecCode, decode, encode } from "../codec/index.ts";
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
import { err, type Result, Secret } from "../safety/index.ts";
import type { Random, Suite } from "../suite/index.ts";
import { type OneTimePrekey, oneTimePrekeyCodec, type PrekeyBundle, prekeyBundleCodec } from "./bundle.ts";

/**
 * An introduction is 32 random bytes in a device's contact card. From it follow the addresses of the device's
 * records, the keys that sign them and the keys that veil them. Who holds the card finds and reads the records, and
 * could sign others in their place: what is read is believed only after `verifyBundle` and `verifyOneTimePrekey`. The
 * peers that store them, and whoever crawls those, can neither read nor replace them. They see records of two fixed
 * lengths, each signed by a key of its own, when each was made and for how long: not whose they are, which belong
 * together, or how many prekeys are left. They do see who puts and who gets.
 */
export const INTRODUCTION_BYTES = 32;
/** Every bundle record has exactly this length: how many prekeys are left does not show. */
export const BUNDLE_RECORD_BYTES: number = SIGNED_OVERHEAD_BYTES + 5_120;
/** Every one-time prekey record has exactly this length. */
export const PREKEY_RECORD_BYTES: number = SIGNED_OVERHEAD_BYTES + 2_048;

export type PublishedCode =
  | RecordCode
  /** Not sealed for this introduction and address, or altered since. */
  | "identity/record-unreadable"
  | CodecCode;

interface Publication<T> {
  /** Label of the key that signs it. */
  readonly key: string;
  /** Label of the veil. */
  readonly veil: string;
  readonly codec: Codec<T>;
  readonly length: number;
}

const BUNDLE: Publication<PrekeyBundle> = {
  key: "bundle record key",
  veil: "bundle record",
  codec: prekeyBundleCodec,
  length: BUNDLE_RECORD_BYTES,
};
const PREKEY: Publication<OneTimePrekey> = {
  key: "prekey record key",
  veil: "prekey record",
  codec: oneTimePrekeyCodec,
  length: PREKEY_RECORD_BYTES,
};

const EMPTY = new Uint8Array(0);

export function generateIntroduction(random: Random): Secret {
  return new Secret(random.bytes(INTRODUCTION_BYTES));
}

/** Where a device's prekey bundle is stored: 32 bytes. */
export function bundleAddress(suite: Suite, introduction: Secret): Uint8Array {
  return addressOf(suite, introduction, BUNDLE, EMPTY);
}

/** Where the one-time prekey with this hash (32 bytes, as the bundle lists it) is stored: 32 bytes. */
export function prekeyAddress(suite: Suite, introduction: Secret, hash: Uint8Array): Uint8Array {
  return addressOf(suite, introduction, PREKEY, hash);
}

/** {@link BUNDLE_RECORD_BYTES} bytes. */
export function sealBundleRecord(
  suite: Suite,
  random: Random,
  introduction: Secret,
  bundle: PrekeyBundle,
  stamp: RecordStamp,
): AddressedRecord {
  return seal(suite, random, introduction, BUNDLE, EMPTY, bundle, stamp);
}

/** Total on any bytes. The bundle is not yet verified. */
export function openBundleRecord(
  suite: Suite,
  introduction: Secret,
  value: Uint8Array,
  now: number,
): Result<PrekeyBundle, PublishedCode> {
  return open(suite, introduction, BUNDLE, EMPTY, value, now);
}

/** {@link PREKEY_RECORD_BYTES} bytes; `hash` as the bundle lists it. */
export function sealPrekeyRecord(
  suite: Suite,
  random: Random,
  introduction: Secret,
  hash: Uint8Array,
  prekey: OneTimePrekey,
  stamp: RecordStamp,
): AddressedRecord {
  return seal(suite, random, introduction, PREKEY, hash, prekey, stamp);
}

/** Total on any bytes. The prekey is not yet verified. */
export function openPrekeyRecord(
  suite: Suite,
  introduction: Secret,
  hash: Uint8Array,
  value: Uint8Array,
  now: number,
): Result<OneTimePrekey, PublishedCode> {
  return open(suite, introduction, PREKEY, hash, value, now);
}

function keyOf<T>(suite: Suite, introduction: Secret, kind: Publication<T>, info: Uint8Array): RecordKey {
  return recordKey(suite, introduction, kind.key, info);
}

function addressOf<T>(suite: Suite, introduction: Secret, kind: Publication<T>, info: Uint8Array): Uint8Array {
  const { address, seed } = keyOf(suite, introduction, kind, info);
  seed.wipe();
  return address;
}

/** The address enters the veil's key, so that what is sealed for one does not open in another's place. */
function seal<T>(
  suite: Suite,
  random: Random,
  introduction: Secret,
  kind: Publication<T>,
  info: Uint8Array,
  contents: T,
  stamp: RecordStamp,
): AddressedRecord {
  const key = keyOf(suite, introduction, kind, info);
  const padded = pad(encode(kind.codec, contents), kind.length - SIGNED_OVERHEAD_BYTES - VEIL_OVERHEAD_BYTES);
  const body = veil(suite, random, introduction, kind.veil, key.address, padded);
  const value = signRecord(suite, key, stamp, body);
  key.seed.wipe();
  return { address: key.address, value };
}

function open<T>(
  suite: Suite,
  introduction: Secret,
  kind: Publication<T>,
  info: Uint8Array,
  value: Uint8Array,
  now: number,
): Result<T, PublishedCode> {
  if (value.length !== kind.length) return err("identity/record-unreadable");
  const address = addressOf(suite, introduction, kind, info);
  const record = verifyRecord(suite, address, value, now);
  if (!record.ok) return record;
  const padded = unveil(suite, introduction, kind.veil, address, record.value.body);
  const encoded = padded === undefined ? undefined : unpad(padded);
  return encoded === undefined ? err("identity/record-unreadable") : decode(kind.codec, encoded, kind.length);
}
