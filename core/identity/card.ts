import { concatBytes } from "@noble/hashes/utils.js";
import { bytes, type CodecCode, decode, encode, secret, struct, text } from "../codec/index.ts";
import { equalConstantTime, err, type Result, type Secret } from "../safety/index.ts";
import { ascii, ED25519_PUBLIC_BYTES, type Suite } from "../suite/index.ts";
import { addressesCodec } from "./addresses.ts";
import { fromBase32, toBase32 } from "./base32.ts";
import { DEVICE_ID_BYTES } from "./certificate.ts";
import { INTRODUCTION_BYTES } from "./introduction.ts";

export const CARD_LABEL_BYTES_MAX = 64;
/** The longest binary card. */
export const CARD_BYTES_MAX = 1_536;
const CARD_VERSION = 1;
const CHECKSUM_BYTES = 4;
const TEXT_PREFIX = "CHHAYA1:";
/** The longest text that is looked at: a card with generous separators. */
const CARD_TEXT_CHARS_MAX = 8_192;

/**
 * What two people exchange out of band to trust each other's keys: the account key, one device of it, and how
 * to reach and recognise that device. Whoever holds it can write to the device and see that it is published, so it
 * is shared, not posted.
 */
export interface ContactCard {
  /** Ed25519 account key, 32 bytes. */
  readonly account: Uint8Array;
  /** Device id, 16 bytes. */
  readonly device: Uint8Array;
  /** 32 bytes, see {@link INTRODUCTION_BYTES}. */
  readonly introduction: Secret;
  /** What the owner calls itself, at most 64 bytes; a suggestion for a local name, never an identity. */
  readonly label: string;
  /**
   * At most {@link CARD_ADDRESSES_MAX}, each of at most {@link CARD_ADDRESS_BYTES_MAX} bytes; opaque here. Where the
   * device was reached when the card was made, perhaps nowhere: its prekey bundle says where it is reached now.
   */
  readonly addresses: readonly string[];
}

export type CardCode =
  | CodecCode
  /** Does not begin as a card does. */
  | "identity/card-prefix"
  /** A card of another version of this protocol. */
  | "identity/card-version"
  /** A character, or a number of characters, that base32 does not have. */
  | "identity/card-characters"
  /** Mistyped or cut. */
  | "identity/card-checksum"
  | "identity/card-too-long";

const fields = struct({
  account: bytes(ED25519_PUBLIC_BYTES),
  device: bytes(DEVICE_ID_BYTES),
  introduction: secret(INTRODUCTION_BYTES),
  label: text(CARD_LABEL_BYTES_MAX),
  addresses: addressesCodec,
});

const CHECKSUM_DOMAIN = ascii("chhaya contact card v1\0");

/** The binary card: a version byte and the canonical encoding of the fields; at most {@link CARD_BYTES_MAX} bytes. */
export function cardToBytes(card: ContactCard): Uint8Array {
  return concatBytes(new Uint8Array([CARD_VERSION]), encode(fields, card));
}

/** Total on any bytes; exactly what {@link cardToBytes} makes is accepted. */
export function cardFromBytes(binary: Uint8Array): Result<ContactCard, CardCode> {
  if (binary.length > CARD_BYTES_MAX) return err("identity/card-too-long");
  if (binary[0] !== CARD_VERSION) return err(binary.length === 0 ? "codec/truncated" : "identity/card-version");
  return decode(fields, binary.subarray(1), CARD_BYTES_MAX);
}

function checksum(suite: Suite, binary: Uint8Array): Uint8Array {
  return suite.sha256(CHECKSUM_DOMAIN, binary).subarray(0, CHECKSUM_BYTES);
}

/**
 * The card as one line of QR alphanumeric characters (ISO/IEC 18004): `CHHAYA1:` and base32 (RFC 4648 section 6)
 * without padding of the binary card and a checksum of 4 bytes, which is for typing errors, not for attackers.
 */
export function cardToText(suite: Suite, card: ContactCard): string {
  const binary = cardToBytes(card);
  return TEXT_PREFIX + toBase32(concatBytes(binary, checksum(suite, binary)));
}

/** Reads a card that was copied, typed or scanned: ASCII case, spaces and line breaks do not matter, all else does. */
export function cardFromText(suite: Suite, input: string): Result<ContactCard, CardCode> {
  if (input.length > CARD_TEXT_CHARS_MAX) return err("identity/card-too-long");
  // ASCII only: full Unicode upper-casing would turn some foreign letters into our characters.
  const compact = input.replaceAll(/[ \t\r\n]/gu, "").replaceAll(/[a-z]/gu, (letter) => letter.toUpperCase());
  if (!compact.startsWith(TEXT_PREFIX)) {
    return err(/^CHHAYA\d+:/u.test(compact) ? "identity/card-version" : "identity/card-prefix");
  }
  const whole = fromBase32(compact.slice(TEXT_PREFIX.length));
  if (whole === undefined) return err("identity/card-characters");
  if (whole.length < CHECKSUM_BYTES) return err("identity/card-checksum");
  const binary = whole.subarray(0, -CHECKSUM_BYTES);
  if (!equalConstantTime(checksum(suite, binary), whole.subarray(-CHECKSUM_BYTES))) {
    return err("identity/card-checksum");
  }
  return cardFromBytes(binary);
}
