import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { isBucket, DELIVERY_TAG_BYTES, pad, unpad } from "../envelope/index.ts";
import type { Secret } from "../safety/index.ts";
import { derive, GCM_TAG_BYTES, hkdfN12, KEY_BYTES, type Suite } from "../suite/index.ts";
import { uint32 } from "./bytes.ts";
import { decodeHeader, encodeHeader, type Header } from "./header.ts";
import { SEALED_HEADER_BYTES } from "./policy.ts";

const EMPTY = new Uint8Array(0);

/** The key that seals the header of one message; the chain's header key itself encrypts nothing. */
function headerMessageKey(suite: Suite, headerKey: Secret, number: number): Secret {
  return derive(suite, headerKey, "ratchet header", uint32(number), KEY_BYTES);
}

/**
 * `tag 16 ‖ sealed header 64 ‖ sealed body`, exactly `bucket` bytes. `content` (control ‖ payload) is padded
 * inside the body. Header and body authenticate the transcript and everything before them, so that no part
 * of one envelope fits another. `messageKey` must seal nothing else.
 */
export function sealEnvelope(
  suite: Suite,
  transcript: Uint8Array,
  keys: { readonly headerKey: Secret; readonly messageKey: Secret },
  tag: string,
  header: Header,
  content: Uint8Array,
  bucket: number,
): Uint8Array {
  const ad = concatBytes(transcript, hexToBytes(tag));
  const headerKey = headerMessageKey(suite, keys.headerKey, header.number);
  const sealedHeader = suite.aesGcmSeal(headerKey, hkdfN12(suite, headerKey, EMPTY), ad, encodeHeader(header));
  headerKey.wipe();
  const padded = pad(content, bucket - DELIVERY_TAG_BYTES - SEALED_HEADER_BYTES - GCM_TAG_BYTES);
  const bodyAd = concatBytes(ad, sealedHeader);
  const nonce = hkdfN12(suite, keys.messageKey, EMPTY);
  const sealedBody = suite.aesGcmSeal(keys.messageKey, nonce, bodyAd, padded);
  padded.fill(0);
  return concatBytes(bodyAd.subarray(transcript.length), sealedBody);
}

/** Whether `rest`, what follows the tag, completes an envelope of a legal size. */
export function isEnvelopeRest(rest: Uint8Array): boolean {
  return isBucket(DELIVERY_TAG_BYTES + rest.length);
}

/** The header of message `number`, or undefined when it does not authenticate or names another number. */
export function openHeader(
  suite: Suite,
  transcript: Uint8Array,
  headerKey: Secret,
  tag: string,
  number: number,
  rest: Uint8Array,
): Header | undefined {
  const key = headerMessageKey(suite, headerKey, number);
  const ad = concatBytes(transcript, hexToBytes(tag));
  const plain = suite.aesGcmOpen(key, hkdfN12(suite, key, EMPTY), ad, rest.subarray(0, SEALED_HEADER_BYTES));
  key.wipe();
  const header = plain === undefined ? undefined : decodeHeader(plain);
  return header?.number === number ? header : undefined;
}

/** The unpadded content, or undefined when it does not authenticate or its padding is malformed. */
export function openBody(
  suite: Suite,
  transcript: Uint8Array,
  messageKey: Secret,
  tag: string,
  rest: Uint8Array,
): Uint8Array | undefined {
  const ad = concatBytes(transcript, hexToBytes(tag), rest.subarray(0, SEALED_HEADER_BYTES));
  const nonce = hkdfN12(suite, messageKey, EMPTY);
  const padded = suite.aesGcmOpen(messageKey, nonce, ad, rest.subarray(SEALED_HEADER_BYTES));
  if (padded === undefined) return undefined;
  const content = unpad(padded);
  padded.fill(0);
  return content;
}
