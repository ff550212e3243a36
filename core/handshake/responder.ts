import { concatBytes } from "@noble/hashes/utils.js";
import { unpad } from "../envelope/index.ts";
import {
  CLOCK_SKEW_MS,
  type DeviceCertificate,
  type LocalDevice,
  type LocalPrekeys,
  SIGNED_PREKEY_GRACE_MS,
  SIGNED_PREKEY_LIFE_MS,
  type SignedPrekey,
  signedSecret,
  verifyCertificate,
} from "../identity/index.ts";
import { assert, err, ok, type Result, type Secret, wipeAll } from "../safety/index.ts";
import { derive, KEY_BYTES, type Random, ROLE_RESPONDER, type Suite, x25519KeyPair } from "../suite/index.ts";
import type { HandshakeCode } from "./code.ts";
import { commitment, mixAssumed, openPart, sealPart, type SessionSeed, sessionSeed, stageKey } from "./keys.ts";
import { decodeIdentity, type InitiatorIdentity, type M1, m1Id } from "./m1.ts";
import { sealM2, SERVER_RANDOM_BYTES } from "./m2.ts";
import { mix, startTranscript } from "./transcript.ts";

/** How long an M1 may have been in the mail. */
export const MAIL_AGE_MS_MAX: number = SIGNED_PREKEY_GRACE_MS;

/** An M1 that opened: who claims to speak, authenticated as far as M1 can. */
export interface OpenedM1 {
  /**
   * See m1Id. For a handshake on the last resort also its replay key: it is to be remembered, and refused when it
   * comes again, for as long as the signed prekey `signedId` is kept.
   */
  readonly id: Uint8Array;
  readonly certificate: DeviceCertificate;
  readonly heads: Uint8Array;
  /** When the initiator says it made M1; within the bounds of {@link openM1}. */
  readonly issued: number;
  /** To be consumed in the same commit that accepts the handshake; undefined when the last resort served. */
  readonly oneTimeId: number | undefined;
  readonly signedId: number;
  /** The first message. */
  readonly payload: Uint8Array;
  readonly pending: PendingM1;
}

/** What accepting needs further. Held in memory only, until {@link acceptM1} or {@link wipePending}. */
export interface PendingM1 {
  readonly ephemeral: Uint8Array;
  readonly identity: Uint8Array;
  readonly kem: Uint8Array;
  readonly k2: Secret;
  readonly transcript: Uint8Array;
}

/**
 * Opens M1 with the private keys that it names: four X25519 operations (three on the last resort) and one
 * decapsulation, besides the public halves of the prekeys. Consumes nothing: the caller judges the account first.
 * The certificate is judged at the time M1 was made (`issued`), which must lie within MAIL_AGE_MS_MAX and not
 * before the signed prekey that it uses was made.
 */
export function openM1(
  suite: Suite,
  local: { readonly device: LocalDevice; readonly prekeys: LocalPrekeys; readonly now: number },
  m1: M1,
): Result<OpenedM1, HandshakeCode> {
  const { device, now, prekeys } = local;
  const signed = signedSecret(prekeys, m1.signedId);
  if (signed === undefined || now > signed.notAfter + CLOCK_SKEW_MS) return err("handshake/prekey-unknown");
  const oneTime = m1.oneTimeId === undefined ? undefined : prekeys.oneTime.get(m1.oneTimeId);
  if (m1.oneTimeId !== undefined && oneTime === undefined) return err("handshake/prekey-consumed");
  const kem = oneTime?.kem ?? signed.kem;

  const dh = [device.identity, signed.x25519, ...(oneTime === undefined ? [] : [oneTime.x25519])].map((secret) =>
    suite.x25519Shared(secret, m1.ephemeral),
  );
  const parts = [...dh, suite.mlKemDecapsulate(kem, m1.ciphertext)].filter((part) => part !== undefined);
  if (parts.length !== dh.length + 1) {
    wipeAll(parts);
    return err("handshake/bad-public-value");
  }
  let hash = mixAssumed(suite, startTranscript(suite), {
    responder: device.certificate,
    signedId: m1.signedId,
    signedPublic: suite.x25519Public(signed.x25519),
    oneTimeId: m1.oneTimeId,
    oneTimePublic: oneTime === undefined ? undefined : suite.x25519Public(oneTime.x25519),
    kemPublic: suite.mlKemPublic(kem),
  });
  hash = mix(suite, hash, m1.ephemeral, m1.ciphertext, m1.cookie ?? EMPTY);
  const k1 = stageKey(suite, "K1", hash, ...parts);
  wipeAll(parts);
  const opened = openIdentity(suite, k1, hash, m1, signed, now);
  if (!opened.ok) {
    k1.wipe();
    return opened;
  }
  const { certificate, heads, issued, kem: answerTo } = opened.value.identity;
  hash = mix(suite, hash, m1.sealedIdentity, opened.value.encoded);
  const authenticator = suite.x25519Shared(signed.x25519, certificate.identity);
  if (authenticator === undefined) {
    k1.wipe();
    return err("handshake/bad-public-value");
  }
  const k2 = stageKey(suite, "K2", hash, k1, authenticator);
  wipeAll([k1, authenticator]);
  const padded = openPart(suite, k2, "first message", hash, m1.sealedPayload);
  const payload = padded === undefined ? undefined : unpad(padded);
  if (payload === undefined) {
    k2.wipe();
    return err("handshake/unauthentic");
  }
  return ok({
    id: m1Id(suite, m1),
    certificate,
    heads,
    issued,
    oneTimeId: m1.oneTimeId,
    signedId: m1.signedId,
    payload,
    pending: {
      ephemeral: m1.ephemeral,
      identity: certificate.identity,
      kem: answerTo,
      k2,
      transcript: mix(suite, hash, m1.sealedPayload),
    },
  });
}

function openIdentity(
  suite: Suite,
  k1: Secret,
  hash: Uint8Array,
  m1: M1,
  signed: SignedPrekey,
  now: number,
): Result<{ readonly identity: InitiatorIdentity; readonly encoded: Uint8Array }, HandshakeCode> {
  const encoded = openPart(suite, k1, "identity", hash, m1.sealedIdentity);
  if (encoded === undefined) return err("handshake/unauthentic");
  const identity = decodeIdentity(encoded);
  if (!identity.ok) return identity;
  const { certificate, issued } = identity.value;
  // Whoever holds the keys of an expired certificate can claim an earlier time, but none before this prekey was
  // made: a fresh prekey leaves it SIGNED_PREKEY_LIFE_MS, and one in its grace MAIL_AGE_MS_MAX.
  const prekeyMade = signed.notAfter - SIGNED_PREKEY_GRACE_MS - SIGNED_PREKEY_LIFE_MS;
  const earliest = Math.max(now - MAIL_AGE_MS_MAX, prekeyMade) - CLOCK_SKEW_MS;
  if (issued > now + CLOCK_SKEW_MS || issued < earliest) return err("handshake/stale");
  const verified = verifyCertificate(suite, certificate, { now: issued });
  return verified.ok ? ok({ identity: identity.value, encoded }) : verified;
}

/** Wipes what an M1 left that is not going to be accepted. */
export function wipePending(pending: PendingM1): void {
  pending.k2.wipe();
}

export interface AcceptedM1 {
  /** Secret of the early chain. */
  readonly early: Secret;
  /** Hash of M1's transcript, for the early chain. */
  readonly transcript: Uint8Array;
  readonly session: SessionSeed;
  /** M2. The session and the consumed prekey must be durable before it is sent. */
  readonly envelope: Uint8Array;
}

/**
 * M2: Noise IK's ee and se, and a second KEM secret, so that K3 needs what nobody could have stolen before.
 * `payload` is the first answer, at most m2Capacity bytes. Uses up `pending`.
 */
export function acceptM1(
  suite: Suite,
  random: Random,
  pending: PendingM1,
  payload: Uint8Array,
): Result<AcceptedM1, HandshakeCode> {
  const { k2, transcript } = pending;
  assert(!k2.wiped, "an M1 is accepted once");
  const ephemeral = x25519KeyPair(suite, random);
  const ee = suite.x25519Shared(ephemeral.secret, pending.ephemeral);
  const se = suite.x25519Shared(ephemeral.secret, pending.identity);
  const encapsulated = suite.mlKemEncapsulate(pending.kem, random);
  const parts = [ee, se, encapsulated?.shared].filter((part) => part !== undefined);
  if (encapsulated === undefined || parts.length !== 3) {
    wipeAll([...parts, ephemeral.secret, k2]);
    return err("handshake/bad-public-value");
  }
  const { ciphertext } = encapsulated;
  const serverRandom = random.bytes(SERVER_RANDOM_BYTES);
  const hash = mix(suite, transcript, serverRandom, ephemeral.publicKey, ciphertext);
  const k3 = stageKey(suite, "K3", hash, k2, ...parts);
  wipeAll(parts);
  const plain = concatBytes(commitment(suite, k3, hash), payload);
  const sealedPayload = sealPart(suite, k3, "first answer", hash, plain);
  plain.fill(0);
  const session = sessionSeed(suite, k3, ROLE_RESPONDER, mix(suite, hash, sealedPayload), ephemeral, pending.ephemeral);
  k3.wipe();
  const m2 = { ephemeral: ephemeral.publicKey, ciphertext, sealedPayload };
  const envelope = sealM2(suite, k2, transcript, serverRandom, m2);
  const early = derive(suite, k2, "early", transcript, KEY_BYTES);
  k2.wipe();
  return ok({ early, transcript, session, envelope });
}

const EMPTY = new Uint8Array(0);
