import { encode } from "../codec/index.ts";
import { tagKey, VEIL_SEED_BYTES } from "../envelope/index.ts";
import type { LocalDevice, OneTimePrekey, PrekeyBundle } from "../identity/index.ts";
import { assert, equalConstantTime, err, ok, type Result, Secret, wipeAll } from "../safety/index.ts";
import {
  derive,
  KEY_BYTES,
  MLKEM_SEED_BYTES,
  type Random,
  ROLE_INITIATOR,
  type Suite,
  x25519KeyPair,
} from "../suite/index.ts";
import type { HandshakeCode } from "./code.ts";
import { difficultyOf, MINTED_BYTES, solveCookie } from "./cookie.ts";
import { type Attempt, COOKIE_RETRIES_MAX, type InitiatorState } from "./initiator-state.ts";
import {
  commitment,
  COMMITMENT_BYTES,
  mixAssumed,
  openPart,
  sealPart,
  type SessionSeed,
  sessionSeed,
  stageKey,
} from "./keys.ts";
import { HEADS_BYTES_MAX, initiatorIdentityCodec, m1Bucket, m1Id, padFirstMessage, sealM1 } from "./m1.ts";
import { m2Tag, openM2 } from "./m2.ts";
import { PUZZLE_DIFFICULTY_MAX, PUZZLE_NONCE_BYTES } from "./puzzle.ts";
import { openRetry, retryTag } from "./retry.ts";
import { mix, startTranscript } from "./transcript.ts";

export interface Initiation {
  readonly local: LocalDevice;
  /** Directory heads that vouch for the initiator, at most HEADS_BYTES_MAX bytes; empty while trust comes from cards. */
  readonly heads: Uint8Array;
  /** The responder's, from its contact card. */
  readonly introduction: Secret;
  /** Verified before. */
  readonly bundle: PrekeyBundle;
  readonly oneTime: OneTimePrekey | undefined;
  /** The first message; at most m1Capacity bytes. */
  readonly payload: Uint8Array;
  readonly now: number;
}

/** M1: PQXDH's initial message with the initiator's identity sealed. Fails only for prekeys that give no secret. */
export function initiate(
  suite: Suite,
  random: Random,
  start: Initiation,
): Result<{ readonly state: InitiatorState; readonly envelope: Uint8Array }, HandshakeCode> {
  const { bundle, local, oneTime } = start;
  assert(start.heads.length <= HEADS_BYTES_MAX, "directory heads exceed their limit");
  const ephemeral = x25519KeyPair(suite, random);
  const kem = new Secret(random.bytes(MLKEM_SEED_BYTES));
  const kemPublic = oneTime?.kem ?? bundle.lastResort.publicKey;
  const encapsulated = suite.mlKemEncapsulate(kemPublic, random);
  const dh = [
    bundle.certificate.identity,
    bundle.signed.publicKey,
    ...(oneTime === undefined ? [] : [oneTime.x25519]),
  ].map((key) => suite.x25519Shared(ephemeral.secret, key));
  const authenticator = suite.x25519Shared(local.identity, bundle.signed.publicKey);
  const parts = [...dh, encapsulated?.shared].filter((part) => part !== undefined);
  if (encapsulated === undefined || authenticator === undefined || parts.length !== dh.length + 1) {
    wipeAll([...parts, ephemeral.secret, kem]);
    authenticator?.wipe();
    return err("handshake/bad-public-value");
  }
  const premaster = Secret.concat(...parts);
  wipeAll(parts);
  const assumed = mixAssumed(suite, startTranscript(suite), {
    responder: bundle.certificate,
    signedId: bundle.signed.id,
    signedPublic: bundle.signed.publicKey,
    oneTimeId: oneTime?.id,
    oneTimePublic: oneTime?.x25519,
    kemPublic,
  });
  const identityPart = encode(initiatorIdentityCodec, {
    certificate: local.certificate,
    heads: start.heads,
    kem: suite.mlKemPublic(kem),
    issued: start.now,
  });
  const fixed: FixedPart = {
    id: m1Id(suite, { ephemeral: ephemeral.publicKey, ciphertext: encapsulated.ciphertext }),
    introduction: Secret.copyOf(start.introduction.expose()),
    ephemeral: ephemeral.secret,
    ephemeralPublic: ephemeral.publicKey,
    identity: Secret.copyOf(local.identity.expose()),
    kem,
    assumed,
    premaster,
    authenticator,
    signedId: bundle.signed.id,
    oneTimeId: oneTime?.id,
    ciphertext: encapsulated.ciphertext,
    identityPart,
    headsBytes: start.heads.length,
    earlier: [],
  };
  return ok(assemble(suite, random, fixed, undefined, start.payload));
}

/** What stays the same when M1 is sealed again with a cookie. */
type FixedPart = Omit<InitiatorState, "answerTag" | "retryTag" | "veilSeed" | "cookie" | "k2" | "transcript" | "early">;

function assemble(
  suite: Suite,
  random: Random,
  fixed: FixedPart,
  cookie: Uint8Array | undefined,
  payload: Uint8Array,
): { readonly state: InitiatorState; readonly envelope: Uint8Array } {
  const size = m1Bucket(payload.length, fixed.headsBytes);
  assert(size !== undefined, "first message does not fit an envelope");
  let hash = mix(suite, fixed.assumed, fixed.ephemeralPublic, fixed.ciphertext, cookie ?? EMPTY);
  const k1 = stageKey(suite, "K1", hash, fixed.premaster);
  const sealedIdentity = sealPart(suite, k1, "identity", hash, fixed.identityPart);
  hash = mix(suite, hash, sealedIdentity, fixed.identityPart);
  const k2 = stageKey(suite, "K2", hash, k1, fixed.authenticator);
  k1.wipe();
  const padded = padFirstMessage(payload, size, fixed.headsBytes);
  const sealedPayload = sealPart(suite, k2, "first message", hash, padded);
  padded.fill(0);
  hash = mix(suite, hash, sealedPayload);
  const m1 = {
    ephemeral: fixed.ephemeralPublic,
    signedId: fixed.signedId,
    oneTimeId: fixed.oneTimeId,
    ciphertext: fixed.ciphertext,
    cookie,
    sealedIdentity,
    sealedPayload,
  };
  const envelope = sealM1(suite, random, fixed.introduction, m1, size);
  const veilSeed = envelope.slice(0, VEIL_SEED_BYTES);
  const state: InitiatorState = {
    ...fixed,
    answerTag: tagKey(m2Tag(suite, k2, hash)),
    retryTag: tagKey(retryTag(suite, fixed.introduction, veilSeed)),
    veilSeed,
    cookie,
    k2,
    transcript: hash,
    early: derive(suite, k2, "early", hash, KEY_BYTES),
  };
  return { state, envelope };
}

/**
 * The same M1 with the cookie that a loaded responder asked for: e_I and the ciphertext stay, every key changes
 * with the transcript. `payload` is the first message again. The new state takes over the secrets of the old one
 * except `k2` and `early`, which the caller wipes once the new state is durable. M2 may now come under any of
 * `answerTags(state)`.
 */
export function retryWithCookie(
  suite: Suite,
  random: Random,
  state: InitiatorState,
  rest: Uint8Array,
  payload: Uint8Array,
): Result<{ readonly state: InitiatorState; readonly envelope: Uint8Array }, HandshakeCode> {
  if (state.earlier.length >= COOKIE_RETRIES_MAX) return err("handshake/retries-exhausted");
  const minted = openRetry(suite, state.introduction, state.veilSeed, rest);
  if (minted === undefined || minted.length !== MINTED_BYTES) return err("handshake/cookie-invalid");
  if (difficultyOf(minted) > PUZZLE_DIFFICULTY_MAX) return err("handshake/puzzle-too-hard");
  // A random start, so that one retry answered twice (with another payload, after a lost write) gives two
  // transcripts and never two plaintexts under one key.
  const cookie = solveCookie(suite, minted, state.ephemeralPublic, random.bytes(PUZZLE_NONCE_BYTES));
  if (cookie === undefined) return err("handshake/puzzle-too-hard");
  const { answerTag, k2, transcript } = state;
  const attempt = { answerTag, k2: Secret.copyOf(k2.expose()), transcript };
  const fixed: FixedPart = { ...state, earlier: [attempt, ...state.earlier] };
  return ok(assemble(suite, random, fixed, cookie, payload));
}

/** M2: the responder has proved that it holds id_R and the prekeys; its answer opens under K3. Changes nothing. */
export function finish(
  suite: Suite,
  state: InitiatorState,
  rest: Uint8Array,
): Result<{ readonly payload: Uint8Array; readonly session: SessionSeed }, HandshakeCode> {
  for (const attempt of [state, ...state.earlier]) {
    const opened = openM2(suite, attempt.k2, attempt.transcript, rest);
    if (opened.ok) return finishAttempt(suite, state, attempt, opened.value);
    if (opened.error !== "handshake/unauthentic") return opened;
  }
  return err("handshake/unauthentic");
}

function finishAttempt(
  suite: Suite,
  state: InitiatorState,
  attempt: Attempt,
  answer: Extract<ReturnType<typeof openM2>, { readonly ok: true }>["value"],
): Result<{ readonly payload: Uint8Array; readonly session: SessionSeed }, HandshakeCode> {
  const { ciphertext, ephemeral, sealedPayload } = answer.m2;
  const ee = suite.x25519Shared(state.ephemeral, ephemeral);
  const se = suite.x25519Shared(state.identity, ephemeral);
  const shared = suite.mlKemDecapsulate(state.kem, ciphertext);
  const parts = [ee, se, shared].filter((part) => part !== undefined);
  if (parts.length !== 3) {
    wipeAll(parts);
    return err("handshake/bad-public-value");
  }
  const hash = mix(suite, attempt.transcript, answer.random, ephemeral, ciphertext);
  const k3 = stageKey(suite, "K3", hash, attempt.k2, ...parts);
  wipeAll(parts);
  const plain = openPart(suite, k3, "first answer", hash, sealedPayload);
  const committed =
    plain !== undefined && equalConstantTime(plain.subarray(0, COMMITMENT_BYTES), commitment(suite, k3, hash));
  if (!committed) {
    k3.wipe();
    return err("handshake/unauthentic");
  }
  const mine = { publicKey: state.ephemeralPublic, secret: Secret.copyOf(state.ephemeral.expose()) };
  const session = sessionSeed(suite, k3, ROLE_INITIATOR, mix(suite, hash, sealedPayload), mine, ephemeral);
  k3.wipe();
  return ok({ payload: plain.slice(COMMITMENT_BYTES), session });
}

const EMPTY = new Uint8Array(0);
