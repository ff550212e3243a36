import { concatBytes } from "@noble/hashes/utils.js";
import { array, boolean, bytes, type Codec, mapped, optional, secret, struct, text, uint } from "../codec/index.ts";
import { assert, Secret, wipeAll } from "../safety/index.ts";
import {
  derive,
  KEY_BYTES,
  type KeyPair,
  oppositeRole,
  type Role,
  ROLE_INITIATOR,
  ROLE_RESPONDER,
  type Suite,
  X25519_BYTES,
} from "../suite/index.ts";
import { type Chain, chainCodec } from "./chain.ts";
import { type KemState, kemCodec, startKem } from "./kem.ts";
import { COUNTER_MAX, SKIPPED_KEYS_MAX } from "./policy.ts";
import { expectedUpTo, tagRange } from "./tags.ts";

/** The key of a message that was overtaken, under its delivery tag. */
export interface SkippedKey {
  readonly tag: string;
  readonly key: Secret;
  readonly at: number;
}

/** One end of a Double Ratchet session. Plain immutable data: operations return the next state. */
export interface RatchetState {
  readonly role: Role;
  /** Hash of the handshake's transcript, 32 bytes: associated data of every message. */
  readonly transcript: Uint8Array;
  readonly started: number;
  readonly sent: number;
  /** Root key, 32 bytes. */
  readonly root: Secret;
  readonly mine: KeyPair;
  readonly theirs: Uint8Array;
  /** A DH step precedes the next message sent: the peer's key is new since the last. */
  readonly stepDue: boolean;
  /** Undefined for the initiator until it sends first. */
  readonly send: Chain | undefined;
  readonly sendNextHeaderKey: Secret;
  /** Messages of the previous sending chain. */
  readonly previous: number;
  /** How many messages of the sending chain the peer is known to have received or passed over. */
  readonly acknowledged: number;
  /** Undefined for the responder until it hears the initiator. */
  readonly receive: Chain | undefined;
  readonly receiveNextHeaderKey: Secret;
  readonly skipped: readonly SkippedKey[];
  readonly kem: KemState;
}

/** Tags that a session starts and stops expecting. */
export interface TagChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

const skippedCodec: Codec<SkippedKey> = struct({ tag: text(32), key: secret(KEY_BYTES), at: uint() });
const keyPairCodec: Codec<KeyPair> = struct({ publicKey: bytes(X25519_BYTES), secret: secret(X25519_BYTES) });

/** Checkpoint of a session. Holds secrets. */
export const ratchetCodec: Codec<RatchetState> = struct({
  role: mapped(
    boolean,
    (initiator) => (initiator ? ROLE_INITIATOR : ROLE_RESPONDER) as Role,
    (role) => role === ROLE_INITIATOR,
  ),
  transcript: bytes(32),
  started: uint(),
  sent: uint(),
  root: secret(KEY_BYTES),
  mine: keyPairCodec,
  theirs: bytes(X25519_BYTES),
  stepDue: boolean,
  send: optional(chainCodec),
  sendNextHeaderKey: secret(KEY_BYTES),
  previous: uint(COUNTER_MAX + 1),
  acknowledged: uint(COUNTER_MAX + 1),
  receive: optional(chainCodec),
  receiveNextHeaderKey: secret(KEY_BYTES),
  skipped: array(skippedCodec, SKIPPED_KEYS_MAX),
  kem: kemCodec,
});

/** What the handshake hands over: `root` is K3's share for the ratchet; `mine` and `theirs` are the ephemeral keys. */
export interface RatchetSeed {
  readonly role: Role;
  readonly root: Secret;
  readonly transcript: Uint8Array;
  readonly mine: KeyPair;
  readonly theirs: Uint8Array;
}

/**
 * The first state of either end. The responder gets a chain from the root itself, so it may speak before it
 * hears; the initiator makes a DH step before its first message, as Alice does in the Double Ratchet.
 */
export function startRatchet(suite: Suite, seed: RatchetSeed, now: number): RatchetState {
  const { role, transcript, mine, theirs } = seed;
  assert(seed.root.length === KEY_BYTES && transcript.length === 32, "ratchet seed has wrong lengths");
  const derived = derive(suite, seed.root, "ratchet start", transcript, 5 * KEY_BYTES);
  const part = (i: number): Secret => derived.slice(i * KEY_BYTES, (i + 1) * KEY_BYTES);
  const root = part(0);
  const responderChain: Chain = { index: 0, key: part(1), headerKey: part(2), count: 0 };
  const initiatorNext = part(3);
  const responderNext = part(4);
  derived.wipe();
  const initiator = role === ROLE_INITIATOR;
  return {
    role,
    transcript,
    started: now,
    sent: 0,
    root,
    mine,
    theirs,
    stepDue: initiator,
    send: initiator ? undefined : responderChain,
    sendNextHeaderKey: initiator ? initiatorNext : responderNext,
    previous: 0,
    acknowledged: 0,
    receive: initiator ? responderChain : undefined,
    receiveNextHeaderKey: initiator ? responderNext : initiatorNext,
    skipped: [],
    kem: startKem(now),
  };
}

/** KDF_RK with header encryption: root, chain and next header key from the old root, a DH result and maybe a KEM secret. */
export function rootStep(
  suite: Suite,
  state: Pick<RatchetState, "root" | "transcript">,
  sender: Role,
  dh: Secret,
  kem: Secret | undefined,
): { readonly root: Secret; readonly chainKey: Secret; readonly nextHeaderKey: Secret } {
  const material = Secret.concat(state.root, dh, ...(kem === undefined ? [] : [kem]));
  const info = concatBytes(new Uint8Array([sender, kem === undefined ? 0 : 1]), state.transcript);
  const derived = derive(suite, material, "ratchet root", info, 3 * KEY_BYTES);
  const root = derived.slice(0, KEY_BYTES);
  const chainKey = derived.slice(KEY_BYTES, 2 * KEY_BYTES);
  const nextHeaderKey = derived.slice(2 * KEY_BYTES, 3 * KEY_BYTES);
  material.wipe();
  derived.wipe();
  return { root, chainKey, nextHeaderKey };
}

/** Every delivery tag that this state opens. After a restart the lookup table is rebuilt from it. */
export function receivingTags(suite: Suite, state: RatchetState): string[] {
  const { receive } = state;
  const current =
    receive === undefined ? [] : tagRange(suite, receive.headerKey, receive.count, expectedUpTo(receive.count));
  const next = tagRange(suite, state.receiveNextHeaderKey, 0, expectedUpTo(0));
  return [...current, ...next, ...state.skipped.map((entry) => entry.tag)];
}

/** Who sends on the peer's chains. */
export function peerRole(state: RatchetState): Role {
  return oppositeRole(state.role);
}

/** Wipes every secret of a session that has ended. */
export function wipeRatchet(state: RatchetState): void {
  const { kem } = state;
  wipeAll([state.root, state.mine.secret, state.sendNextHeaderKey, state.receiveNextHeaderKey]);
  for (const chain of [state.send, state.receive]) if (chain !== undefined) wipeAll([chain.key, chain.headerKey]);
  for (const { key } of state.skipped) key.wipe();
  for (const held of [kem.offered, kem.shared]) held?.wipe();
}
