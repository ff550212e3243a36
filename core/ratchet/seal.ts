import { concatBytes } from "@noble/hashes/utils.js";
import { bucketFor, ENVELOPE_BYTES_MAX } from "../envelope/index.ts";
import { assert, err, ok, type Result, type Secret } from "../safety/index.ts";
import { type Random, type Suite } from "../suite/index.ts";
import { advanceChain } from "./chain.ts";
import { afterSealing, controlDue, controlOf, KEM_CONTROL_BYTES, NO_CONTROL, offerWhenDue } from "./kem.ts";
import {
  CHAIN_MESSAGES_MAX,
  COUNTER_MAX,
  ENVELOPE_OVERHEAD_BYTES,
  PAYLOAD_BYTES_MAX,
  type RatchetCode,
  type RatchetPolicy,
} from "./policy.ts";
import { sealEnvelope } from "./body.ts";
import { type RatchetState, secretsLeft } from "./state.ts";
import { sendStep } from "./step.ts";
import { tagAt } from "./tags.ts";

/** A sealed message. The caller persists `state` before it sends `envelope`, and wipes `spent` after that. */
export interface Sealed {
  readonly state: RatchetState;
  /** Exactly one bucket long. */
  readonly envelope: Uint8Array;
  /** Secrets of the old state that the new one does not hold. */
  readonly spent: readonly Secret[];
}

/**
 * Seals `payload` (at most PAYLOAD_BYTES_MAX) into the smallest envelope that holds it. The first message
 * after the peer began a chain takes a Diffie–Hellman step with a fresh key pair. The old state must not
 * seal again once the envelope may have left: it would use the same message key twice.
 */
export function sealMessage(
  suite: Suite,
  random: Random,
  state: RatchetState,
  payload: Uint8Array,
  policy: RatchetPolicy,
  now: number,
): Result<Sealed, RatchetCode> {
  if (payload.length > PAYLOAD_BYTES_MAX) return err("ratchet/too-long");
  const messagesMax = Math.min(policy.sessionMessages, COUNTER_MAX);
  if (state.messages >= messagesMax || now - state.startedAt >= policy.sessionMs) return err("ratchet/expired");
  if (sendingRoom(state) === 0) return err("ratchet/window-full");
  if (state.send === undefined && state.sendIndex + 1 >= COUNTER_MAX) return err("ratchet/exhausted");

  const stepped = state.send === undefined ? sendStep(suite, random, state) : state;
  const { send: chain, previousCount } = stepped;
  assert(chain !== undefined, "no sending chain after a step");
  const kem = offerWhenDue(random, state.role, stepped.kem, state.messages, policy, now);
  const room = ENVELOPE_BYTES_MAX - ENVELOPE_OVERHEAD_BYTES + 1 - payload.length;
  const carried = controlDue(kem, chain.count === 0) && KEM_CONTROL_BYTES <= room;
  const content = concatBytes(carried ? controlOf(suite, kem) : NO_CONTROL, payload);
  const bucket = bucketFor(ENVELOPE_OVERHEAD_BYTES - 1 + content.length);
  assert(bucket !== undefined, "payload within its limit has no bucket");

  const { index, epoch, headerKey, pair, count } = chain;
  const { tag, batch } = tagAt(suite, headerKey, count, chain.batch);
  const { key, messageKeys } = advanceChain(suite, chain.key, 1);
  const messageKey = messageKeys[0] as Secret;
  const header = { publicKey: pair.publicKey, chain: index, number: count, previousCount, epoch };
  const envelope = sealEnvelope(suite, state.transcript, { headerKey, messageKey }, tag, header, content, bucket);
  messageKey.wipe();
  content.fill(0);
  // The first key of a chain that was begun here belongs to neither state.
  if (chain.key !== state.send?.key) chain.key.wipe();

  const next: RatchetState = {
    ...stepped,
    messages: state.messages + 1,
    kem: afterSealing(kem, carried),
    send: { ...chain, key, count: count + 1, batch },
  };
  return ok({ state: next, envelope, spent: secretsLeft(state, next) });
}

/** Messages that may be sealed before the peer is heard again; 0 means that sealing refuses with `window-full`. */
export function sendingRoom(state: RatchetState): number {
  return CHAIN_MESSAGES_MAX - (state.send?.count ?? 0);
}
