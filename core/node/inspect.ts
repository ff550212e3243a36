import { accountKey, safetyNumber } from "../identity/index.ts";
import type { Log } from "./directory/state.ts";
import type { ContactId, LogId, TrustSource } from "./events.ts";
import type { Peer } from "./peer.ts";
import type { Address } from "./ports.ts";
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
  /** Where its devices are reached, as far as is known here. */
  readonly addresses: readonly Address[];
}

/** A message that waits for delivery to at least one device of a contact. */
export interface WaitingMessage {
  readonly contact: ContactId;
  readonly token: number;
}

export function viewContacts(node: NodeState): ContactView[] {
  return [...node.contacts.values()].map((contact) => {
    const devices = devicesOf(node, contact.account);
    return {
      account: contact.account,
      name: contact.name,
      trust: contact.trust,
      verified: contact.verified,
      keyChanged: contact.claimed !== undefined,
      devices: devices.map(({ device }) => device),
      addresses: [...new Set(devices.flatMap(({ reach }) => reach?.addresses ?? []))],
    };
  });
}

/** What waits, each message once, by contact in the order of sending. */
export function viewOutbox(node: NodeState): WaitingMessage[] {
  return [...node.contacts.keys()].flatMap((contact) => {
    const waiting = devicesOf(node, contact).flatMap(({ outgoing }) => [...outgoing.waiting.values()]);
    return [...new Set(waiting.map(({ token }) => token))].map((token) => ({ contact, token }));
  });
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
  /** Questions and fetches about directories that are under way. */
  readonly asks: number;
  /** Registrations that a directory has admitted and not yet published. */
  readonly pendingRegistrations: number;
  readonly ownLabels: number;
  readonly logs: Readonly<Record<LogId, LogInspection>>;
  readonly peers: Readonly<Record<string, PeerInspection>>;
}

export interface LogInspection {
  readonly name: string;
  /** Of the newest accepted head; 0 for none. */
  readonly epoch: number;
  /** Of the replica; undefined where none is kept. */
  readonly mirrored: number | undefined;
  readonly convicted: boolean;
  readonly frozen: "stalled" | "chain-refused" | undefined;
  /** Heads that are remembered, accepted or only seen. */
  readonly heads: number;
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
    asks: node.directories.asks.size,
    pendingRegistrations: node.directories.publishing?.pending.size ?? 0,
    ownLabels: node.directories.own.size,
    logs: Object.fromEntries([...node.directories.logs].map(([id, log]) => [id, inspectLog(log)])),
    peers: Object.fromEntries([...node.peers].map(([device, peer]) => [device, inspectPeer(peer)])),
  };
}

function inspectLog({ evidence, followed, frozen, heads, newest, replica, seen }: Log): LogInspection {
  return {
    name: followed.anchor.name,
    epoch: newest?.head.head.epoch ?? 0,
    mirrored: replica?.epoch,
    convicted: evidence !== undefined,
    frozen,
    heads: heads.size + seen.size,
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
