import { concatBytes } from "@noble/hashes/utils.js";
import { Secret } from "../safety/index.ts";
import { derive, KEY_BYTES, type Role, type Suite } from "../suite/index.ts";
import { uint32 } from "./bytes.ts";

const EMPTY = new Uint8Array(0);

/** `count` consecutive keys of a derivation; the derivation itself is wiped. */
function split(whole: Secret, count: number): Secret[] {
  const keys: Secret[] = [];
  for (let i = 0; i < count; i++) keys.push(whole.slice(i * KEY_BYTES, (i + 1) * KEY_BYTES));
  whole.wipe();
  return keys;
}

/** What both ends derive from the handshake before any Diffie–Hellman step. */
export interface StartKeys {
  readonly root: Secret;
  /** Header key of the initiator's first chain. */
  readonly initiatorHeader: Secret;
  /** Header key of the responder's first chain after it heard the initiator. */
  readonly responderHeader: Secret;
  /** Header key and chain key of the chain that the responder may send on before it heard the initiator. */
  readonly openingHeader: Secret;
  readonly openingChain: Secret;
}

export function startKeys(suite: Suite, root: Secret, transcript: Uint8Array): StartKeys {
  const keys = split(derive(suite, root, "ratchet start", transcript, 5 * KEY_BYTES), 5);
  const [rootKey, initiatorHeader, responderHeader, openingHeader, openingChain] = keys as [
    Secret,
    Secret,
    Secret,
    Secret,
    Secret,
  ];
  return { root: rootKey, initiatorHeader, responderHeader, openingHeader, openingChain };
}

/** Public facts of a root step; both ends must have them equal to arrive at equal keys. */
export interface RootContext {
  readonly transcript: Uint8Array;
  readonly sender: Role;
  /** Index of the sender's chain that this step begins. */
  readonly chain: number;
  /** KEM secrets mixed into the root, this step's included. */
  readonly epoch: number;
  readonly senderPublic: Uint8Array;
  readonly receiverPublic: Uint8Array;
}

/**
 * `KDF_RK_HE` of Signal's specification, section 4: the next root, the chain that begins, and the header
 * key of the same sender's chain after it. The inputs have fixed lengths, so their concatenation is
 * unambiguous; whoever lacks any one of root, Diffie–Hellman result and KEM secret lacks the outputs.
 */
export function rootStep(
  suite: Suite,
  root: Secret,
  shared: Secret,
  kem: Secret | undefined,
  context: RootContext,
): { readonly root: Secret; readonly chain: Secret; readonly nextHeader: Secret } {
  const ikm = kem === undefined ? Secret.concat(root, shared) : Secret.concat(root, shared, kem);
  const info = concatBytes(
    context.transcript,
    Uint8Array.of(context.sender),
    uint32(context.chain),
    uint32(context.epoch),
    context.senderPublic,
    context.receiverPublic,
  );
  const [next, chain, nextHeader] = split(derive(suite, ikm, "ratchet root", info, 3 * KEY_BYTES), 3) as [
    Secret,
    Secret,
    Secret,
  ];
  ikm.wipe();
  return { root: next, chain, nextHeader };
}

/**
 * Advances a chain by `steps` messages and gives their keys in order. Chain keys in between are wiped;
 * `key` itself stays the caller's, and is what comes back when `steps` is 0.
 */
export function advanceChain(
  suite: Suite,
  key: Secret,
  steps: number,
): { readonly key: Secret; readonly messageKeys: Secret[] } {
  let current = key;
  const messageKeys: Secret[] = [];
  for (let i = 0; i < steps; i++) {
    const [next, message] = split(derive(suite, current, "ratchet chain", EMPTY, 2 * KEY_BYTES), 2) as [Secret, Secret];
    if (current !== key) current.wipe();
    current = next;
    messageKeys.push(message);
  }
  return { key: current, messageKeys };
}
