import { Secret, wipeAll } from "../safety/index.ts";
import type { KeyPair, Role } from "../suite/index.ts";
import { type KemState, kemSecrets } from "./kem.ts";
import type { SkippedKeys } from "./skipped.ts";
import type { TagBatch } from "./tags.ts";

/** The chain that this end sends on. */
export interface SendingChain {
  readonly index: number;
  readonly epoch: number;
  readonly key: Secret;
  readonly headerKey: Secret;
  /** The key pair whose public half every header of this chain carries. */
  readonly pair: KeyPair;
  /** Messages sent. */
  readonly count: number;
  /** Derived from the header key, not persisted. */
  readonly batch: TagBatch | undefined;
}

/** The chain that the peer sends on, as far as this end knows. */
export interface ReceivingChain {
  readonly index: number;
  readonly epoch: number;
  readonly key: Secret;
  readonly headerKey: Secret;
  /** The number expected next: one above the highest that was opened. */
  readonly count: number;
  /** Derived from the header key, not persisted. */
  readonly tags: readonly string[] | undefined;
}

/**
 * One end of a session. Immutable: operations return a new state that shares the secrets that did not
 * change. `send` is undefined from the moment the peer begins a chain until the next message is sealed:
 * the step with a fresh key pair is taken as late as possible, and no Diffie–Hellman secret exists meanwhile.
 */
export interface RatchetState {
  readonly role: Role;
  /** The handshake's transcript hash; 32 bytes. */
  readonly transcript: Uint8Array;
  readonly startedAt: number;
  /** Messages sent and received. */
  readonly messages: number;
  readonly root: Secret;
  readonly kem: KemState;
  /** The peer's current ratchet public key; 32 bytes. */
  readonly theirs: Uint8Array;
  /** Index of the newest chain of this end. */
  readonly sendIndex: number;
  /** Messages on the chain of this end before `send`. */
  readonly previousCount: number;
  readonly send: SendingChain | undefined;
  readonly nextSendingHeader: Secret;
  /** Undefined at the responder until it hears the initiator. */
  readonly receive: ReceivingChain | undefined;
  readonly nextReceivingHeader: Secret;
  /** Tags of the peer's next chain. Derived, not persisted. */
  readonly nextTags: readonly string[] | undefined;
  readonly skipped: SkippedKeys;
}

/** Every secret that a state holds, skipped keys apart. */
function chainSecrets(state: RatchetState): Secret[] {
  const secrets = [state.root, state.nextSendingHeader, state.nextReceivingHeader, ...kemSecrets(state.kem)];
  const { send, receive } = state;
  if (send !== undefined) secrets.push(send.key, send.headerKey, send.pair.secret);
  if (receive !== undefined) secrets.push(receive.key, receive.headerKey);
  return secrets;
}

/** Every secret that a state holds. */
export function secretsOf(state: RatchetState): Secret[] {
  return [...chainSecrets(state), ...state.skipped.map((entry) => entry.key)];
}

/** The secrets of `before` that `after` does not hold: what a transition between the two has spent. */
export function secretsLeft(before: RatchetState, after: RatchetState): Secret[] {
  const kept = new Set(chainSecrets(after));
  const left = chainSecrets(before).filter((secret) => !kept.has(secret));
  if (before.skipped !== after.skipped) {
    const keptSkipped = new Set(after.skipped.map((entry) => entry.key));
    for (const { key } of before.skipped) if (!keptSkipped.has(key)) left.push(key);
  }
  return left;
}

/** Wipes every secret of a state whose session is over. No state that shares secrets with it may be used again. */
export function wipeRatchet(state: RatchetState): void {
  wipeAll(secretsOf(state));
}
