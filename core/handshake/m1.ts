import {
  bytes,
  bytesUpTo,
  type Codec,
  type CodecCode,
  decode,
  encode,
  optional,
  struct,
  uint,
} from "../codec/index.ts";
import {
  bucketFor,
  ENVELOPE_BYTES_MAX,
  isBucket,
  pad,
  unpad,
  unveil,
  veil,
  VEIL_OVERHEAD_BYTES,
} from "../envelope/index.ts";
import { type DeviceCertificate, deviceCertificateCodec } from "../identity/index.ts";
import { err, type Result, type Secret } from "../safety/index.ts";
import {
  ascii,
  GCM_TAG_BYTES,
  MLKEM_CIPHERTEXT_BYTES,
  MLKEM_PUBLIC_BYTES,
  type Random,
  type Suite,
  X25519_BYTES,
} from "../suite/index.ts";
import type { HandshakeCode } from "./code.ts";
import { COOKIE_BYTES } from "./cookie.ts";

/** Directory heads that vouch for the initiator, opaque here; empty while trust comes from cards. */
export const HEADS_BYTES_MAX = 1_024;
/** Upper bound of what an M1 with a cookie adds to its payload and heads: a retry fits the bucket of the first try. */
const M1_OVERHEAD_BYTES = 3_584;
const IDENTITY_PART_BYTES_MAX: number = 2_048 + HEADS_BYTES_MAX;
const ID_MAX = 2 ** 32 - 1;

/** M1 as it is under the veil. */
export interface M1 {
  /** e_I, 32 bytes. */
  readonly ephemeral: Uint8Array;
  /** Id of the signed prekey, and of the last-resort KEM prekey that is published with it. */
  readonly signedId: number;
  /** Id of the one-time prekey pair; without it the last resort's KEM prekey served. */
  readonly oneTimeId: number | undefined;
  /** ML-KEM ciphertext to the one-time or the last-resort prekey, 1568 bytes. */
  readonly ciphertext: Uint8Array;
  readonly cookie: Uint8Array | undefined;
  /** {@link InitiatorIdentity} under K1. */
  readonly sealedIdentity: Uint8Array;
  /** The first message under K2, padded to fill the envelope. */
  readonly sealedPayload: Uint8Array;
}

const m1Codec: Codec<M1> = struct({
  ephemeral: bytes(X25519_BYTES),
  signedId: uint(ID_MAX),
  oneTimeId: optional(uint(ID_MAX)),
  ciphertext: bytes(MLKEM_CIPHERTEXT_BYTES),
  cookie: optional(bytes(COOKIE_BYTES)),
  sealedIdentity: bytesUpTo(IDENTITY_PART_BYTES_MAX + GCM_TAG_BYTES),
  sealedPayload: bytesUpTo(ENVELOPE_BYTES_MAX),
});

/** Who the initiator is: the first sealed part of M1. */
export interface InitiatorIdentity {
  readonly certificate: DeviceCertificate;
  readonly heads: Uint8Array;
  /** A fresh ML-KEM-1024 encapsulation key for M2, 1568 bytes. */
  readonly kem: Uint8Array;
  /** When M1 was made; the certificate is judged at this time, within the bounds for mail in transit. */
  readonly issued: number;
}

export const initiatorIdentityCodec: Codec<InitiatorIdentity> = struct({
  certificate: deviceCertificateCodec,
  heads: bytesUpTo(HEADS_BYTES_MAX),
  kem: bytes(MLKEM_PUBLIC_BYTES),
  issued: uint(),
});

/** Total: decodes what opened under K1. */
export function decodeIdentity(encoded: Uint8Array): Result<InitiatorIdentity, CodecCode> {
  return decode(initiatorIdentityCodec, encoded, IDENTITY_PART_BYTES_MAX);
}

/** The longest first message that fits an M1 of `size` bytes with `headsBytes` of heads; 0 when none does. */
export function m1Capacity(size: number, headsBytes: number): number {
  return Math.max(0, size - M1_OVERHEAD_BYTES - headsBytes);
}

/** The bucket for a first message; undefined when it is too long for any. */
export function m1Bucket(payloadBytes: number, headsBytes: number): number | undefined {
  return bucketFor(M1_OVERHEAD_BYTES + headsBytes + payloadBytes);
}

/**
 * The first message as it is sealed: padded so that it fills its bucket. The outer padding would hide its length
 * from the network too, but not from those who hold the receiver's card and so see under the veil.
 */
export function padFirstMessage(payload: Uint8Array, size: number, headsBytes: number): Uint8Array {
  return pad(payload, m1Capacity(size, headsBytes) + 1);
}

/** The envelope: veiled for the receiver and exactly `size` bytes long. */
export function sealM1(suite: Suite, random: Random, introduction: Secret, m1: M1, size: number): Uint8Array {
  const padded = pad(encode(m1Codec, m1), size - VEIL_OVERHEAD_BYTES);
  return veil(suite, random, introduction, "m1", EMPTY, padded);
}

/** Takes off veil and padding and decodes: no private key is touched. */
export function readM1(suite: Suite, introduction: Secret, envelope: Uint8Array): Result<M1, HandshakeCode> {
  if (!isBucket(envelope.length) || envelope.length < M1_OVERHEAD_BYTES) return err("handshake/unreadable");
  const padded = unveil(suite, introduction, "m1", EMPTY, envelope);
  const encoded = padded === undefined ? undefined : unpad(padded);
  return encoded === undefined ? err("handshake/unreadable") : decode(m1Codec, encoded, ENVELOPE_BYTES_MAX);
}

/**
 * What both ends know a handshake by: 32 bytes. A repeated M1 has the same id, and so have a replayed one and the
 * same first message sent again with a cookie: whoever answered one answers all of them with the same M2.
 */
export function m1Id(suite: Suite, m1: Pick<M1, "ephemeral" | "ciphertext">): Uint8Array {
  return suite.sha256(M1_DOMAIN, m1.ephemeral, m1.ciphertext);
}

const M1_DOMAIN = ascii("chhaya m1 id v1\0");
const EMPTY = new Uint8Array(0);
