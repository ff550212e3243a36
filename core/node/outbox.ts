import { assert } from "../safety/index.ts";
import { baseOf } from "./delivery.ts";
import { MESSAGE_OVERHEAD_BYTES, type PacketMessage, type Reach } from "./packet.ts";
import { outgoingCodec, type Peer } from "./peer.ts";
import { SEND_WINDOW_MESSAGES } from "./settings.ts";
import type { NodeState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Small messages share an envelope up to this payload; a longer message travels alone. */
const SHARED_PAYLOAD_BYTES = 3_800;

/** The address to try next: a peer with several is tried at each in turn. */
export function addressOf(peer: Peer): string | undefined {
  const addresses = peer.reach?.addresses ?? [];
  return addresses.length === 0 ? undefined : addresses[peer.silence % addresses.length];
}

/**
 * The peer says where it is reached, and that is newer than what is known. Whatever waits for it is tried there at
 * once. One that knows no address of its own says nothing new.
 */
export function redirect(peer: Peer, reach: Reach, turn: Turn): void {
  const known = peer.reach;
  if (known !== undefined && (reach.version <= known.version || reach.addresses.length === 0)) return;
  peer.reach = reach;
  peer.dirty.add("peer");
  if (known === undefined || String(known.addresses) === String(reach.addresses)) return;
  peer.silence = 0;
  if (peer.retransmitAt !== undefined) peer.retransmitAt = turn.now;
}

/** Pause before the next transmission to a peer that has been silent for `silence` of them. */
export function pauseMs(node: NodeState, silence: number): number {
  return Math.min(node.settings.retransmitMs * 2 ** Math.min(silence, 16), node.settings.retransmitMaxMs);
}

export function outKey(peer: Peer, seq: number): string {
  return `out/${peer.device}/${seq}`;
}

/** Queues a message for one device; the caller has checked the bounds. */
export function enqueue(node: NodeState, peer: Peer, token: number, body: Uint8Array): void {
  const seq = peer.outgoing.next++;
  peer.outgoing.waiting.set(seq, { token, bytes: body.length, sentAt: undefined });
  node.store.put(outKey(peer, seq), outgoingCodec, { token, body });
  peer.dirty.add("peer");
  node.touched.add(peer);
}

/** Forgets every message that waits for this device. */
export function dropWaiting(node: NodeState, peer: Peer, turn: Turn): void {
  for (const [seq, { token }] of peer.outgoing.waiting) {
    node.store.delete(outKey(peer, seq));
    turn.event({ kind: "undelivered", contact: peer.account, device: peer.device, token });
  }
  peer.outgoing.waiting.clear();
}

/**
 * The messages that the next packet takes, beside so many bytes of other things: never sent ones, or the oldest ones
 * when a retransmission is due.
 */
export function dueMessages(
  node: NodeState,
  peer: Peer,
  capacity: number,
  again: boolean,
  beside: number = 0,
): PacketMessage[] {
  const due: PacketMessage[] = [];
  const end = baseOf(peer.outgoing) + SEND_WINDOW_MESSAGES;
  let room = Math.min(capacity, SHARED_PAYLOAD_BYTES - beside);
  for (const [seq, { bytes, sentAt }] of peer.outgoing.waiting) {
    if (seq >= end) break;
    if (sentAt !== undefined && !again) continue;
    const size = bytes + MESSAGE_OVERHEAD_BYTES;
    if (size > room && (due.length > 0 || size > capacity)) break;
    const stored = node.store.get(outKey(peer, seq), outgoingCodec);
    assert(stored !== undefined, "a waiting message is not in the store");
    due.push({ seq, body: stored.body });
    room -= size;
    if (room <= 0) break;
  }
  return due;
}

/** Notes that these messages are under way. */
export function markSent(peer: Peer, messages: readonly PacketMessage[], turn: Turn): void {
  for (const { seq } of messages) {
    const waiting = peer.outgoing.waiting.get(seq);
    if (waiting !== undefined) peer.outgoing.waiting.set(seq, { ...waiting, sentAt: turn.now });
  }
}

/** Everything that waits counts as never sent. */
export function sendAgain(peer: Peer): void {
  for (const [seq, waiting] of peer.outgoing.waiting) {
    peer.outgoing.waiting.set(seq, { ...waiting, sentAt: undefined });
  }
  peer.silence = 0;
  peer.retransmitAt = undefined;
  peer.ackAt = undefined;
}
