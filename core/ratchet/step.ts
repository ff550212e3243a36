import { assert, err, ok, type Result, type Secret } from "../safety/index.ts";
import { oppositeRole, type Random, type Suite, x25519KeyPair } from "../suite/index.ts";
import { advanceChain, rootStep } from "./chain.ts";
import type { Header } from "./header.ts";
import { afterMixing } from "./kem.ts";
import { COUNTER_MAX, type RatchetCode } from "./policy.ts";
import { type SkippedKey, withSkipped } from "./skipped.ts";
import { currentTags, nextTags } from "./recognised.ts";
import type { RatchetState, ReceivingChain } from "./state.ts";
import { chainTags } from "./tags.ts";

/**
 * Begins a sending chain under a fresh key pair, with the KEM secret that is ready, if any.
 */
export function sendStep(suite: Suite, random: Random, state: RatchetState): RatchetState {
  const { role, transcript, theirs, kem, root } = state;
  const pair = x25519KeyPair(suite, random);
  const shared = suite.x25519Shared(pair.secret, theirs);
  // Whoever set `theirs` has refused low-order points, which give no result with any secret.
  assert(shared !== undefined, "low-order key in the ratchet state");
  const secret = kem.phase.kind === "ready" ? kem.phase.secret : undefined;
  const mixed = secret === undefined ? kem : afterMixing(kem);
  const { epoch } = mixed;
  const sendIndex = state.sendIndex + 1;
  const publics = { senderPublic: pair.publicKey, receiverPublic: theirs };
  const next = rootStep(suite, root, shared, secret, { transcript, sender: role, chain: sendIndex, epoch, ...publics });
  shared.wipe();
  return {
    ...state,
    root: next.root,
    kem: mixed,
    sendIndex,
    send: {
      index: sendIndex,
      epoch,
      key: next.chain,
      headerKey: state.nextSendingHeader,
      pair,
      count: 0,
      batch: undefined,
    },
    nextSendingHeader: next.nextHeader,
  };
}

/**
 * Follows the peer to the chain that `header` opens: keeps the keys of what is missing of the old chain, and
 * takes the Diffie–Hellman step. `header` has authenticated under the next header key, which proves that the
 * peer heard the sending chain of this end; hence it can be exactly one chain ahead (SPEC.md, section 6).
 */
export function receiveStep(
  suite: Suite,
  state: RatchetState,
  header: Header,
  now: number,
): Result<RatchetState, RatchetCode> {
  const { role, transcript, send, receive, root, kem } = state;
  // A peer that begins a chain has heard the newest chain of this end, so there is one.
  if (send === undefined) return err("ratchet/bad-header");
  const index = (receive?.index ?? 0) + 1;
  if (index >= COUNTER_MAX) return err("ratchet/exhausted");
  if (header.chain !== index) return err("ratchet/bad-header");
  const expected = receive?.count ?? 0;
  const missing = header.previousCount - expected;
  if (missing < 0 || (receive === undefined && missing > 0)) return err("ratchet/bad-header");
  const mixes = header.epoch !== kem.epoch;
  const secret = mixes && kem.phase.kind === "answering" ? kem.phase.secret : undefined;
  if (mixes && (secret === undefined || header.epoch !== kem.epoch + 1)) return err("ratchet/bad-header");
  const shared = suite.x25519Shared(send.pair.secret, header.publicKey);
  if (shared === undefined) return err("ratchet/bad-header");

  const overtaken = receive === undefined ? [] : overtakeRest(suite, receive, currentTags(suite, state), missing, now);
  const publics = { senderPublic: header.publicKey, receiverPublic: send.pair.publicKey };
  const next = rootStep(suite, root, shared, secret, {
    transcript,
    sender: oppositeRole(role),
    chain: index,
    epoch: header.epoch,
    ...publics,
  });
  shared.wipe();
  return ok({
    ...state,
    root: next.root,
    kem: mixes ? afterMixing(kem) : kem,
    theirs: header.publicKey,
    previousCount: send.count,
    send: undefined,
    receive: {
      index,
      epoch: header.epoch,
      key: next.chain,
      headerKey: state.nextReceivingHeader,
      count: 0,
      tags: nextTags(suite, state),
    },
    nextReceivingHeader: next.nextHeader,
    nextTags: chainTags(suite, next.nextHeader),
    skipped: withSkipped(state.skipped, overtaken),
  });
}

/** The keys of the `missing` messages that a chain still owes. */
function overtakeRest(
  suite: Suite,
  { key: old, count }: ReceivingChain,
  tags: readonly string[],
  missing: number,
  now: number,
): SkippedKey[] {
  if (missing === 0) return [];
  const { key, messageKeys } = advanceChain(suite, old, missing);
  key.wipe();
  return messageKeys.map((messageKey, i) => ({ tag: tags[count + i] as string, key: messageKey, at: now }));
}

/**
 * The key of message `number` of the receiving chain, with the chain moved past it and the keys of the
 * messages that it overtakes kept. The message key is the caller's.
 */
export function receiveUpTo(suite: Suite, state: RatchetState, number: number, now: number): Advanced {
  const { receive } = state;
  assert(receive !== undefined && number >= receive.count, "message number behind the receiving chain");
  const { count } = receive;
  const tags = currentTags(suite, state);
  const { key, messageKeys } = advanceChain(suite, receive.key, number - count + 1);
  const messageKey = messageKeys.pop();
  assert(messageKey !== undefined, "a chain advanced by no message");
  const overtaken = messageKeys.map((skipped, i) => ({ tag: tags[count + i] as string, key: skipped, at: now }));
  const moved = { ...receive, key, count: number + 1, tags };
  return { state: { ...state, receive: moved, skipped: withSkipped(state.skipped, overtaken) }, messageKey };
}

export interface Advanced {
  readonly state: RatchetState;
  readonly messageKey: Secret;
}
