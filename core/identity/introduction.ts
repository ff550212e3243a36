import { type Codec, type CodecCode, decode, encode } from "../codec/index.ts";
import { pad, unpad, unveil, veil, VEIL_OVERHEAD_BYTES } from "../envelope/index.ts";
import { err, type Result, Secret } from "../safety/index.ts";
import { derive, type Random, type Suite } from "../suite/index.ts";
import { type OneTimePrekey, oneTimePrekeyCodec, type PrekeyBundle, prekeyBundleCodec } from "./bundle.ts";

/**
 * An introduction is 32 random bytes in a device's contact card. From it follow the addresses of the device's
 * records and the keys that veil them. Who holds the card finds and reads the records, and could store others in
 * their place: what is read is believed only after `verifyBundle` and `verifyOneTimePrekey`. The peers that store
 * them, and whoever crawls those, see values of two fixed lengths that look random, at addresses that look random:
 * not whose they are, which belong together, or how many prekeys are left. They do see who puts and who gets.
 */
export const INTRODUCTION_BYTES = 32;
/** Every bundle record has exactly this length: how many prekeys are left does not show. */
export const BUNDLE_RECORD_BYTES = 4_096;
/** Every one-time prekey record has exactly this length. */
export const PREKEY_RECORD_BYTES = 2_048;
const ADDRESS_BYTES = 32;

export type RecordCode =
  /** Not sealed for this introduction and address, or altered since. */
  "identity/record-unreadable" | CodecCode;

/** A value and the 32-byte address under which it is stored. */
export interface SealedRecord {
  readonly address: Uint8Array;
  readonly value: Uint8Array;
}

interface RecordKind<T> {
  /** Label of the veil. */
  readonly label: string;
  readonly codec: Codec<T>;
  readonly length: number;
}

const BUNDLE: RecordKind<PrekeyBundle> = {
  label: "bundle record",
  codec: prekeyBundleCodec,
  length: BUNDLE_RECORD_BYTES,
};
const PREKEY: RecordKind<OneTimePrekey> = {
  label: "prekey record",
  codec: oneTimePrekeyCodec,
  length: PREKEY_RECORD_BYTES,
};

const EMPTY = new Uint8Array(0);

export function generateIntroduction(random: Random): Secret {
  return new Secret(random.bytes(INTRODUCTION_BYTES));
}

/** Where a device's prekey bundle is stored: 32 bytes. */
export function bundleAddress(suite: Suite, introduction: Secret): Uint8Array {
  return derive(suite, introduction, "bundle address", EMPTY, ADDRESS_BYTES).expose();
}

/** Where the one-time prekey with this hash (32 bytes, as the bundle lists it) is stored: 32 bytes. */
export function prekeyAddress(suite: Suite, introduction: Secret, hash: Uint8Array): Uint8Array {
  return derive(suite, introduction, "prekey address", hash, ADDRESS_BYTES).expose();
}

/** {@link BUNDLE_RECORD_BYTES} bytes. */
export function sealBundleRecord(
  suite: Suite,
  random: Random,
  introduction: Secret,
  bundle: PrekeyBundle,
): SealedRecord {
  return seal(suite, random, introduction, BUNDLE, bundleAddress(suite, introduction), bundle);
}

/** Total on any bytes. The bundle is not yet verified. */
export function openBundleRecord(
  suite: Suite,
  introduction: Secret,
  value: Uint8Array,
): Result<PrekeyBundle, RecordCode> {
  return open(suite, introduction, BUNDLE, bundleAddress(suite, introduction), value);
}

/** {@link PREKEY_RECORD_BYTES} bytes; `hash` as the bundle lists it. */
export function sealPrekeyRecord(
  suite: Suite,
  random: Random,
  introduction: Secret,
  hash: Uint8Array,
  prekey: OneTimePrekey,
): SealedRecord {
  return seal(suite, random, introduction, PREKEY, prekeyAddress(suite, introduction, hash), prekey);
}

/** Total on any bytes. The prekey is not yet verified. */
export function openPrekeyRecord(
  suite: Suite,
  introduction: Secret,
  hash: Uint8Array,
  value: Uint8Array,
): Result<OneTimePrekey, RecordCode> {
  return open(suite, introduction, PREKEY, prekeyAddress(suite, introduction, hash), value);
}

/** The address enters the key, so that a record does not open in another's place. */
function seal<T>(
  suite: Suite,
  random: Random,
  introduction: Secret,
  kind: RecordKind<T>,
  address: Uint8Array,
  contents: T,
): SealedRecord {
  const padded = pad(encode(kind.codec, contents), kind.length - VEIL_OVERHEAD_BYTES);
  return { address, value: veil(suite, random, introduction, kind.label, address, padded) };
}

function open<T>(
  suite: Suite,
  introduction: Secret,
  kind: RecordKind<T>,
  address: Uint8Array,
  value: Uint8Array,
): Result<T, RecordCode> {
  if (value.length !== kind.length) return err("identity/record-unreadable");
  const padded = unveil(suite, introduction, kind.label, address, value);
  const encoded = padded === undefined ? undefined : unpad(padded);
  return encoded === undefined ? err("identity/record-unreadable") : decode(kind.codec, encoded, kind.length);
}
