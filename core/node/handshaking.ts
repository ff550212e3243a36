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
  type M1,
  openM1,
  type OpenedM1,
  readM1,
  retryWithCookie,
  sealRetry,
  type SessionSeed,
  wipeInitiator,
  wipePending,
} from "../handshake/index.ts";
import { accountId, deviceId, type OneTimePrekey, type PrekeyBundle } from "../identity/index.ts";
import { earlyTags, receivingTags, startEarly, startRatchet, wipeEarly } from "../ratchet/index.ts";
import { equalConstantTime } from "../safety/index.ts";
import { ROLE_RESPONDER } from "../suite/index.ts";
import {
  ackFor,
  addressOf,
  composePacket,
  confirmSession,
  dueMessages,
  forgetAnswer,
  forgetSession,
  isStopped,
  markSent,
  pauseMs,
  readPacket,
  routeSession,
  sendAgain,
} from "./conversation.ts";
import { receiveProvisional } from "./inbox.ts";
import { PACKET_OVERHEAD_BYTES, packetCodec, type Reach } from "./packet.ts";
import type { ContactId } from "./events.ts";
import { newPeer, type Peer, type Session } from "./peer.ts";
import { consumePrekey, retireLastResort } from "./publication.ts";
import {
  DEVICES_PER_CONTACT_MAX,
  REPLAY_KEYS_MAX,
  REPLAY_KEYS_PER_CONTACT_MAX,
  UNKNOWN_ACCOUNTS_MAX,
} from "./settings.ts";
import { devicesOf, type NodeState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** A repeated first message is answered again at most this often. */
const ANSWER_AGAIN_MS = 1_000;
/** Directory heads that vouch for this node's keys: none while trust comes from cards. */
const NO_HEADS = new Uint8Array(0);
/** What the messages of a first message (M1) may fill. */
const FIRST_CAPACITY_BYTES: number = m1Capacity(ENVELOPE_BYTES_MAX, NO_HEADS.length) - PACKET_OVERHEAD_BYTES;
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
  if (peer.reach === undefined || to === undefined) return;
  sendAgain(peer);
  const messages = dueMessages(node, peer, FIRST_CAPACITY_BYTES, false).slice(0, 1);
  const payload = encode(packetCodec, composePacket(node, peer, undefined, messages));
  const started = initiate(node.suite, node.random, {
    local: node.profile.device,
    heads: NO_HEADS,
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
  const messages = dueMessages(node, peer, FIRST_CAPACITY_BYTES, true).filter(({ seq }) =>
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
  turn.send(addressOf(peer) ?? from, peer.answer.envelope);
}

/** Whether an M1 may cost private-key operations: always when idle, with a cookie under load. */
function admit(node: NodeState, from: string, envelope: Uint8Array, m1: M1, turn: Turn): boolean {
  if (node.cookies.count(from, turn.now) <= node.settings.handshakesBeforeCookie) return true;
  if (m1.cookie !== undefined && node.cookies.check(from, m1.ephemeral, m1.cookie, turn.now)) return true;
  const minted = node.cookies.mint(from, m1.ephemeral, turn.now);
  turn.send(from, sealRetry(node.suite, node.random, node.profile.introduction, envelope, minted));
  turn.refuse("node/cookie-demanded");
  return false;
}

/** The peer that an authenticated M1 comes from, or undefined when it is refused. */
function judge(node: NodeState, opened: OpenedM1, turn: Turn): Peer | undefined {
  const account = accountId(opened.certificate.account);
  const contact = node.contacts.get(account);
  if (contact === undefined) {
    turn.refuse("node/unknown-account");
    if (!node.unknownAccounts.has(account) && node.unknownAccounts.size < UNKNOWN_ACCOUNTS_MAX) {
      node.unknownAccounts.add(account);
      turn.event({ kind: "contact.unknown", account });
    }
    return undefined;
  }
  if (contact.claimed !== undefined) {
    turn.refuse("node/conversation-stopped");
    return undefined;
  }
  if (node.replayKeys.some((entry) => equalConstantTime(entry.key, opened.id))) {
    turn.refuse("node/replayed");
    return undefined;
  }
  const device = deviceId(node.suite, opened.certificate);
  const known = node.peers.get(device);
  if (known !== undefined && opened.issued <= known.newestFirst) {
    // Out of order, or recorded: it must not take the place of the session that a newer one began.
    turn.refuse("node/older-handshake");
    return undefined;
  }
  if (known !== undefined) {
    // Both ends started at once: the handshake of the device with the smaller id stands.
    if (known.initiation !== undefined && node.deviceId < device) {
      turn.refuse("node/simultaneous-start");
      return undefined;
    }
    return rememberLastResort(node, account, opened, turn) ? known : undefined;
  }
  if (devicesOf(node, account).length >= DEVICES_PER_CONTACT_MAX) {
    turn.refuse("node/devices-full");
    return undefined;
  }
  if (!rememberLastResort(node, account, opened, turn)) return undefined;
  const peer = newPeer(device, account, undefined, turn.now);
  node.peers.set(device, peer);
  turn.event({ kind: "device.added", contact: account, device });
  return peer;
}

/** A last-resort prekey serves many handshakes, so each is remembered until the prekey is gone. */
function rememberLastResort(node: NodeState, account: ContactId, opened: OpenedM1, turn: Turn): boolean {
  if (opened.oneTimeId !== undefined) return true;
  if (node.replayKeys.filter((entry) => entry.account === account).length >= REPLAY_KEYS_PER_CONTACT_MAX) {
    turn.refuse("node/replay-memory-full");
    return false;
  }
  if (node.replayKeys.length >= REPLAY_KEYS_MAX) {
    retireLastResort(node, turn.now);
    turn.refuse("node/replay-memory-full");
    return false;
  }
  node.replayKeys = [...node.replayKeys, { key: opened.id, prekey: opened.signedId, account }];
  node.dirty.add("replay-keys");
  return true;
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
  const answer = { ...composePacket(node, peer, undefined, messages), ack: ackFor(peer, opened.id) };
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
  turn.send(addressOf(peer) ?? from, envelope);
}
