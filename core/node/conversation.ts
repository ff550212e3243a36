import { bytesToHex } from "@noble/hashes/utils.js";
import { decode, encode } from "../codec/index.ts";
import { ENVELOPE_BYTES_MAX } from "../envelope/index.ts";
import {
  earlyTags,
  openEarly,
  openMessage,
  receivingTags,
  sealEarly,
  sealMessage,
  wipeEarly,
  wipeRatchet,
} from "../ratchet/index.ts";
import { equalConstantTime } from "../safety/index.ts";
import { ackOf, applyAck, baseOf, raiseFloor } from "./delivery.ts";
import type { EndReason } from "./events.ts";
import { receiveConfirmed, receiveProvisional, settleProvisional } from "./inbox.ts";
import { addressOf, dueMessages, markSent, outKey, pauseMs, redirect, sendAgain } from "./outbox.ts";
import { type Packet, packetCodec, type PacketMessage, type Reach, reachBytes } from "./packet.ts";
import type { Peer, Session } from "./peer.ts";
import { SEND_WINDOW_MESSAGES, SILENT_TRANSMISSIONS_MAX, TOMBSTONES_MAX } from "./settings.ts";
import type { NodeState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Whether the user stopped trusting the keys behind this peer, or never did. */
export function isStopped(node: NodeState, peer: Peer): boolean {
  const contact = node.contacts.get(peer.account);
  return contact === undefined || contact.claimed !== undefined;
}

/** Acknowledges what arrived for good, and what arrived provisionally on this session: only its author reads it. */
export function ackFor(peer: Peer, session: Uint8Array): NonNullable<Packet["ack"]> {
  const entries = peer.provisional.filter((entry) => equalConstantTime(entry.session, session));
  // The author holds nothing below what it said it holds, so claiming that it arrived deceives nobody.
  const floor = Math.max(peer.incoming.floor, ...entries.map((entry) => entry.base));
  return ackOf(
    { floor, above: peer.incoming.above },
    entries.map((entry) => entry.seq),
  );
}

function ownReach(node: NodeState): Reach {
  const { addresses, introduction, reachVersion } = node.profile;
  return { introduction, addresses, version: reachVersion };
}

/** A packet for `peer` on `session`; `session` is undefined while its handshake is under way. */
export function composePacket(
  node: NodeState,
  peer: Peer,
  session: Session | undefined,
  messages: readonly PacketMessage[],
): Packet {
  return {
    base: baseOf(peer.outgoing),
    ack: session === undefined ? undefined : ackFor(peer, session.id),
    confirm: session === undefined || session.heard ? undefined : session.confirm,
    confirmed: session?.confirmed ?? false,
    reach: session === undefined || peer.told < node.profile.reachVersion ? ownReach(node) : undefined,
    reached: session !== undefined && peer.owesReached ? peer.reach?.version : undefined,
    messages,
  };
}

/** Sends everything that is due on the current session. Ends the session when it is out of bounds. */
export function speak(node: NodeState, peer: Peer, session: Session, turn: Turn): void {
  for (let sent = 0; sent <= SEND_WINDOW_MESSAGES; sent++) {
    const again = peer.retransmitAt !== undefined && peer.retransmitAt <= turn.now;
    if (again && peer.silence >= SILENT_TRANSMISSIONS_MAX && !(session.confirmed && session.heard)) {
      // Nothing was ever heard on it: perhaps the other end has settled on another handshake.
      endSessions(node, peer, "unanswered", turn);
      return;
    }
    const acking = peer.ackAt !== undefined && peer.ackAt <= turn.now;
    const beside = peer.told < node.profile.reachVersion ? reachBytes(node.profile.addresses) : 0;
    const messages = dueMessages(node, peer, ENVELOPE_BYTES_MAX, again, beside);
    const confirming = again && !session.heard;
    if (messages.length === 0 && !acking && !confirming) {
      if (again) peer.retransmitAt = undefined;
      return;
    }
    const to = addressOf(peer);
    if (to === undefined) return;
    const payload = encode(packetCodec, composePacket(node, peer, session, messages));
    const sealed = sealMessage(node.suite, node.random, session.ratchet, payload, node.settings.ratchet, turn.now);
    payload.fill(0);
    if (!sealed.ok) {
      const waitable = sealed.error === "ratchet/window-full" && peer.silence < SILENT_TRANSMISSIONS_MAX;
      if (waitable) waitOut(node, peer, again, turn);
      else endSessions(node, peer, "bounds", turn);
      return;
    }
    const { state, envelope, spent } = sealed.value;
    session.ratchet = state;
    turn.spent.push(...spent);
    markDirty(peer, session);
    turn.send(to, envelope);
    markSent(peer, messages, turn);
    peer.ackAt = undefined;
    peer.owesReached = false;
    if (again) peer.silence++;
    if (again || peer.retransmitAt === undefined) {
      const waits = peer.outgoing.waiting.size > 0 || !session.heard;
      peer.retransmitAt = waits ? turn.now + pauseMs(node, peer.silence) : undefined;
    }
  }
}

/** The chain is full until the peer is heard: counts as a transmission, so that a peer that is gone is noticed. */
function waitOut(node: NodeState, peer: Peer, again: boolean, turn: Turn): void {
  if (again) peer.silence++;
  peer.ackAt = undefined;
  if (again || peer.retransmitAt === undefined) peer.retransmitAt = turn.now + pauseMs(node, peer.silence);
}

/** Sends new messages behind an unanswered M1 on the early chain, as far as its bound allows. */
export function speakEarly(node: NodeState, peer: Peer, turn: Turn): void {
  const initiation = peer.initiation;
  const to = addressOf(peer);
  if (initiation === undefined || to === undefined) return;
  for (let sent = 0; sent < SEND_WINDOW_MESSAGES; sent++) {
    const messages = dueMessages(node, peer, ENVELOPE_BYTES_MAX, false);
    if (messages.length === 0) return;
    const payload = encode(packetCodec, { ...composePacket(node, peer, undefined, messages), reach: undefined });
    const sealed = sealEarly(node.suite, initiation.early, payload);
    payload.fill(0);
    // Out of early messages: what waits goes out once the handshake is answered.
    if (!sealed.ok) return;
    initiation.early = sealed.value.state;
    turn.spent.push(...sealed.value.spent);
    peer.dirty.add("early");
    turn.send(to, sealed.value.envelope);
    markSent(peer, messages, turn);
  }
}

export function routeSession(
  node: NodeState,
  peer: Peer,
  session: Session,
  added: readonly string[],
  removed: readonly string[],
): void {
  for (const tag of removed) node.routes.delete(tag);
  const route = { kind: "session", peer, session } as const;
  for (const tag of added) node.routes.set(tag, route);
}

function markDirty(peer: Peer, session: Session): void {
  peer.dirty.add(session === peer.current ? "current" : "next");
}

/** An envelope whose tag belongs to a session. The ratchet decides first; nothing changes unless it opens. */
export function hear(node: NodeState, peer: Peer, session: Session, tag: string, rest: Uint8Array, turn: Turn): void {
  if (isStopped(node, peer)) {
    turn.refuse("node/conversation-stopped");
    return;
  }
  const opened = openMessage(node.suite, node.random, session.ratchet, tag, rest, turn.now);
  if (!opened.ok) {
    turn.refuse(opened.error);
    return;
  }
  const { state, payload, tags, spent } = opened.value;
  session.ratchet = state;
  turn.spent.push(...spent);
  routeSession(node, peer, session, tags.added, tags.removed);
  markDirty(peer, session);
  node.touched.add(peer);
  const packet = decode(packetCodec, payload, ENVELOPE_BYTES_MAX);
  if (!packet.ok) {
    turn.refuse(packet.error);
    return;
  }
  if (!session.confirmed) {
    const { confirm } = packet.value;
    if (confirm === undefined || !equalConstantTime(confirm, session.confirm)) {
      turn.refuse("node/unconfirmed");
      return;
    }
    confirmSession(node, peer, session, packet.value.base, turn);
  }
  if (packet.value.confirmed) session.heard = true;
  readPacket(node, peer, packet.value, turn);
  // The peer repeats its confirmation until it hears that it arrived.
  if (packet.value.confirm !== undefined) acknowledgeSoon(node, peer, turn);
}

/** What a packet from the authenticated peer says. */
export function readPacket(node: NodeState, peer: Peer, packet: Packet, turn: Turn): void {
  if (packet.reach !== undefined) {
    redirect(peer, packet.reach, turn);
    peer.owesReached = true;
  }
  if (packet.reached !== undefined && packet.reached > peer.told) {
    peer.told = packet.reached;
    peer.dirty.add("peer");
  }
  if (packet.ack !== undefined) {
    const done = applyAck(peer.outgoing, packet.ack);
    for (const { seq, token } of done) {
      node.store.delete(outKey(peer, seq));
      turn.event({ kind: "delivered", contact: peer.account, device: peer.device, token });
    }
    if (done.length > 0) {
      peer.silence = 0;
      peer.retransmitAt = peer.outgoing.waiting.size > 0 ? turn.now + pauseMs(node, 0) : undefined;
    }
  }
  if (raiseFloor(peer.incoming, packet.base)) {
    // Sessions that were never confirmed leave these behind; below the floor nothing is announced again.
    peer.provisional = peer.provisional.filter((entry) => entry.seq >= peer.incoming.floor);
    peer.dirty.add("peer");
  }
  if (packet.messages.length === 0) return;
  for (const message of packet.messages) receiveConfirmed(node, peer, message, turn);
  acknowledgeSoon(node, peer, turn);
}

export function acknowledgeSoon(node: NodeState, peer: Peer, turn: Turn): void {
  peer.ackAt = Math.min(peer.ackAt ?? Number.MAX_SAFE_INTEGER, turn.now + node.settings.ackDelayMs);
}

/** An envelope on the early chain of a handshake that was answered but not yet confirmed. */
export function hearEarly(node: NodeState, peer: Peer, tag: string, rest: Uint8Array, turn: Turn): void {
  const { answer } = peer;
  if (answer === undefined || isStopped(node, peer)) {
    turn.refuse("node/conversation-stopped");
    return;
  }
  const opened = openEarly(node.suite, answer.early, tag, rest);
  if (!opened.ok) {
    turn.refuse(opened.error);
    return;
  }
  answer.early = opened.value.state;
  turn.spent.push(...opened.value.spent);
  for (const removed of opened.value.tags.removed) node.routes.delete(removed);
  for (const added of opened.value.tags.added) node.routes.set(added, { kind: "early", peer });
  peer.dirty.add("early");
  node.touched.add(peer);
  const packet = decode(packetCodec, opened.value.payload, ENVELOPE_BYTES_MAX);
  if (!packet.ok) {
    turn.refuse(packet.error);
    return;
  }
  for (const message of packet.value.messages)
    receiveProvisional(node, peer, answer.id, packet.value.base, message, turn);
  acknowledgeSoon(node, peer, turn);
}

/** The peer proved possession of its identity key: its session is the one to speak on from now. */
export function confirmSession(node: NodeState, peer: Peer, session: Session, base: number, turn: Turn): void {
  session.confirmed = true;
  if (session.reach !== undefined) redirect(peer, session.reach, turn);
  if (peer.next === session) {
    if (peer.current !== undefined) forgetSession(node, peer, peer.current, turn);
    peer.current = session;
    peer.next = undefined;
    peer.dirty.add("next");
  }
  peer.dirty.add("current");
  forgetAnswer(node, peer);
  raiseFloor(peer.incoming, base);
  settleProvisional(node, peer, session.id, turn);
  turn.event({ kind: "session.confirmed", contact: peer.account, device: peer.device });
}

/** Drops a session's keys and tags, and remembers that it is over. */
export function forgetSession(node: NodeState, peer: Peer, session: Session, turn: Turn): void {
  for (const tag of receivingTags(node.suite, session.ratchet)) node.routes.delete(tag);
  wipeRatchet(session.ratchet);
  peer.tombstones = [...peer.tombstones, { session: session.id, at: turn.now }].slice(-TOMBSTONES_MAX);
  peer.dirty.add("peer");
}

/** Drops what a responder keeps until the initiator confirms. */
export function forgetAnswer(node: NodeState, peer: Peer): void {
  const { answer } = peer;
  if (answer === undefined) return;
  node.answered.delete(bytesToHex(answer.id));
  for (const tag of earlyTags(node.suite, answer.early)) node.routes.delete(tag);
  wipeEarly(answer.early);
  peer.answer = undefined;
  peer.dirty.add("answer").add("early");
}

/** Ends every session with a device; what waits will start a fresh handshake. */
export function endSessions(node: NodeState, peer: Peer, reason: EndReason, turn: Turn): void {
  for (const session of [peer.current, peer.next]) if (session !== undefined) forgetSession(node, peer, session, turn);
  peer.current = undefined;
  peer.next = undefined;
  forgetAnswer(node, peer);
  sendAgain(peer);
  for (const part of ["peer", "current", "next"] as const) peer.dirty.add(part);
  node.touched.add(peer);
  turn.event({ kind: "session.ended", contact: peer.account, device: peer.device, reason });
}
