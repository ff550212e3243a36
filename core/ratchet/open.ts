import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { equalConstantTime, err, ok, type Result, type Secret, wipeAll } from "../safety/index.ts";
import type { Random, Suite } from "../suite/index.ts";
import { openBody } from "./body.ts";
import { advance, type Chain } from "./chain.ts";
import { type Header, openHeader, SEALED_HEADER_BYTES } from "./header.ts";
import { afterMixing, afterOpening } from "./kem.ts";
import {
  CHAIN_LOOKAHEAD_MAX,
  COUNTER_MAX,
  type RatchetCode,
  SKIPPED_KEY_AGE_MS_MAX,
  SKIPPED_KEYS_MAX,
} from "./policy.ts";
import { peerRole, type RatchetState, rootStep, type SkippedKey, type TagChange } from "./state.ts";
import { expectedUpTo, numberOf, tagAt, tagRange } from "./tags.ts";

export interface Opened {
  readonly state: RatchetState;
  readonly payload: Uint8Array;
  readonly tags: TagChange;
  /** Secrets that the new state no longer holds: wiped by the caller once the new state is durable. */
  readonly spent: readonly Secret[];
}

/** What a step towards a message has gathered so far; dropped whole when the message does not open. */
interface Progress {
  state: RatchetState;
  readonly added: string[];
  readonly removed: string[];
  /** Of the old state: wiped when the message opens. */
  readonly spent: Secret[];
  /** Made on the way: wiped when it does not. */
  readonly fresh: Secret[];
}

/** RatchetDecryptHE on a copy: whatever does not open leaves no trace. `rest` is the envelope behind its tag. */
export function openMessage(
  suite: Suite,
  random: Random,
  before: RatchetState,
  tag: string,
  rest: Uint8Array,
  now: number,
): Result<Opened, RatchetCode> {
  if (rest.length < SEALED_HEADER_BYTES) return err("ratchet/bad-header");
  const sealedHeader = rest.subarray(0, SEALED_HEADER_BYTES);
  const tagBytes = hexToBytes(tag);
  const progress: Progress = { state: before, added: [], removed: [], spent: [], fresh: [] };
  const key = keyFor(suite, progress, tag, sealedHeader, concatBytes(before.transcript, tagBytes), now);
  if (!key.ok) {
    wipeAll(progress.fresh);
    return key;
  }
  const ad = concatBytes(before.transcript, tagBytes, sealedHeader);
  const body = openBody(suite, key.value, rest.subarray(SEALED_HEADER_BYTES), ad);
  if (body === undefined) {
    wipeAll(progress.fresh);
    return err("ratchet/bad-body");
  }
  const { state, added, spent } = progress;
  spent.push(key.value);
  const kem = afterOpening(suite, random, state.role, state.kem, body.control, spent);
  const kept = prune({ ...state, kem }, now, spent, progress.removed);
  return ok({ state: kept, payload: body.payload, tags: { added, removed: progress.removed }, spent });
}

/** Drops skipped keys beyond their number and age. */
function prune(state: RatchetState, now: number, spent: Secret[], removed: string[]): RatchetState {
  const oldest = now - SKIPPED_KEY_AGE_MS_MAX;
  const excess = state.skipped.length - SKIPPED_KEYS_MAX;
  if (excess <= 0 && state.skipped.every((entry) => entry.at >= oldest)) return state;
  const skipped = state.skipped.filter((entry, i) => i >= excess && entry.at >= oldest);
  for (const entry of state.skipped) {
    if (skipped.includes(entry)) continue;
    spent.push(entry.key);
    removed.push(entry.tag);
  }
  return { ...state, skipped };
}

/** Moves `progress` to where the message is and returns its key. */
function keyFor(
  suite: Suite,
  progress: Progress,
  tag: string,
  sealedHeader: Uint8Array,
  ad: Uint8Array,
  now: number,
): Result<Secret, RatchetCode> {
  const { state } = progress;
  const overtaken = state.skipped.find((entry) => entry.tag === tag);
  if (overtaken !== undefined) {
    progress.state = { ...state, skipped: state.skipped.filter((entry) => entry !== overtaken) };
    progress.removed.push(tag);
    return ok(overtaken.key);
  }
  const { receive } = state;
  const n = receive === undefined ? undefined : numberOf(suite, receive, tag);
  if (receive !== undefined && n !== undefined) {
    const header = openHeader(suite, receive.headerKey, n, sealedHeader, ad);
    if (header === undefined) return err("ratchet/bad-header");
    const fits =
      header.number === n &&
      header.chain === receive.index &&
      header.epoch <= state.kem.epoch &&
      equalConstantTime(header.dh, state.theirs);
    if (!fits || !acknowledge(progress, header)) return err("ratchet/bad-header");
    return ok(take(suite, progress, receive, n, now));
  }
  const next = numberOf(suite, { headerKey: state.receiveNextHeaderKey, count: 0 }, tag);
  if (next === undefined) return err("ratchet/unknown-tag");
  const header = openHeader(suite, state.receiveNextHeaderKey, next, sealedHeader, ad);
  if (header === undefined || header.number !== next) return err("ratchet/bad-header");
  const stepped = stepToReceive(suite, progress, header, now);
  return stepped.ok ? ok(take(suite, progress, stepped.value, next, now)) : stepped;
}

/** Notes how far the peer has followed this end's sending chain; false when it claims the impossible. */
function acknowledge(progress: Progress, header: Header): boolean {
  const { send, acknowledged } = progress.state;
  // Chain 0 is what a peer that has heard nothing names.
  if (send === undefined || header.ackChain !== send.index) return header.ackChain <= (send?.index ?? 0);
  if (header.ackCount > send.count) return false;
  if (header.ackCount > acknowledged) progress.state = { ...progress.state, acknowledged: header.ackCount };
  return true;
}

/** The receiving half of a DH step: closes the current chain and opens the peer's next one. */
function stepToReceive(suite: Suite, progress: Progress, header: Header, now: number): Result<Chain, RatchetCode> {
  const { state } = progress;
  const { receive, kem } = state;
  const index = (receive?.index ?? 0) + 1;
  if (header.chain !== index || index > COUNTER_MAX) return err("ratchet/bad-header");
  if (equalConstantTime(header.dh, state.theirs)) return err("ratchet/bad-header");
  const mixes = header.epoch === kem.epoch + 1;
  if (header.epoch !== kem.epoch && !(mixes && kem.answer !== undefined)) return err("ratchet/bad-header");
  if (!acknowledge(progress, header)) return err("ratchet/bad-header");
  if (receive !== undefined) {
    const closed = close(suite, progress, receive, header.previous, now);
    if (!closed.ok) return closed;
  }
  const dh = suite.x25519Shared(state.mine.secret, header.dh);
  if (dh === undefined) return err("ratchet/bad-header");
  const shared = mixes ? kem.shared : undefined;
  const { root, chainKey, nextHeaderKey } = rootStep(suite, state, peerRole(state), dh, shared);
  dh.wipe();
  progress.fresh.push(root, chainKey, nextHeaderKey);
  progress.spent.push(state.root);
  if (shared !== undefined) progress.spent.push(shared);
  const chain: Chain = { index, key: chainKey, headerKey: state.receiveNextHeaderKey, count: 0 };
  progress.added.push(...tagRange(suite, nextHeaderKey, 0, expectedUpTo(0)));
  progress.state = {
    ...progress.state,
    root,
    theirs: header.dh,
    stepDue: true,
    receive: chain,
    receiveNextHeaderKey: nextHeaderKey,
    kem: mixes ? afterMixing(kem, now) : kem,
  };
  return ok(chain);
}

/** Keeps the keys of what is still under way on a chain that has ended with `total` messages. */
function close(suite: Suite, progress: Progress, chain: Chain, total: number, now: number): Result<void, RatchetCode> {
  if (total < chain.count || total - chain.count > CHAIN_LOOKAHEAD_MAX) return err("ratchet/out-of-window");
  const ended = skip(suite, progress, chain, total, now);
  // Tags that were expected beyond the end will never come; those of skipped messages stay.
  progress.removed.push(...tagRange(suite, chain.headerKey, total, expectedUpTo(chain.count)));
  progress.spent.push(ended.key, chain.headerKey);
  return ok(undefined);
}

/** The key of message `n` of the receiving chain; keys before it are kept as skipped. */
function take(suite: Suite, progress: Progress, chain: Chain, n: number, now: number): Secret {
  const reached = skip(suite, progress, chain, n, now);
  const { chain: after, messageKey } = advance(suite, reached);
  progress.fresh.push(after.key, messageKey);
  progress.spent.push(reached.key);
  progress.removed.push(tagAt(suite, chain.headerKey, n));
  progress.added.push(...tagRange(suite, chain.headerKey, expectedUpTo(chain.count), expectedUpTo(after.count)));
  progress.state = { ...progress.state, receive: after };
  return messageKey;
}

/** Advances a chain to message `to`, keeping each key on the way under its tag. */
function skip(suite: Suite, progress: Progress, chain: Chain, to: number, now: number): Chain {
  if (chain.count === to) return chain;
  const skipped: SkippedKey[] = [];
  let current = chain;
  while (current.count < to) {
    const { chain: after, messageKey } = advance(suite, current);
    skipped.push({ tag: tagAt(suite, chain.headerKey, current.count), key: messageKey, at: now });
    progress.spent.push(current.key);
    progress.fresh.push(after.key, messageKey);
    current = after;
  }
  progress.state = { ...progress.state, skipped: [...progress.state.skipped, ...skipped] };
  return current;
}
