import {
  type LocalPrekeys,
  oneTimeSecretCodec,
  restorePrekeys,
  storedPrekeys,
  storedPrekeysCodec,
} from "../identity/index.ts";
import { receivingTags, wipeEarly } from "../ratchet/index.ts";
import { routeSession } from "./conversation.ts";
import { routeAnswer, routeInitiation } from "./handshaking.ts";
import {
  answerCodec,
  initiationCodec,
  newPeer,
  outgoingCodec,
  type Peer,
  sessionCodec,
  storedEarlyCodec,
  storedPeerCodec,
} from "./peer.ts";
import { type Contact, contactCodec, type NodeState, type Profile, profileCodec, replayKeysCodec } from "./state.ts";
import type { Store } from "./store.ts";

const PROFILE = "profile";
const PREKEYS = "prekeys";
const REPLAY_KEYS = "replay-keys";

/** Writes everything that changed in this turn into the store. */
export function flush(node: NodeState): void {
  const { store } = node;
  for (const part of node.dirty) {
    if (part === "profile") saveProfile(store, node.profile);
    else if (part === "prekeys") store.put(PREKEYS, storedPrekeysCodec, storedPrekeys(node.prekeys));
    else store.put(REPLAY_KEYS, replayKeysCodec, node.replayKeys);
  }
  node.dirty.clear();
  for (const contact of node.changedContacts) saveContact(store, contact);
  node.changedContacts.clear();
  for (const peer of node.touched) flushPeer(store, peer);
}

function saveProfile(store: Store, profile: Profile): void {
  const { account, device } = profile;
  store.put(PROFILE, profileCodec, {
    ...profile,
    account: account.publicKey,
    accountSeed: account.seed,
    certificate: device.certificate,
    signing: device.signing,
    identity: device.identity,
  });
}

function flushPeer(store: Store, peer: Peer): void {
  const { device } = peer;
  for (const part of peer.dirty) {
    const key = `${part}/${device}`;
    switch (part) {
      case "peer": {
        const { incoming, outgoing } = peer;
        const above = [...incoming.above].sort((a, b) => a - b);
        store.put(key, storedPeerCodec, { ...peer, next: outgoing.next, floor: incoming.floor, above });
        break;
      }
      case "current":
      case "next": {
        const session = peer[part];
        if (session === undefined) store.delete(key);
        else store.put(key, sessionCodec, session);
        break;
      }
      case "answer":
        if (peer.answer === undefined) store.delete(key);
        else store.put(key, answerCodec, peer.answer);
        break;
      case "initiation":
        if (peer.initiation === undefined) store.delete(key);
        else store.put(key, initiationCodec, peer.initiation);
        break;
      case "early": {
        const early = peer.initiation?.early ?? peer.answer?.early;
        if (early === undefined) store.delete(key);
        else store.put(key, storedEarlyCodec, early);
        break;
      }
    }
  }
  peer.dirty.clear();
}

export function saveContact(store: Store, contact: Contact): void {
  store.put(`contact/${contact.account}`, contactCodec, { ...contact, byDirectory: contact.trust === "directory" });
}

export function deleteContact(store: Store, contact: Contact): void {
  store.delete(`contact/${contact.account}`);
}

/** Removes everything that is stored of a device. */
export function deletePeer(store: Store, peer: Peer): void {
  for (const part of ["peer", "current", "next", "answer", "initiation", "early"])
    store.delete(`${part}/${peer.device}`);
  for (const prefix of [`in/${peer.device}/`, `out/${peer.device}/`]) {
    for (const key of store.keys(prefix)) store.delete(key);
  }
}

export function loadProfile(store: Store): Profile | undefined {
  const stored = store.get(PROFILE, profileCodec);
  if (stored === undefined) return undefined;
  const { account, accountSeed, certificate, identity, signing, ...rest } = stored;
  return { ...rest, account: { publicKey: account, seed: accountSeed }, device: { certificate, identity, signing } };
}

export function loadPrekeys(store: Store): LocalPrekeys | undefined {
  const stored = store.get(PREKEYS, storedPrekeysCodec);
  if (stored === undefined) return undefined;
  const pairs = store.keys("prekey/").flatMap((key) => store.get(key, oneTimeSecretCodec) ?? []);
  return restorePrekeys(stored, pairs);
}

/** Loads contacts, devices and sessions, and rebuilds the table of delivery tags. */
export function load(node: NodeState): void {
  const { store } = node;
  node.replayKeys = store.get(REPLAY_KEYS, replayKeysCodec) ?? [];
  for (const key of store.keys("contact/")) {
    const stored = store.get(key, contactCodec);
    const account = key.slice("contact/".length);
    if (stored === undefined) continue;
    const { byDirectory, ...rest } = stored;
    const trust = byDirectory ? "directory" : "card";
    node.contacts.set(account, { account, ...rest, trust, unvouched: undefined, renewedAt: 0 });
  }
  for (const key of store.keys("peer/")) loadPeer(node, key.slice("peer/".length));
}

function loadPeer(node: NodeState, device: string): void {
  const { store } = node;
  const stored = store.get(`peer/${device}`, storedPeerCodec);
  if (stored === undefined) return;
  const peer = newPeer(device, stored.account, stored.reach, 0);
  peer.dirty.clear();
  peer.told = stored.told;
  peer.bundleVersion = stored.bundleVersion;
  peer.newestFirst = stored.newestFirst;
  peer.provisional = stored.provisional;
  peer.tombstones = stored.tombstones;
  peer.outgoing.next = stored.next;
  peer.incoming.floor = stored.floor;
  for (const seq of stored.above) peer.incoming.above.add(seq);
  const waiting = store.keys(`out/${device}/`).map((key) => Number(key.slice(key.lastIndexOf("/") + 1)));
  for (const seq of waiting.sort((a, b) => a - b)) {
    const message = store.get(`out/${device}/${seq}`, outgoingCodec);
    if (message === undefined) continue;
    peer.outgoing.waiting.set(seq, { token: message.token, bytes: message.body.length, sentAt: undefined });
  }
  peer.current = store.get(`current/${device}`, sessionCodec);
  peer.next = store.get(`next/${device}`, sessionCodec);
  const early = store.get(`early/${device}`, storedEarlyCodec);
  const answer = store.get(`answer/${device}`, answerCodec);
  const initiation = store.get(`initiation/${device}`, initiationCodec);
  if (early !== undefined && answer !== undefined) peer.answer = { ...answer, early };
  else if (early !== undefined && initiation !== undefined) peer.initiation = { ...initiation, early };
  else if (early !== undefined) wipeEarly(early);
  node.peers.set(device, peer);
  for (const session of [peer.current, peer.next]) {
    if (session !== undefined) routeSession(node, peer, session, receivingTags(node.suite, session.ratchet), []);
  }
  routeAnswer(node, peer);
  routeInitiation(node, peer);
}
