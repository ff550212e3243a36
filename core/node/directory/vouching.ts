import { bytesToHex } from "@noble/hashes/utils.js";
import { decode, encode } from "../../codec/index.ts";
import { HEADS_BYTES_MAX } from "../../handshake/index.ts";
import { accountId, CLOCK_SKEW_MS } from "../../identity/index.ts";
import { equalConstantTime } from "../../safety/index.ts";
import type { LogId, UnvouchedReason } from "../events.ts";
import type { Millis } from "../ports.ts";
import type { Contact, NodeState } from "../state.ts";
import type { Turn } from "../turn.ts";
import { isCosigned, isSound } from "./heads.ts";
import { foundBy } from "./labels.ts";
import { type BoundVouch, OWN_BOUND_MAX, VOUCHES_MAX, vouchesCodec } from "./messages.ts";
import type { OwnLabel } from "./own-label.ts";
import { resolve, tally } from "./resolve.ts";
import type { Log } from "./state.ts";
import type { Vouch } from "./vouch.ts";

const NO_HEADS = new Uint8Array(0);
/** How often one contact is looked up again at most, in pauses between two questions. */
const RENEWAL_PAUSES = 4;

/** Whether a contact's keys rest on directories alone: not on a card, and not on numbers compared in person. */
export function restsOnDirectories(contact: Contact): boolean {
  return contact.trust === "directory" && !contact.verified;
}

/** The vouches that still count: fresh heads of followed logs that were not convicted. */
function standingVouches(node: NodeState, contact: Contact, now: Millis): Vouch[] {
  return contact.vouches.filter(({ head, id }) => {
    const log = node.directories.logs.get(id);
    return log !== undefined && log.evidence === undefined && isFresh(node, head.head.time, now);
  });
}

function isFresh(node: NodeState, time: Millis, now: Millis): boolean {
  return now - time <= node.settings.headAgeMsMax && time <= now + CLOCK_SKEW_MS;
}

/**
 * What a first message to this contact binds: the heads by which its keys were proven, and digests of both ends'
 * registrations. Undefined while too few of them are fresh: then the contact is looked up anew and nothing is sent.
 */
export function vouchesFor(node: NodeState, contact: Contact, turn: Turn): Uint8Array | undefined {
  if (!restsOnDirectories(contact)) return ownVouches(node, turn.now);
  const vouches = standingVouches(node, contact, turn.now);
  if (vouches.length < node.directories.agreement) {
    renew(node, contact, turn);
    return undefined;
  }
  return seal(
    vouches.map(({ digest, head, id }) => {
      return { head, yours: digest, mine: ownIn(node, id).flatMap(newestSeen).slice(0, OWN_BOUND_MAX) };
    }),
  );
}

/** Who trusts a card may itself be known by its label: it shows by which heads it is registered, where it is. */
function ownVouches(node: NodeState, now: Millis): Uint8Array {
  const bound: BoundVouch[] = [];
  for (const log of node.directories.logs.values()) {
    const mine = ownIn(node, log.id).flatMap(newestSeen).slice(0, OWN_BOUND_MAX);
    const head = log.newest?.head;
    if (mine.length === 0 || head === undefined || log.evidence !== undefined) continue;
    if (isFresh(node, head.head.time, now)) bound.push({ head, yours: undefined, mine });
  }
  return bound.length === 0 ? NO_HEADS : seal(bound);
}

function newestSeen(own: OwnLabel): Uint8Array[] {
  const made = own.made[own.seen - own.firstVersion];
  return made === undefined ? [] : [made];
}

/** As many as there is room for. */
function seal(bound: readonly BoundVouch[]): Uint8Array {
  const bytes = encode(vouchesCodec, bound.slice(0, VOUCHES_MAX));
  return bytes.length <= HEADS_BYTES_MAX ? bytes : encode(vouchesCodec, bound.slice(0, 1));
}

/** The own labels that were seen in a log. */
function ownIn(node: NodeState, id: LogId): OwnLabel[] {
  return [...node.directories.own.values()].filter((own) => own.log === id && own.seen > 0);
}

/** Tells the user, once, that no conversation begins, and why. */
function withhold(contact: Contact, reason: UnvouchedReason, turn: Turn): void {
  if (contact.unvouched === reason) return;
  contact.unvouched = reason;
  turn.event({ kind: "contact.unvouched", contact: contact.account, reason });
}

/** Looks the contact up again, by the label that it came by. */
function renew(node: NodeState, contact: Contact, turn: Turn): void {
  const { directories } = node;
  const { label } = contact;
  const pause = RENEWAL_PAUSES * node.settings.askRetryMs;
  // Whoever makes this node refuse a message does not make it look the contact up each time.
  if (directories.renewing.has(contact.account) || Math.abs(turn.now - contact.renewedAt) < pause) return;
  contact.renewedAt = turn.now;
  directories.renewing.add(contact.account);
  resolve(node, label, turn, (outcomes, later) => {
    directories.renewing.delete(contact.account);
    if (node.contacts.get(contact.account) !== contact) return;
    const { groups } = tally(outcomes);
    const mine = groups.find(({ account }) => account !== undefined && accountId(account) === contact.account);
    const found = mine === undefined ? undefined : foundBy(node, mine.logs, outcomes);
    if (found !== undefined && found.agreed.length >= directories.agreement) {
      contact.vouches = found.vouches;
      contact.unvouched = undefined;
      node.changedContacts.add(contact);
      return;
    }
    const others = groups.filter((group) => group !== mine);
    const [other] = others.filter((group) => group.logs.length >= directories.agreement);
    if (other !== undefined && contact.vouches.length > 0) {
      // Enough directories name other keys now: what they said before counts no more.
      contact.vouches = [];
      node.changedContacts.add(contact);
    }
    const convicted =
      contact.vouches.length > 0 && contact.vouches.every(({ id }) => directories.logs.get(id)?.evidence !== undefined);
    withhold(contact, other === undefined ? (convicted ? "convicted" : "stale") : "changed", later);
  });
}

/**
 * Whether what a contact's first message binds is good enough to answer it: a head that was fresh when the message was
 * made, of a log that is still believed, cosigned, in which both ends' registrations are the ones known here. Its
 * heads are judged like any other that somebody shows: two halves of a mesh meet here too.
 */
export function checkVouches(
  node: NodeState,
  contact: Contact,
  heads: Uint8Array,
  issued: Millis,
  turn: Turn,
): boolean {
  if (heads.length === 0) {
    const needed = restsOnDirectories(contact);
    if (needed) turn.refuse("node/not-vouched");
    return !needed;
  }
  const decoded = decode(vouchesCodec, heads, HEADS_BYTES_MAX);
  if (!decoded.ok) {
    turn.refuse(decoded.error);
    return false;
  }
  let good = 0;
  for (const vouch of decoded.value) {
    const { head } = vouch.head;
    const log = node.directories.logs.get(bytesToHex(head.log));
    if (log === undefined || !isSound(node, log, head, turn)) continue;
    if (isFresh(node, head.time, issued) && isCosigned(node, log, vouch.head) && agrees(node, contact, log, vouch))
      good++;
  }
  const needed = Math.min(node.directories.agreement, VOUCHES_MAX);
  if (good >= needed || !restsOnDirectories(contact)) return true;
  turn.refuse("node/not-vouched");
  // Either end may have registered anew since: what this node knows of the contact is proven again before a retry.
  renew(node, contact, turn);
  return false;
}

/** The initiator saw this node's own registration, and says of its own what this node saw of it. */
function agrees(node: NodeState, contact: Contact, log: Log, { mine, yours }: BoundVouch): boolean {
  const own = ownIn(node, log.id);
  const made = own.flatMap((label) => label.made);
  const isMe = yours === undefined || own.length === 0 || made.some((digest) => equalConstantTime(digest, yours));
  const known = contact.vouches.find(({ id }) => id === log.id);
  // A further device of the contact has no label of its own to show: its certificate is the pinned account's.
  const isThem =
    known === undefined || mine.length === 0 || mine.some((digest) => equalConstantTime(digest, known.digest));
  return isMe && isThem;
}
