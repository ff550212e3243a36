import { array, bytes, bytesUpTo, type Codec, mapped, optional, secret, struct, text, uint } from "../codec/index.ts";
import { VEIL_SEED_BYTES } from "../envelope/index.ts";
import { Secret } from "../safety/index.ts";
import { KEY_BYTES, MLKEM_CIPHERTEXT_BYTES, MLKEM_SEED_BYTES, X25519_BYTES } from "../suite/index.ts";
import { COOKIE_BYTES } from "./cookie.ts";
import { HEADS_BYTES_MAX } from "./m1.ts";

/** Cookies that an initiator adds to one handshake: whoever holds the receiver's card can ask for them. */
export const COOKIE_RETRIES_MAX = 3;

/** Where an M1 left its keys: what its M2 is found and opened by. */
export interface Attempt {
  /** Delivery tag of the M2 that answers it, 32 hexadecimal characters. */
  readonly answerTag: string;
  readonly k2: Secret;
  /** The transcript's hash after M1. */
  readonly transcript: Uint8Array;
}

/** What an initiator keeps until M2 arrives. Plain data that holds secrets. */
export interface InitiatorState extends Attempt {
  /** See m1Id: the same for every attempt of this handshake. */
  readonly id: Uint8Array;
  /** Delivery tag of a retry, 32 hexadecimal characters. */
  readonly retryTag: string;
  /** The responder's introduction: veils M1 and retries. */
  readonly introduction: Secret;
  readonly veilSeed: Uint8Array;
  readonly ephemeral: Secret;
  readonly ephemeralPublic: Uint8Array;
  /** The initiator's identity key as of this handshake. */
  readonly identity: Secret;
  /** Seed of the ephemeral ML-KEM key, 64 bytes. */
  readonly kem: Secret;
  /** The transcript's hash before anything of M1, with what both ends assume. */
  readonly assumed: Uint8Array;
  /** e_I×id_R ‖ e_I×spk_R ‖ e_I×opk_R? ‖ ss_kem. */
  readonly premaster: Secret;
  /** id_I×spk_R. */
  readonly authenticator: Secret;
  readonly signedId: number;
  readonly oneTimeId: number | undefined;
  readonly ciphertext: Uint8Array;
  /** Encoding of the initiator's identity part, sealed anew under every transcript. */
  readonly identityPart: Uint8Array;
  readonly headsBytes: number;
  readonly cookie: Uint8Array | undefined;
  /** Secret of the early chain. */
  readonly early: Secret;
  /**
   * The attempts before the last cookie. A copy of one may reach the responder when its load has passed and be
   * answered, after which it answers no other: that answer must count.
   */
  readonly earlier: readonly Attempt[];
}

const ID_MAX = 2 ** 32 - 1;
const PREMASTER_BYTES_MAX: number = 4 * 32;

const attempt = { answerTag: text(32), k2: secret(KEY_BYTES), transcript: bytes(32) };

/** Checkpoint of an unanswered handshake. Holds secrets. */
export const initiatorCodec: Codec<InitiatorState> = struct({
  ...attempt,
  id: bytes(32),
  retryTag: text(32),
  introduction: secret(32),
  veilSeed: bytes(VEIL_SEED_BYTES),
  ephemeral: secret(X25519_BYTES),
  ephemeralPublic: bytes(X25519_BYTES),
  identity: secret(X25519_BYTES),
  kem: secret(MLKEM_SEED_BYTES),
  assumed: bytes(32),
  premaster: mapped(
    bytesUpTo(PREMASTER_BYTES_MAX),
    (raw) => new Secret(raw),
    (held) => held.expose(),
  ),
  authenticator: secret(32),
  signedId: uint(ID_MAX),
  oneTimeId: optional(uint(ID_MAX)),
  ciphertext: bytes(MLKEM_CIPHERTEXT_BYTES),
  identityPart: bytesUpTo(4_096),
  headsBytes: uint(HEADS_BYTES_MAX),
  cookie: optional(bytes(COOKIE_BYTES)),
  early: secret(KEY_BYTES),
  earlier: array(struct(attempt), COOKIE_RETRIES_MAX),
});

/** Every delivery tag that M2 may come under, the latest attempt's first. */
export function answerTags(state: InitiatorState): readonly string[] {
  return [state.answerTag, ...state.earlier.map((entry) => entry.answerTag)];
}

/** Wipes what an initiator kept, once the handshake is over. */
export function wipeInitiator(state: InitiatorState): void {
  const { authenticator, early, ephemeral, identity, introduction, k2, kem, premaster } = state;
  for (const held of [authenticator, early, ephemeral, identity, introduction, k2, kem, premaster]) held.wipe();
  for (const entry of state.earlier) entry.k2.wipe();
}
