import { type Codec, decode, type CodecCode, encode } from "../codec/index.ts";
import { unveil, veil } from "../envelope/index.ts";
import { err, type Result, type Secret } from "../safety/index.ts";
import { derive, type Random, type Suite } from "../suite/index.ts";
import { type OneTimePrekey, oneTimePrekeyCodec, type PrekeyBundle, prekeyBundleCodec } from "./bundle.ts";

/**
 * An introduction is 32 random bytes in a device's contact card. From it follow the addresses of the device's
 * records and the keys that veil them and its first messages. Who holds the card can find and read the records;
 * the peers that store them, and whoever crawls them, see random bytes at random addresses.
 */
export const INTRODUCTION_BYTES = 32;
/** The longest record that is looked at. */
export const RECORD_BYTES_MAX = 16_384;

export type RecordCode = "identity/record-unreadable" | CodecCode;

const EMPTY = new Uint8Array(0);

/** Where a device's prekey bundle is stored: 32 bytes. */
export function bundleAddress(suite: Suite, introduction: Secret): Uint8Array {
  return derive(suite, introduction, "bundle address", EMPTY, 32).expose();
}

/** Where the one-time prekey with this hash is stored: 32 bytes. */
export function prekeyAddress(suite: Suite, introduction: Secret, hash: Uint8Array): Uint8Array {
  return derive(suite, introduction, "prekey address", hash, 32).expose();
}

export function sealBundleRecord(
  suite: Suite,
  random: Random,
  introduction: Secret,
  bundle: PrekeyBundle,
): { readonly address: Uint8Array; readonly value: Uint8Array } {
  const address = bundleAddress(suite, introduction);
  return {
    address,
    value: veil(suite, random, introduction, "bundle record", address, encode(prekeyBundleCodec, bundle)),
  };
}

export function openBundleRecord(
  suite: Suite,
  introduction: Secret,
  value: Uint8Array,
): Result<PrekeyBundle, RecordCode> {
  const address = bundleAddress(suite, introduction);
  return open(suite, introduction, "bundle record", address, value, prekeyBundleCodec);
}

export function sealPrekeyRecord(
  suite: Suite,
  random: Random,
  introduction: Secret,
  hash: Uint8Array,
  prekey: OneTimePrekey,
): { readonly address: Uint8Array; readonly value: Uint8Array } {
  const address = prekeyAddress(suite, introduction, hash);
  return {
    address,
    value: veil(suite, random, introduction, "prekey record", address, encode(oneTimePrekeyCodec, prekey)),
  };
}

export function openPrekeyRecord(
  suite: Suite,
  introduction: Secret,
  hash: Uint8Array,
  value: Uint8Array,
): Result<OneTimePrekey, RecordCode> {
  const address = prekeyAddress(suite, introduction, hash);
  return open(suite, introduction, "prekey record", address, value, oneTimePrekeyCodec);
}

function open<T>(
  suite: Suite,
  introduction: Secret,
  label: string,
  address: Uint8Array,
  value: Uint8Array,
  codec: Codec<T>,
): Result<T, RecordCode> {
  if (value.length > RECORD_BYTES_MAX) return err("codec/too-long");
  const plaintext = unveil(suite, introduction, label, address, value);
  return plaintext === undefined ? err("identity/record-unreadable") : decode(codec, plaintext, RECORD_BYTES_MAX);
}
