import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { assert, err, ok, type Result, type Secret } from "../safety/index.ts";
import { type Random, type Suite, x25519KeyPair } from "../suite/index.ts";
import { envelopeSize, sealBody } from "./body.ts";
import { advance } from "./chain.ts";
import { sealHeader } from "./header.ts";
import { afterMixing, afterSealing, controlOf, offerWhenDue } from "./kem.ts";
import { CHAIN_LOOKAHEAD_MAX, COUNTER_MAX, type RatchetCode, type RatchetPolicy } from "./policy.ts";
import { type RatchetState, rootStep } from "./state.ts";
import { tagAt } from "./tags.ts";

export interface Sealed {
  readonly state: RatchetState;
  /** Exactly one bucket long. */
  readonly envelope: Uint8Array;
  /** Secrets that the new state no longer holds: wiped by the caller once the new state is durable. */
  readonly spent: readonly Secret[];
}

/** RatchetEncryptHE. The state must be persisted before the envelope is sent, so that no message key is used twice. */
export function sealMessage(
  suite: Suite,
  random: Random,
  before: RatchetState,
  payload: Uint8Array,
  policy: RatchetPolicy,
  now: number,
): Result<Sealed, RatchetCode> {
  if (before.sent >= policy.sessionMessages || now - before.started >= policy.sessionMs) return err("ratchet/expired");
  const spent: Secret[] = [];
  const stepped = before.stepDue ? stepToSend(suite, random, before, spent, now) : ok(before);
  if (!stepped.ok) return stepped;
  const state = stepped.value;
  const { send } = state;
  assert(send !== undefined, "a sending chain exists after its step");
  if (send.count >= COUNTER_MAX) return err("ratchet/exhausted");
  if (send.count - state.acknowledged >= CHAIN_LOOKAHEAD_MAX) return err("ratchet/window-full");

  const kem = offerWhenDue(random, state.role, state.kem, policy, now);
  let control = controlOf(suite, kem, send.count);
  let size = envelopeSize(control.kind, payload.length);
  if (size === undefined) {
    control = { kind: "none" };
    size = envelopeSize("none", payload.length);
  }
  if (size === undefined) return err("ratchet/too-long");

  const { chain, messageKey } = advance(suite, send);
  spent.push(send.key, messageKey);
  const tag = hexToBytes(tagAt(suite, send.headerKey, send.count));
  const header = sealHeader(
    suite,
    send.headerKey,
    {
      dh: state.mine.publicKey,
      chain: send.index,
      previous: state.previous,
      number: send.count,
      epoch: kem.epoch,
      ackChain: state.receive?.index ?? 0,
      ackCount: state.receive?.count ?? 0,
    },
    concatBytes(state.transcript, tag),
  );
  const body = sealBody(suite, messageKey, control, payload, size, concatBytes(state.transcript, tag, header));
  const after: RatchetState = { ...state, sent: state.sent + 1, send: chain, kem: afterSealing(kem, control) };
  return ok({ state: after, envelope: concatBytes(tag, header, body), spent });
}

/** The sending half of a DH step: a fresh key, and the KEM secret when one is ready. */
function stepToSend(
  suite: Suite,
  random: Random,
  state: RatchetState,
  spent: Secret[],
  now: number,
): Result<RatchetState, RatchetCode> {
  const index = (state.send?.index ?? 0) + 1;
  if (index > COUNTER_MAX) return err("ratchet/exhausted");
  const mine = x25519KeyPair(suite, random);
  const dh = suite.x25519Shared(mine.secret, state.theirs);
  assert(dh !== undefined, "a peer key that opened a step gives a DH result");
  // The initiator alone decides when an answered secret enters the root; the responder follows its header.
  const shared = state.kem.offered === undefined && state.kem.answer === undefined ? state.kem.shared : undefined;
  const { root, chainKey, nextHeaderKey } = rootStep(suite, state, state.role, dh, shared);
  dh.wipe();
  spent.push(state.root, state.mine.secret);
  if (state.send !== undefined) spent.push(state.send.key, state.send.headerKey);
  if (shared !== undefined) spent.push(shared);
  return ok({
    ...state,
    root,
    mine,
    stepDue: false,
    send: { index, key: chainKey, headerKey: state.sendNextHeaderKey, count: 0 },
    sendNextHeaderKey: nextHeaderKey,
    previous: state.send?.count ?? 0,
    acknowledged: 0,
    kem: shared === undefined ? state.kem : afterMixing(state.kem, now),
  });
}
