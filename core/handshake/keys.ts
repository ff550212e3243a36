import { concatBytes } from "@noble/hashes/utils.js";
import type { DeviceCertificate } from "../identity/index.ts";
import { Secret } from "../safety/index.ts";
import {
  derive,
  hkdfN12,
  KEY_BYTES,
  type KeyPair,
  type Role,
  ROLE_INITIATOR,
  ROLE_RESPONDER,
  type Suite,
} from "../suite/index.ts";
import { mix } from "./transcript.ts";

/** What a finished handshake hands to the ratchet, and the key confirmations of both ends. */
export interface SessionSeed {
  readonly role: Role;
  /** 32 bytes from K3. */
  readonly root: Secret;
  /** Hash of the whole transcript, 32 bytes. */
  readonly transcript: Uint8Array;
  /** This end's ephemeral key pair of the handshake. */
  readonly mine: KeyPair;
  readonly theirs: Uint8Array;
  /** The initiator's key confirmation, 32 bytes: it proves id_I and travels with M3. M2 proves the responder. */
  readonly confirm: Uint8Array;
}

/** The values that both ends assume before a word is said: who the responder is and which prekeys serve. */
export interface Assumed {
  readonly responder: Pick<DeviceCertificate, "account" | "signing" | "identity">;
  readonly signedId: number;
  readonly signedPublic: Uint8Array;
  readonly oneTimeId: number | undefined;
  readonly oneTimePublic: Uint8Array | undefined;
  /**
   * The one-time or last-resort encapsulation key, 1568 bytes. Bound here so that agreement on it does not rest on
   * what ML-KEM's shared secret happens to commit to (the re-encapsulation attack on the first PQXDH).
   */
  readonly kemPublic: Uint8Array;
}

const EMPTY = new Uint8Array(0);

function id(value: number | undefined): Uint8Array {
  return value === undefined
    ? EMPTY
    : new Uint8Array([value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]);
}

/** The transcript's first items: roles, the responder's keys, and the prekeys by id and value. */
export function mixAssumed(suite: Suite, hash: Uint8Array, assumed: Assumed): Uint8Array {
  const { responder } = assumed;
  return mix(
    suite,
    hash,
    new Uint8Array([ROLE_INITIATOR, ROLE_RESPONDER]),
    responder.account,
    responder.signing,
    responder.identity,
    id(assumed.signedId),
    assumed.signedPublic,
    id(assumed.oneTimeId),
    assumed.oneTimePublic ?? EMPTY,
    assumed.kemPublic,
  );
}

/** K1, K2 or K3: from the secrets so far, in order, over the transcript so far. */
export function stageKey(
  suite: Suite,
  stage: "K1" | "K2" | "K3",
  hash: Uint8Array,
  ...secrets: readonly Secret[]
): Secret {
  const material = Secret.concat(...secrets);
  const key = derive(suite, material, stage, hash, KEY_BYTES);
  material.wipe();
  return key;
}

/** Seals the one plaintext of `part` under a key from its stage, with the transcript as associated data. */
export function sealPart(
  suite: Suite,
  stage: Secret,
  part: string,
  hash: Uint8Array,
  plaintext: Uint8Array,
): Uint8Array {
  const key = derive(suite, stage, part, hash, KEY_BYTES);
  const sealed = suite.aesGcmSeal(key, hkdfN12(suite, key, EMPTY), hash, plaintext);
  key.wipe();
  return sealed;
}

/** The plaintext of `part`, or undefined when it was not sealed under this stage and transcript. */
export function openPart(
  suite: Suite,
  stage: Secret,
  part: string,
  hash: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  const key = derive(suite, stage, part, hash, KEY_BYTES);
  const plaintext = suite.aesGcmOpen(key, hkdfN12(suite, key, EMPTY), hash, sealed);
  key.wipe();
  return plaintext;
}

export const COMMITMENT_BYTES = 32;

/**
 * What precedes the first answer. AES-GCM does not commit to its key (one ciphertext can be made to open under
 * two), HKDF-SHA256 does: an answer that opens is an answer under this K3 only.
 */
export function commitment(suite: Suite, k3: Secret, hash: Uint8Array): Uint8Array {
  return derive(suite, k3, "commitment", hash, COMMITMENT_BYTES).expose();
}

/** The session that starts once `hash` covers all of M1 and M2. */
export function sessionSeed(
  suite: Suite,
  k3: Secret,
  role: Role,
  hash: Uint8Array,
  mine: KeyPair,
  theirs: Uint8Array,
): SessionSeed {
  return {
    role,
    root: derive(suite, k3, "session root", hash, KEY_BYTES),
    transcript: hash,
    mine,
    theirs,
    confirm: derive(suite, k3, "confirm", concatBytes(new Uint8Array([ROLE_INITIATOR]), hash), 32).expose(),
  };
}
