import { equalConstantTime } from "../safety/index.ts";
import { bytesToHex } from "@noble/hashes/utils.js";
import { accept, classify, inboxFull } from "./delivery.ts";
import type { Assurance } from "./events.ts";
import type { PacketMessage } from "./packet.ts";
import { incomingCodec, type Peer, type Provisional } from "./peer.ts";
import { PROVISIONAL_MESSAGES_MAX } from "./settings.ts";
import type { NodeState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Prefix of the store's keys under which messages wait for the application to confirm them. */
export const INBOX_PREFIX = "in/";

/** A message from an authenticated packet of a confirmed session. */
export function receiveConfirmed(node: NodeState, peer: Peer, message: PacketMessage, turn: Turn): void {
  const { seq, body } = message;
  const arrival = classify(peer.incoming, seq);
  if (arrival === "out-of-window") turn.refuse("node/out-of-window");
  if (arrival !== "new" || inboxFull(peer.unconfirmed, node.store.valueBytes)) return;
  accept(peer.incoming, seq);
  peer.dirty.add("peer");
  const digest = node.suite.sha256(body).slice(0, 16);
  const announced = peer.provisional.find((entry) => entry.seq === seq && equalConstantTime(entry.digest, digest));
  if (announced !== undefined) {
    // It was announced while its session was still provisional, and its author has said it again.
    peer.provisional = peer.provisional.filter((entry) => entry !== announced);
    confirmAuthor(node, peer, announced, turn);
    return;
  }
  announce(node, peer, `${peer.device}/${seq}`, seq, body, "confirmed", turn);
}

/**
 * A message whose author is authenticated by the first handshake message only. Whoever stole this device's
 * signed prekey could have forged it, so it must not move the window that genuine messages are judged by:
 * it is remembered apart, by its digest, until its session is confirmed.
 */
export function receiveProvisional(
  node: NodeState,
  peer: Peer,
  session: Uint8Array,
  base: number,
  message: PacketMessage,
  turn: Turn,
): void {
  const { seq, body } = message;
  // The window of a peer that is new here begins wherever its first confirmed packet says.
  if (classify(peer.incoming, seq) === "duplicate" || inboxFull(peer.unconfirmed, node.store.valueBytes)) return;
  const digest = node.suite.sha256(body).slice(0, 16);
  const known = peer.provisional.find((entry) => entry.seq === seq && equalConstantTime(entry.digest, digest));
  if (known !== undefined) {
    peer.provisional = peer.provisional.map((entry) => (entry === known ? { seq, digest, session, base } : entry));
    peer.dirty.add("peer");
    return;
  }
  if (peer.provisional.length >= PROVISIONAL_MESSAGES_MAX) return;
  peer.provisional = [...peer.provisional, { seq, digest, session, base }];
  peer.dirty.add("peer");
  announce(node, peer, provisionalId(peer, { seq, digest }), seq, body, "provisional", turn);
}

/** The session is confirmed, so what arrived on it has arrived for good. */
export function settleProvisional(node: NodeState, peer: Peer, session: Uint8Array, turn: Turn): void {
  const settled = peer.provisional.filter((entry) => equalConstantTime(entry.session, session));
  for (const entry of settled) {
    if (classify(peer.incoming, entry.seq) === "new") accept(peer.incoming, entry.seq);
    confirmAuthor(node, peer, entry, turn);
  }
  peer.provisional = peer.provisional.filter((entry) => !settled.includes(entry));
  peer.dirty.add("peer");
}

function provisionalId(peer: Peer, { digest, seq }: Pick<Provisional, "seq" | "digest">): string {
  return `${peer.device}/${seq}/${bytesToHex(digest)}`;
}

/** Says of one message that was announced as provisional that its author is proven. */
function confirmAuthor(node: NodeState, peer: Peer, entry: Provisional, turn: Turn): void {
  const id = provisionalId(peer, entry);
  const stored = node.store.get(`${INBOX_PREFIX}${id}`, incomingCodec);
  if (stored !== undefined)
    node.store.put(`${INBOX_PREFIX}${id}`, incomingCodec, { ...stored, assurance: "confirmed" });
  turn.event({ kind: "message.confirmed", contact: peer.account, device: peer.device, id });
}

function announce(
  node: NodeState,
  peer: Peer,
  id: string,
  seq: number,
  body: Uint8Array,
  assurance: Assurance,
  turn: Turn,
): void {
  node.store.put(`${INBOX_PREFIX}${id}`, incomingCodec, { body, assurance });
  peer.unconfirmed++;
  const { account: contact, device } = peer;
  turn.event({ kind: "message", id, contact, device, seq, body, assurance });
}

/** The application has the message: the engine forgets it. False when no such message waits. */
export function confirmMessage(node: NodeState, id: string): boolean {
  const key = `${INBOX_PREFIX}${id}`;
  if (!node.store.has(key)) return false;
  const peer = node.peers.get(id.slice(0, id.indexOf("/")));
  if (peer !== undefined) peer.unconfirmed--;
  node.store.delete(key);
  return true;
}

/** Announces again, after a restart, what the application has not confirmed. */
export function announceAgain(node: NodeState, turn: Turn): void {
  for (const key of node.store.keys(INBOX_PREFIX)) {
    const id = key.slice(INBOX_PREFIX.length);
    const [device, seq] = id.split("/");
    const peer = node.peers.get(device ?? "");
    const stored = node.store.get(key, incomingCodec);
    if (peer === undefined || stored === undefined) continue;
    peer.unconfirmed++;
    const { account: contact } = peer;
    turn.event({ kind: "message", id, contact, device: peer.device, seq: Number(seq), ...stored });
  }
}
