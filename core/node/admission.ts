import { type M1, type OpenedM1, sealRetry } from "../handshake/index.ts";
import { accountId, deviceId } from "../identity/index.ts";
import { equalConstantTime } from "../safety/index.ts";
import { checkVouches } from "./directory/index.ts";
import type { ContactId } from "./events.ts";
import { newPeer, type Peer } from "./peer.ts";
import { retireLastResort } from "./publication.ts";
import {
  DEVICES_PER_CONTACT_MAX,
  REPLAY_KEYS_MAX,
  REPLAY_KEYS_PER_CONTACT_MAX,
  UNKNOWN_ACCOUNTS_MAX,
} from "./settings.ts";
import { devicesOf, type NodeState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Whether an M1 may cost private-key operations: always when idle, with a cookie under load. */
export function admit(node: NodeState, from: string, envelope: Uint8Array, m1: M1, turn: Turn): boolean {
  if (node.cookies.count(from, turn.now) <= node.settings.handshakesBeforeCookie) return true;
  if (m1.cookie !== undefined && node.cookies.check(from, m1.ephemeral, m1.cookie, turn.now)) return true;
  const minted = node.cookies.mint(from, m1.ephemeral, turn.now);
  turn.send(from, sealRetry(node.suite, node.random, node.profile.introduction, envelope, minted));
  turn.refuse("node/cookie-demanded");
  return false;
}

/** The peer that an authenticated M1 comes from, or undefined when it is refused. */
export function judge(node: NodeState, opened: OpenedM1, turn: Turn): Peer | undefined {
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
  if (!checkVouches(node, contact, opened.heads, opened.issued, turn)) return undefined;
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
