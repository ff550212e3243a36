import {
  array,
  bytes,
  type Codec,
  type CodecCode,
  decode,
  encode,
  mapped,
  refined,
  secret,
  struct,
  text,
  uint,
} from "../codec/index.ts";
import { equalConstantTime, err, ok, type Result, type Secret } from "../safety/index.ts";
import { ascii, type Suite } from "../suite/index.ts";
import { DEVICE_ID_BYTES } from "./certificate.ts";
import { fromBase32, toBase32 } from "./base32.ts";
import { INTRODUCTION_BYTES } from "./introduction.ts";

export const CARD_LABEL_BYTES_MAX = 64;
export const CARD_ADDRESSES_MAX = 4;
export const CARD_ADDRESS_BYTES_MAX = 256;
export const CARD_BYTES_MAX = 1_536;
const CARD_VERSION = 1;
const CHECKSUM_BYTES = 4;
const CARD_TEXT_PREFIX = "CHHAYA1:";
/** Text with separators that is looked at. */
const CARD_TEXT_CHARS_MAX = 8_192;

/**
 * What two people exchange out of band to trust each other's keys: the account key, one device of it, and how
 * to reach and recognise that device. Whoever holds it can write to the device, so it is shared, not posted.
 */
export interface ContactCard {
  /** Ed25519 account key, 32 bytes. */
  readonly account: Uint8Array;
  /** Device id, 16 bytes. */
  readonly device: Uint8Array;
  /** 32 bytes, see {@link INTRODUCTION_BYTES}. */
  readonly introduction: Secret;
  /** What the owner calls itself; a suggestion for a local name, never an identity. */
  readonly label: string;
  readonly addresses: readonly string[];
}

export type CardCode =
  CodecCode | "identity/card-prefix" | "identity/card-characters" | "identity/card-checksum" | "identity/card-too-long";

export const contactCardCodec: Codec<ContactCard> = mapped(
  struct({
    version: refined(uint(), (version) => version === CARD_VERSION),
    account: bytes(32),
    device: bytes(DEVICE_ID_BYTES),
    introduction: secret(INTRODUCTION_BYTES),
    label: text(CARD_LABEL_BYTES_MAX),
    addresses: array(text(CARD_ADDRESS_BYTES_MAX), CARD_ADDRESSES_MAX),
  }),
  ({ version: _version, ...card }) => card,
  (card) => ({ version: CARD_VERSION, ...card }),
);

const CHECKSUM_DOMAIN = ascii("chhaya contact card v1\0");

function checksum(suite: Suite, card: Uint8Array): Uint8Array {
  return suite.sha256(CHECKSUM_DOMAIN, card).slice(0, CHECKSUM_BYTES);
}

/** The card as one line of QR alphanumeric characters (ISO/IEC 18004): `CHHAYA1:` and base32 (RFC 4648) without padding. */
export function cardToText(suite: Suite, card: ContactCard): string {
  const binary = encode(contactCardCodec, card);
  const whole = new Uint8Array(binary.length + CHECKSUM_BYTES);
  whole.set(binary);
  whole.set(checksum(suite, binary), binary.length);
  return CARD_TEXT_PREFIX + toBase32(whole);
}

/** Reads a card that was copied, typed or scanned: case and white space do not matter, everything else does. */
export function cardFromText(suite: Suite, input: string): Result<ContactCard, CardCode> {
  if (input.length > CARD_TEXT_CHARS_MAX) return err("identity/card-too-long");
  const compact = input.replaceAll(/\s/gu, "").toUpperCase();
  if (!compact.startsWith(CARD_TEXT_PREFIX)) return err("identity/card-prefix");
  const whole = fromBase32(compact.slice(CARD_TEXT_PREFIX.length));
  if (whole === undefined || whole.length < CHECKSUM_BYTES) return err("identity/card-characters");
  const binary = whole.slice(0, -CHECKSUM_BYTES);
  if (!equalConstantTime(checksum(suite, binary), whole.slice(-CHECKSUM_BYTES))) return err("identity/card-checksum");
  const card = decode(contactCardCodec, binary, CARD_BYTES_MAX);
  return card.ok ? ok(card.value) : card;
}
