import { concatBytes } from "@noble/hashes/utils.js";
import type { Secret } from "../safety/index.ts";
import { derive, GCM_TAG_BYTES, hkdfN12, KEY_BYTES, type Suite, X25519_BYTES } from "../suite/index.ts";
import { u32 } from "./chain.ts";

/** What a message says of the ratchet, sealed: dh 32 ‖ chain ‖ previous ‖ number ‖ epoch ‖ ackChain ‖ ackCount, u32 each. */
export interface Header {
  /** The sender's current X25519 ratchet key. */
  readonly dh: Uint8Array;
  /** Index of the sender's chain. */
  readonly chain: number;
  /** Messages that the sender's previous chain had (PN of the Double Ratchet). */
  readonly previous: number;
  /** Number of the message in its chain. */
  readonly number: number;
  /** ML-KEM epochs mixed into the root that the chain starts from. */
  readonly epoch: number;
  /** The newest chain of the receiver's that the sender has heard, and the next number it expects there. */
  readonly ackChain: number;
  readonly ackCount: number;
}

const HEADER_BYTES: number = X25519_BYTES + 6 * 4;
export const SEALED_HEADER_BYTES: number = HEADER_BYTES + GCM_TAG_BYTES;

const EMPTY = new Uint8Array(0);

function encodeHeader(header: Header): Uint8Array {
  const { dh, chain, previous, number, epoch, ackChain, ackCount } = header;
  return concatBytes(dh, u32(chain), u32(previous), u32(number), u32(epoch), u32(ackChain), u32(ackCount));
}

function decodeHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset + X25519_BYTES);
  return {
    dh: bytes.slice(0, X25519_BYTES),
    chain: view.getUint32(0),
    previous: view.getUint32(4),
    number: view.getUint32(8),
    epoch: view.getUint32(12),
    ackChain: view.getUint32(16),
    ackCount: view.getUint32(20),
  };
}

/** The key of one header: a chain's header key serves many messages, an AEAD key one. */
function keyOf(suite: Suite, headerKey: Secret, number: number): Secret {
  return derive(suite, headerKey, "ratchet header", u32(number), KEY_BYTES);
}

export function sealHeader(suite: Suite, headerKey: Secret, header: Header, ad: Uint8Array): Uint8Array {
  const key = keyOf(suite, headerKey, header.number);
  const sealed = suite.aesGcmSeal(key, hkdfN12(suite, key, EMPTY), ad, encodeHeader(header));
  key.wipe();
  return sealed;
}

/** The header of message `number`, or undefined when it does not open. */
export function openHeader(
  suite: Suite,
  headerKey: Secret,
  number: number,
  sealed: Uint8Array,
  ad: Uint8Array,
): Header | undefined {
  const key = keyOf(suite, headerKey, number);
  const bytes = suite.aesGcmOpen(key, hkdfN12(suite, key, EMPTY), ad, sealed);
  key.wipe();
  return bytes === undefined || bytes.length !== HEADER_BYTES ? undefined : decodeHeader(bytes);
}
