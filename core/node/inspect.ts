import { accountKey, safetyNumber } from "../identity/index.ts";
import type { ContactId, TrustSource } from "./events.ts";
import type { Peer } from "./peer.ts";
import { devicesOf, type NodeState } from "./state.ts";

/** A contact as user interfaces show it. */
export interface ContactView {
  readonly account: ContactId;
  readonly name: string;
  readonly trust: TrustSource;
  readonly verified: boolean;
  /** The name is claimed for another account key: the user has to decide. */
  readonly keyChanged: boolean;
  readonly devices: readonly string[];
}

export function viewContacts(node: NodeState): ContactView[] {
  return [...node.contacts.values()].map((contact) => ({
    account: contact.account,
    name: contact.name,
    trust: contact.trust,
    verified: contact.verified,
    keyChanged: contact.claimed !== undefined,
    devices: devicesOf(node, contact.account).map((peer) => peer.device),
  }));
}

/** The 60 digits that the user and this contact compare. */
export function safetyNumberOf(node: NodeState, contact: ContactId): string | undefined {
  if (!node.contacts.has(contact)) return undefined;
  return safetyNumber(node.suite, node.profile.account.publicKey, accountKey(contact));
}

export interface PeerInspection {
  readonly session: "none" | "initiating" | "unconfirmed" | "confirmed";
  readonly waiting: number;
  readonly unconfirmedMessages: number;
  readonly provisional: number;
  readonly skippedKeys: number;
  readonly sendingChain: number;
  readonly receivingChain: number;
  readonly kemEpoch: number;
  readonly tombstones: number;
}

export interface Inspection {
  readonly contacts: number;
  readonly expectedTags: number;
  readonly lookups: number;
  readonly oneTimePrekeys: number;
  readonly replayKeys: number;
  readonly storeEntries: number;
  readonly logBytes: number;
  readonly logRecords: number;
  readonly peers: Readonly<Record<string, PeerInspection>>;
}

/** Sizes and states without secrets or contents. */
export function inspect(node: NodeState): Inspection {
  return {
    contacts: node.contacts.size,
    expectedTags: node.routes.size,
    lookups: node.lookups.size,
    oneTimePrekeys: node.prekeys.oneTime.size,
    replayKeys: node.replayKeys.length,
    storeEntries: node.store.size,
    logBytes: node.store.bytes,
    logRecords: node.store.records,
    peers: Object.fromEntries([...node.peers].map(([device, peer]) => [device, inspectPeer(peer)])),
  };
}

function inspectPeer(peer: Peer): PeerInspection {
  const ratchet = peer.current?.ratchet;
  const open = peer.current?.confirmed === true ? "confirmed" : "unconfirmed";
  const idle = peer.initiation === undefined ? "none" : "initiating";
  return {
    session: peer.current === undefined ? idle : open,
    waiting: peer.outgoing.waiting.size,
    unconfirmedMessages: peer.unconfirmed,
    provisional: peer.provisional.length,
    skippedKeys: ratchet?.skipped.length ?? 0,
    sendingChain: ratchet?.send?.index ?? 0,
    receivingChain: ratchet?.receive?.index ?? 0,
    kemEpoch: ratchet?.kem.epoch ?? 0,
    tombstones: peer.tombstones.length,
  };
}
