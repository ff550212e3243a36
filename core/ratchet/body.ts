import { concatBytes } from "@noble/hashes/utils.js";
import { bucketFor, DELIVERY_TAG_BYTES, pad, unpad } from "../envelope/index.ts";
import type { Secret } from "../safety/index.ts";
import { GCM_TAG_BYTES, hkdfN12, MLKEM_CIPHERTEXT_BYTES, MLKEM_PUBLIC_BYTES, type Suite } from "../suite/index.ts";
import { u32 } from "./chain.ts";
import { SEALED_HEADER_BYTES } from "./header.ts";

/** What the ratchet itself says inside a body, beside the payload. */
export type Control =
  | { readonly kind: "none" }
  /** The initiator offers a fresh ML-KEM encapsulation key (1568 bytes). */
  | { readonly kind: "offer"; readonly epoch: number; readonly publicKey: Uint8Array }
  /** The responder's ciphertext to it (1568 bytes). */
  | { readonly kind: "answer"; readonly epoch: number; readonly ciphertext: Uint8Array };

const NONE = 0;
const OFFER = 1;
const ANSWER = 2;
const KEM_CONTROL_BYTES: number = 1 + 4 + MLKEM_PUBLIC_BYTES;

/** Bytes of an envelope that are not control or payload: tag, sealed header, GCM tag, padding mark. */
const FRAME_BYTES: number = DELIVERY_TAG_BYTES + SEALED_HEADER_BYTES + GCM_TAG_BYTES + 1;

const EMPTY = new Uint8Array(0);

function encodeControl(control: Control): Uint8Array {
  switch (control.kind) {
    case "none":
      return new Uint8Array([NONE]);
    case "offer":
      return concatBytes(new Uint8Array([OFFER]), u32(control.epoch), control.publicKey);
    case "answer":
      return concatBytes(new Uint8Array([ANSWER]), u32(control.epoch), control.ciphertext);
  }
}

function decodeControl(bytes: Uint8Array): { readonly control: Control; readonly payload: Uint8Array } | undefined {
  const kind = bytes[0];
  if (kind === NONE) return { control: { kind: "none" }, payload: bytes.slice(1) };
  if ((kind !== OFFER && kind !== ANSWER) || bytes.length < KEM_CONTROL_BYTES) return undefined;
  const epoch = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  const material = bytes.slice(5, 5 + MLKEM_CIPHERTEXT_BYTES);
  const payload = bytes.slice(KEM_CONTROL_BYTES);
  return kind === OFFER
    ? { control: { kind: "offer", epoch, publicKey: material }, payload }
    : { control: { kind: "answer", epoch, ciphertext: material }, payload };
}

/** Size of the envelope that carries this payload; undefined when no bucket holds it. */
export function envelopeSize(control: Control["kind"], payloadBytes: number): number | undefined {
  return bucketFor(FRAME_BYTES + (control === "none" ? 1 : KEM_CONTROL_BYTES) + payloadBytes);
}

/** The sealed body that fills an envelope of `size` bytes. The message key encrypts this one plaintext. */
export function sealBody(
  suite: Suite,
  messageKey: Secret,
  control: Control,
  payload: Uint8Array,
  size: number,
  ad: Uint8Array,
): Uint8Array {
  const plain = pad(concatBytes(encodeControl(control), payload), size - FRAME_BYTES + 1);
  const sealed = suite.aesGcmSeal(messageKey, hkdfN12(suite, messageKey, EMPTY), ad, plain);
  plain.fill(0);
  return sealed;
}

export function openBody(
  suite: Suite,
  messageKey: Secret,
  sealed: Uint8Array,
  ad: Uint8Array,
): { readonly control: Control; readonly payload: Uint8Array } | undefined {
  const plain = suite.aesGcmOpen(messageKey, hkdfN12(suite, messageKey, EMPTY), ad, sealed);
  const content = plain === undefined ? undefined : unpad(plain);
  return content === undefined ? undefined : decodeControl(content);
}
