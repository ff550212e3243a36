import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { decode } from "../codec/index.ts";
import { accountId, CARD_ADDRESSES_MAX, cardFromBytes, type ContactCard } from "../identity/index.ts";
import { ROTATION_BYTES_MAX, rotationCodec } from "../quorum/index.ts";
import { endSessions } from "./conversation.ts";
import { adoptRotation, claimLabel, lookUpLabel, registerLabel, releaseLabel } from "./directory/index.ts";
import type { CommandCode, ContactId, EndReason } from "./events.ts";
import { abandon } from "./handshaking.ts";
import { confirmMessage } from "./inbox.ts";
import { dropWaiting, enqueue } from "./outbox.ts";
import { newPeer } from "./peer.ts";
import { deleteContact, deletePeer, saveContact } from "./persistence.ts";
import type { Command } from "./ports.ts";
import {
  CONTACTS_MAX,
  DEVICES_PER_CONTACT_MAX,
  MESSAGE_BYTES_MAX,
  OUTBOX_MESSAGES_MAX,
  STORED_BYTES_MAX,
} from "./settings.ts";
import { type Contact, CONTACT_NAME_BYTES_MAX, devicesOf, type NodeState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Does what the local user decided, or says why not. */
export function perform(node: NodeState, command: Command, turn: Turn): void {
  const code = dispatch(node, command, turn);
  if (code === undefined) return;
  const token = command.kind === "send" ? { token: command.token } : {};
  turn.event({ kind: "command.refused", command: command.kind, code, ...token });
}

function dispatch(node: NodeState, command: Command, turn: Turn): CommandCode | undefined {
  switch (command.kind) {
    case "add-contact":
      return addContact(node, command.name, command.card, turn);
    case "send":
      return send(node, command.contact, command.body, command.token, turn);
    case "confirm":
      return confirmMessage(node, command.id) ? undefined : "command/unknown-message";
    case "mark-verified": {
      const contact = node.contacts.get(command.contact);
      if (contact === undefined) return "command/unknown-contact";
      contact.verified = true;
      saveContact(node.store, contact);
      return undefined;
    }
    case "resolve-key-change":
      return resolveKeyChange(node, command.contact, command.adopt, turn);
    case "look-up":
      return lookUpLabel(node, command.label, command.token, turn, () => {});
    case "add-labelled":
      return addLabelled(node, command.name, command.label, command.token ?? 0, turn);
    case "register-label":
      return registerLabel(node, command.label, ownCard(node), turn);
    case "release-label":
      return releaseLabel(node, command.label, command.to, turn);
    case "claim-label":
      return claimLabel(node, command.label, command.transfer, ownCard(node), turn);
    case "adopt-rotation": {
      const rotation = decode(rotationCodec, command.rotation, ROTATION_BYTES_MAX);
      return rotation.ok ? adoptRotation(node, rotation.value, command.witnesses, turn) : "command/rotation-invalid";
    }
    case "remove-contact": {
      const contact = node.contacts.get(command.contact);
      if (contact === undefined) return "command/unknown-contact";
      removeContact(node, contact, "removed", turn);
      return undefined;
    }
  }
}

/** What this device gives out to be trusted and reached. */
export function ownCard(node: NodeState): ContactCard {
  const { account, addresses, introduction, label } = node.profile;
  return { account: account.publicKey, device: hexToBytes(node.deviceId), introduction, label, addresses };
}

/** Adds whom enough directories agree on, for as long as they vouch for them. */
function addLabelled(node: NodeState, name: string, label: string, token: number, turn: Turn): CommandCode | undefined {
  return lookUpLabel(node, label, token, turn, ({ registration, vouches }, later) => {
    const code = addContact(node, name, registration.card, later, { trust: "directory", label, vouches });
    if (code !== undefined) later.event({ kind: "command.refused", command: "add-labelled", code });
  });
}

/** On what a new contact's keys rest. */
type Grounds = Pick<Contact, "trust" | "label" | "vouches">;
const BY_CARD: Grounds = { trust: "card", label: "", vouches: [] };

function addContact(
  node: NodeState,
  name: string,
  bytes: Uint8Array,
  turn: Turn,
  grounds: Grounds = BY_CARD,
): CommandCode | undefined {
  const card = cardFromBytes(bytes);
  if (!card.ok || name.length === 0 || name.length * 3 > CONTACT_NAME_BYTES_MAX || !name.isWellFormed()) {
    return "command/card-invalid";
  }
  const account = accountId(card.value.account);
  if (account === accountId(node.profile.account.publicKey)) return "command/own-card";
  const pinned = node.contacts.get(account);
  if (pinned !== undefined) {
    // A card in person is worth more than a directory's word; the reverse changes nothing.
    if (grounds.trust === "card") pinned.trust = "card";
    else if (grounds.label === pinned.label) pinned.vouches = grounds.vouches;
    node.changedContacts.add(pinned);
    return addDevice(node, account, card.value, turn);
  }
  const named = [...node.contacts.values()].find((contact) => contact.name === name);
  if (named !== undefined) {
    // The name is pinned to another account key: nothing more is sent or believed until the user decides.
    named.claimed = bytes;
    named.claimedBy = grounds.trust === "card" ? undefined : grounds;
    saveContact(node.store, named);
    turn.event({ kind: "contact.key-changed", contact: named.account, name, claimed: account });
    return undefined;
  }
  if (node.contacts.size >= CONTACTS_MAX) return "command/contacts-full";
  const contact: Contact = {
    account,
    name,
    ...grounds,
    since: turn.now,
    verified: false,
    claimed: undefined,
    claimedBy: undefined,
    renewedAt: 0,
    unvouched: undefined,
  };
  node.contacts.set(account, contact);
  node.unknownAccounts.delete(account);
  saveContact(node.store, contact);
  turn.event({ kind: "contact.added", contact: account, name, trust: contact.trust });
  return addDevice(node, account, card.value, turn);
}

function addDevice(node: NodeState, account: ContactId, card: ContactCard, turn: Turn): CommandCode | undefined {
  const device = bytesToHex(card.device);
  const reach = { introduction: card.introduction, addresses: card.addresses, version: 0 };
  const known = node.peers.get(device);
  if (known !== undefined) {
    if (known.account !== account) return "command/card-invalid";
    // A card does not say when it was made: what was known before is tried too, and what the device says next is newer.
    const addresses = [...new Set([...card.addresses, ...(known.reach?.addresses ?? [])])].slice(0, CARD_ADDRESSES_MAX);
    known.reach = { ...reach, addresses, version: known.reach?.version ?? 0 };
    known.dirty.add("peer");
    node.touched.add(known);
    return undefined;
  }
  const devices = devicesOf(node, account);
  if (devices.length >= DEVICES_PER_CONTACT_MAX) return "command/contacts-full";
  const peer = newPeer(device, account, reach, turn.now);
  node.peers.set(device, peer);
  node.touched.add(peer);
  if (devices.length > 0) turn.event({ kind: "device.added", contact: account, device });
  return undefined;
}

function send(
  node: NodeState,
  account: ContactId,
  body: Uint8Array,
  token: number,
  turn: Turn,
): CommandCode | undefined {
  const contact = node.contacts.get(account);
  if (contact === undefined) return "command/unknown-contact";
  if (contact.claimed !== undefined) return "command/conversation-stopped";
  if (body.length > MESSAGE_BYTES_MAX) return "command/message-too-long";
  const devices = devicesOf(node, account);
  if (devices.some((peer) => peer.outgoing.waiting.size >= OUTBOX_MESSAGES_MAX)) return "command/outbox-full";
  if (node.store.valueBytes + devices.length * body.length > STORED_BYTES_MAX) return "command/outbox-full";
  for (const peer of devices) enqueue(node, peer, token, body);
  turn.event({ kind: "queued", contact: account, token });
  return undefined;
}

function resolveKeyChange(node: NodeState, account: ContactId, adopt: boolean, turn: Turn): CommandCode | undefined {
  const contact = node.contacts.get(account);
  if (contact?.claimed === undefined) return "command/unknown-contact";
  const { claimed, claimedBy, name } = contact;
  if (adopt) {
    removeContact(node, contact, "key-changed", turn);
    const grounds: Grounds = claimedBy === undefined ? BY_CARD : { trust: "directory", ...claimedBy };
    return addContact(node, name, claimed, turn, grounds);
  }
  contact.claimed = undefined;
  contact.claimedBy = undefined;
  saveContact(node.store, contact);
  for (const peer of devicesOf(node, account)) node.touched.add(peer);
  return undefined;
}

function removeContact(node: NodeState, contact: Contact, reason: EndReason, turn: Turn): void {
  for (const peer of devicesOf(node, contact.account)) {
    abandon(node, peer);
    endSessions(node, peer, reason, turn);
    dropWaiting(node, peer, turn);
    for (const [request, waiting] of node.lookups) if (waiting === peer) node.lookups.delete(request);
    node.peers.delete(peer.device);
    node.touched.delete(peer);
    deletePeer(node.store, peer);
  }
  node.contacts.delete(contact.account);
  node.changedContacts.delete(contact);
  deleteContact(node.store, contact);
}
