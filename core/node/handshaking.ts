import { bytesToHex } from "@noble/hashes/utils.js";
import { decode, encode } from "../codec/index.ts";
import { ENVELOPE_BYTES_MAX } from "../envelope/index.ts";
import {
  acceptM1,
  finish,
  initiate,
  type InitiatorState,
  answerTags,
  m1Capacity,
  m2Capacity,
  m1Id,
  openM1,
  type OpenedM1,
  readM1,
  retryWithCookie,
  type SessionSeed,
  wipeInitiator,
  wipePending,
} from "../handshake/index.ts";
import type { OneTimePrekey, PrekeyBundle } from "../identity/index.ts";
import { earlyTags, receivingTags, startEarly, startRatchet, wipeEarly } from "../ratchet/index.ts";
import { ROLE_RESPONDER } from "../suite/index.ts";
import {
  ackFor,
  composePacket,
  confirmSession,
  forgetAnswer,
  forgetSession,
  isStopped,
  readPacket,
  routeSession,
} from "./conversation.ts";
import { admit, judge } from "./admission.ts";
import { vouchesFor } from "./directory/index.ts";
import { receiveProvisional } from "./inbox.ts";
import { addressOf, dueMessages, markSent, pauseMs, sendAgain } from "./outbox.ts";
import { PACKET_OVERHEAD_BYTES, packetCodec, type Reach } from "./packet.ts";
import type { Peer, Session } from "./peer.ts";
import { consumePrekey } from "./publication.ts";
import type { NodeState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** A repeated first message is answered again at most this often. */
const ANSWER_AGAIN_MS = 1_000;
/** What the messages of a first message (M1) may fill, beside heads of a directory. */
function firstCapacity(headsBytes: number): number {
  return m1Capacity(ENVELOPE_BYTES_MAX, headsBytes) - PACKET_OVERHEAD_BYTES;
}
/** What the messages of a first answer (M2) may fill. */
const ANSWER_CAPACITY_BYTES: number = m2Capacity(ENVELOPE_BYTES_MAX) - PACKET_OVERHEAD_BYTES;

/** Sends M1 to a peer whose prekeys were verified. Its first message rides along. */
export function begin(
  node: NodeState,
  peer: Peer,
  bundle: PrekeyBundle,
  oneTime: OneTimePrekey | undefined,
  turn: Turn,
): void {
  const to = addressOf(peer);
  const contact = node.contacts.get(peer.account);
  if (peer.reach === undefined || contact === undefined) return;
  const heads = to === undefined ? undefined : vouchesFor(node, contact, turn);
  if (heads === undefined || to === undefined) {
    // It does not say where it is reached, or what vouches for it is being renewed, or the user was told why not.
    peer.silence++;
    peer.retransmitAt = turn.now + pauseMs(node, peer.silence);
    return;
  }
  sendAgain(peer);
  const messages = dueMessages(node, peer, firstCapacity(heads.length), false).slice(0, 1);
  const payload = encode(packetCodec, composePacket(node, peer, undefined, messages));
  const started = initiate(node.suite, node.random, {
    local: node.profile.device,
    heads,
    introduction: peer.reach.introduction,
    bundle,
    oneTime,
    payload,
    now: turn.now,
  });
  payload.fill(0);
  if (!started.ok) {
    // Prekeys that verify but give no secret: their owner has to publish others.
    turn.refuse(started.error);
    peer.silence++;
    peer.retransmitAt = turn.now + pauseMs(node, peer.silence);
    return;
  }
  markSent(peer, messages, turn);
  const { state, envelope } = started.value;
  const early = startEarly(node.suite, state.early, state.transcript);
  peer.initiation = { handshake: state, envelope, started: turn.now, messages: messages.map(({ seq }) => seq), early };
  peer.dirty.add("initiation").add("early");
  routeInitiation(node, peer);
  peer.retransmitAt = turn.now + pauseMs(node, 0);
  turn.send(to, envelope);
}

export function routeInitiation(node: NodeState, peer: Peer): void {
  if (peer.initiation === undefined) return;
  for (const tag of answerTags(peer.initiation.handshake)) node.routes.set(tag, { kind: "answer", peer });
  node.routes.set(peer.initiation.handshake.retryTag, { kind: "retry", peer });
}

export function routeAnswer(node: NodeState, peer: Peer): void {
  if (peer.answer === undefined) return;
  node.answered.set(bytesToHex(peer.answer.id), peer);
  for (const tag of earlyTags(node.suite, peer.answer.early)) node.routes.set(tag, { kind: "early", peer });
}

/** Gives up a handshake of this node's; what it carried counts as never sent. */
export function abandon(node: NodeState, peer: Peer): void {
  const { initiation } = peer;
  if (initiation === undefined) return;
  unroute(node, initiation.handshake);
  wipeInitiator(initiation.handshake);
  wipeEarly(initiation.early);
  peer.initiation = undefined;
  peer.dirty.add("initiation").add("early");
  sendAgain(peer);
}

function unroute(node: NodeState, handshake: InitiatorState): void {
  for (const tag of answerTags(handshake)) node.routes.delete(tag);
  node.routes.delete(handshake.retryTag);
}

/** Sends the same M1 again: a receiver that has answered it knows it and answers the same. */
export function repeatInitiation(node: NodeState, peer: Peer, turn: Turn): void {
  const to = addressOf(peer);
  if (peer.initiation === undefined || to === undefined) return;
  peer.silence++;
  peer.retransmitAt = turn.now + pauseMs(node, peer.silence);
  turn.send(to, peer.initiation.envelope);
}

/** The responder is under load and wants a cookie with the same first message. */
export function onRetry(node: NodeState, peer: Peer, rest: Uint8Array, turn: Turn): void {
  const { initiation } = peer;
  const to = addressOf(peer);
  if (initiation === undefined || to === undefined || isStopped(node, peer)) return;
  // What is sent here must be durable first, so that the answer is recognised after a crash.
  node.touched.add(peer);
  const messages = dueMessages(node, peer, firstCapacity(initiation.handshake.headsBytes), true).filter(({ seq }) =>
    initiation.messages.includes(seq),
  );
  const payload = encode(packetCodec, composePacket(node, peer, undefined, messages));
  const retried = retryWithCookie(node.suite, node.random, initiation.handshake, rest, payload);
  payload.fill(0);
  if (!retried.ok) {
    turn.refuse(retried.error);
    return;
  }
  const { state, envelope } = retried.value;
  unroute(node, initiation.handshake);
  turn.spent.push(initiation.handshake.k2, initiation.handshake.early);
  wipeEarly(initiation.early);
  const early = startEarly(node.suite, state.early, state.transcript);
  peer.initiation = { ...initiation, handshake: state, envelope, early };
  peer.dirty.add("initiation").add("early");
  routeInitiation(node, peer);
  turn.send(to, envelope);
}

/** M2: the responder proved who it is, so its session is confirmed on this side. */
export function onAnswer(node: NodeState, peer: Peer, rest: Uint8Array, turn: Turn): void {
  const { initiation } = peer;
  if (initiation === undefined) return;
  if (isStopped(node, peer)) {
    turn.refuse("node/conversation-stopped");
    return;
  }
  const finished = finish(node.suite, initiation.handshake, rest);
  if (!finished.ok) {
    turn.refuse(finished.error);
    return;
  }
  const { payload, session: seed } = finished.value;
  const packet = decode(packetCodec, payload, ENVELOPE_BYTES_MAX);
  if (!packet.ok) {
    turn.refuse(packet.error);
    return;
  }
  const session = newSession(node, initiation.handshake.id, seed, packet.value.reach, turn);
  abandon(node, peer);
  peer.unanswered = 0;
  for (const old of [peer.current, peer.next]) if (old !== undefined) forgetSession(node, peer, old, turn);
  peer.next = undefined;
  peer.dirty.add("next");
  peer.current = session;
  routeSession(node, peer, session, receivingTags(node.suite, session.ratchet), []);
  confirmSession(node, peer, session, packet.value.base, turn);
  readPacket(node, peer, packet.value, turn);
  // M3 goes out now, with or without a message to carry.
  peer.ackAt = turn.now;
  node.touched.add(peer);
}

function newSession(node: NodeState, id: Uint8Array, seed: SessionSeed, reach: Reach | undefined, turn: Turn): Session {
  const ratchet = startRatchet(node.suite, seed, turn.now);
  const heard = seed.role === ROLE_RESPONDER;
  return { id, confirmed: false, heard, confirm: seed.confirm, established: turn.now, reach, ratchet };
}

/** An envelope that no tag announced: perhaps an M1. */
export function onFirstMessage(node: NodeState, from: string, envelope: Uint8Array, turn: Turn): void {
  const m1 = readM1(node.suite, node.profile.introduction, envelope);
  if (!m1.ok) {
    turn.refuse(m1.error);
    return;
  }
  const id = m1Id(node.suite, m1.value);
  const answered = node.answered.get(bytesToHex(id));
  if (answered !== undefined) {
    answerAgain(node, answered, from, turn);
    return;
  }
  if (!admit(node, from, envelope, m1.value, turn)) return;
  const local = { device: node.profile.device, prekeys: node.prekeys, now: turn.now };
  const opened = openM1(node.suite, local, m1.value);
  if (!opened.ok) {
    turn.refuse(opened.error);
    return;
  }
  const peer = judge(node, opened.value, turn);
  if (peer === undefined) {
    wipePending(opened.value.pending);
    return;
  }
  acceptFirst(node, peer, from, opened.value, turn);
}

function answerAgain(node: NodeState, peer: Peer, from: string, turn: Turn): void {
  if (peer.answer === undefined || isStopped(node, peer)) return;
  if (Math.abs(turn.now - peer.answeredAt) < ANSWER_AGAIN_MS) return;
  peer.answeredAt = turn.now;
  // The first time it went to where the message came from; since whoever repeats it may be another, now to both.
  turn.send(from, peer.answer.envelope);
  const known = addressOf(peer);
  if (known !== undefined && known !== from) turn.send(known, peer.answer.envelope);
}

function acceptFirst(node: NodeState, peer: Peer, from: string, opened: OpenedM1, turn: Turn): void {
  if (opened.oneTimeId !== undefined) consumePrekey(node, opened.oneTimeId, turn.now);
  // Whatever becomes of it below, what has changed is written.
  node.touched.add(peer);
  for (const part of ["peer", "current", "next", "answer", "early"] as const) peer.dirty.add(part);
  peer.newestFirst = opened.issued;
  const packet = decode(packetCodec, opened.payload, ENVELOPE_BYTES_MAX);
  if (!packet.ok) {
    wipePending(opened.pending);
    turn.refuse(packet.error);
    return;
  }
  abandon(node, peer);
  peer.lookup = undefined;
  forgetAnswer(node, peer);
  if (peer.next !== undefined) forgetSession(node, peer, peer.next, turn);
  peer.next = undefined;
  if (peer.current?.confirmed === false) {
    forgetSession(node, peer, peer.current, turn);
    peer.current = undefined;
  }
  // A forged first message must not redirect a known device; for a new one it is all there is.
  peer.reach ??= packet.value.reach;
  for (const message of packet.value.messages)
    receiveProvisional(node, peer, opened.id, packet.value.base, message, turn);

  sendAgain(peer);
  const messages = peer.current === undefined ? dueMessages(node, peer, ANSWER_CAPACITY_BYTES, false) : [];
  const answer = {
    ...composePacket(node, peer, undefined, messages),
    ack: ackFor(peer, opened.id),
    reached: packet.value.reach?.version,
  };
  const payload = encode(packetCodec, answer);
  const accepted = acceptM1(node.suite, node.random, opened.pending, payload);
  payload.fill(0);
  if (!accepted.ok) {
    turn.refuse(accepted.error);
    return;
  }
  const { early, envelope, session: seed, transcript } = accepted.value;
  markSent(peer, messages, turn);
  const session = newSession(node, opened.id, seed, packet.value.reach, turn);
  if (peer.current === undefined) peer.current = session;
  else peer.next = session;
  peer.answer = { id: opened.id, envelope, early: startEarly(node.suite, early, transcript) };
  early.wipe();
  routeSession(node, peer, session, receivingTags(node.suite, session.ratchet), []);
  routeAnswer(node, peer);
  peer.answeredAt = turn.now;
  if (messages.length > 0) peer.retransmitAt = turn.now + pauseMs(node, 0);
  // There it is now, wherever it was when it last said so.
  turn.send(from, envelope);
}
