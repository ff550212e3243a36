import { boundDirectoryWaits, directoriesDue } from "./directory/index.ts";
import type { Peer } from "./peer.ts";
import type { Millis } from "./ports.ts";
import { MOVE_SETTLE_MS, SILENCE_BEFORE_SEEKING, SILENCE_BETWEEN_SEEKING, SILENCE_SOUGHT_CLOSELY } from "./settings.ts";
import type { NodeState } from "./state.ts";

/** A negative age is a clock that was set back: what was begun under it is over too. */
export function isOver(age: Millis, life: Millis): boolean {
  return age < 0 || age >= life;
}

/** Whether something is to be said to this device now. */
export function isDue(peer: Peer, now: Millis): boolean {
  return (peer.ackAt ?? now + 1) <= now || (peer.retransmitAt ?? now + 1) <= now;
}

/**
 * Whether a peer is sought anew after so many transmissions that it did not answer: soon, then each minute, since a move
 * is published within one, and in the end now and then.
 */
export function isSoughtAfter(silence: number): boolean {
  if (silence > SILENCE_SOUGHT_CLOSELY) return (silence - SILENCE_SOUGHT_CLOSELY) % SILENCE_BETWEEN_SEEKING === 0;
  return silence === SILENCE_BEFORE_SEEKING || silence >= 2 * SILENCE_BEFORE_SEEKING;
}

/** Nothing waits for longer than it was meant to, even when the clock was set back meanwhile. */
export function boundWaits(node: NodeState, now: Millis): void {
  const { ackDelayMs, compactMs, recordLifeMs, republishMs, retransmitMaxMs } = node.settings;
  node.publishAt = Math.min(node.publishAt, now + recordLifeMs);
  node.movedAt = Math.min(node.movedAt, now + Math.max(MOVE_SETTLE_MS, republishMs));
  node.republishAllAt = Math.min(node.republishAllAt, now + recordLifeMs);
  if (node.compactAt !== undefined) node.compactAt = Math.min(node.compactAt, now + compactMs);
  boundDirectoryWaits(node, now);
  for (const peer of node.peers.values()) {
    if (peer.ackAt !== undefined) peer.ackAt = Math.min(peer.ackAt, now + ackDelayMs);
    if (peer.retransmitAt !== undefined) peer.retransmitAt = Math.min(peer.retransmitAt, now + retransmitMaxMs);
  }
}

/** When the node has to be woken next. */
export function nextWake(node: NodeState): Millis {
  let at = Math.min(node.publishAt, node.compactAt ?? node.publishAt, directoriesDue(node));
  for (const peer of node.peers.values()) {
    at = Math.min(at, peer.ackAt ?? at, peer.retransmitAt ?? at);
  }
  return at;
}
