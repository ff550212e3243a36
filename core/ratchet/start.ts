import { assert, type Secret } from "../safety/index.ts";
import {
  type KeyPair,
  KEY_BYTES,
  type Role,
  ROLE_INITIATOR,
  SHA256_BYTES,
  type Suite,
  X25519_BYTES,
} from "../suite/index.ts";
import { startKeys } from "./chain.ts";
import type { RatchetState } from "./state.ts";
import { chainTags } from "./tags.ts";

/** What a handshake hands to the ratchet. */
export interface RatchetSeed {
  readonly role: Role;
  /** K3; 32 bytes. Wiped. */
  readonly root: Secret;
  /** The handshake's transcript hash; 32 bytes. */
  readonly transcript: Uint8Array;
  /** The ephemeral key pair of this end. The responder's becomes part of the state; the initiator's is wiped. */
  readonly mine: KeyPair;
  /** The peer's ephemeral public key; 32 bytes. */
  readonly theirs: Uint8Array;
}

/**
 * The state with which a session begins. Takes ownership of the seed's secrets. The responder may send at
 * once, on an opening chain; the initiator's first message takes a Diffie–Hellman step against the
 * responder's ephemeral key.
 */
export function startRatchet(suite: Suite, seed: RatchetSeed, now: number): RatchetState {
  const { role, root, transcript, mine, theirs } = seed;
  assert(root.length === KEY_BYTES && transcript.length === SHA256_BYTES, "ratchet seed has a wrong length");
  assert(theirs.length === X25519_BYTES, "ratchet public key must be 32 bytes");
  const keys = startKeys(suite, root, transcript);
  root.wipe();
  const common = {
    role,
    transcript,
    startedAt: now,
    messages: 0,
    root: keys.root,
    kem: { epoch: 0, phase: { kind: "idle" }, offeredMessages: 0, offeredAt: now } as const,
    theirs,
    sendIndex: 0,
    previousCount: 0,
    skipped: [],
  };
  const opening = { index: 0, epoch: 0, key: keys.openingChain, headerKey: keys.openingHeader, count: 0 };
  if (role === ROLE_INITIATOR) {
    mine.secret.wipe();
    return {
      ...common,
      send: undefined,
      nextSendingHeader: keys.initiatorHeader,
      receive: { ...opening, tags: chainTags(suite, keys.openingHeader) },
      nextReceivingHeader: keys.responderHeader,
      nextTags: chainTags(suite, keys.responderHeader),
    };
  }
  return {
    ...common,
    send: { ...opening, pair: mine, batch: undefined },
    nextSendingHeader: keys.responderHeader,
    receive: undefined,
    nextReceivingHeader: keys.initiatorHeader,
    nextTags: chainTags(suite, keys.initiatorHeader),
  };
}
