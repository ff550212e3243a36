import {
  accountKey,
  bundleAddress,
  openBundleRecord,
  openPrekeyRecord,
  type OneTimePrekey,
  prekeyAddress,
  type PrekeyBundle,
  verifyBundle,
  verifyOneTimePrekey,
} from "../identity/index.ts";
import { settle } from "./directory/index.ts";
import { begin } from "./handshaking.ts";
import type { Secret } from "../safety/index.ts";
import { pauseMs, redirect } from "./outbox.ts";
import type { Lookup, Peer } from "./peer.ts";
import { LOOKUPS_MAX } from "./settings.ts";
import type { NodeState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Asks the record store for the peer's prekey bundle; the handshake begins when everything verifies. */
export function lookUp(node: NodeState, peer: Peer, turn: Turn): void {
  const introduction = peer.reach?.introduction;
  if (introduction === undefined) return;
  if (node.lookups.size >= LOOKUPS_MAX) {
    peer.retransmitAt = turn.now + pauseMs(node, peer.silence);
    return;
  }
  peer.retransmitAt = undefined;
  peer.lookup = { stage: "bundle", request: ask(node, peer, bundleAddress(node.suite, introduction), turn) };
}

/**
 * Looks again where a peer is reached that has been silent for so long: perhaps it has moved. Meanwhile its known
 * addresses are tried on.
 */
export function seekReach(node: NodeState, peer: Peer, turn: Turn): void {
  const introduction = peer.reach?.introduction;
  if (introduction === undefined || peer.lookup !== undefined || node.lookups.size >= LOOKUPS_MAX) return;
  peer.lookup = { stage: "bundle", request: ask(node, peer, bundleAddress(node.suite, introduction), turn) };
}

function ask(node: NodeState, peer: Peer, address: Uint8Array, turn: Turn): number {
  const request = node.nextRequest++;
  node.lookups.set(request, peer);
  turn.effects.push({ kind: "get-record", request, address });
  return request;
}

/** The record store's answer: from anybody, so nothing in it is believed before it verifies. */
export function onRecord(node: NodeState, request: number, value: Uint8Array | undefined, turn: Turn): void {
  if (settle(node, request, value, turn)) return;
  const peer = node.lookups.get(request);
  node.lookups.delete(request);
  const lookup = peer?.lookup;
  if (peer === undefined || lookup === undefined || lookup.request !== request) return;
  peer.lookup = undefined;
  node.touched.add(peer);
  const introduction = peer.reach?.introduction;
  if (introduction === undefined) return;
  const bundle = lookup.stage === "bundle" && value !== undefined ? readBundle(node, peer, value, turn) : undefined;
  // Only the addresses were asked for, or meanwhile the peer's own handshake has arrived.
  if (peer.current !== undefined || peer.initiation !== undefined) return;
  if (lookup.stage === "bundle") {
    if (bundle === undefined) {
      peer.silence++;
      peer.retransmitAt = turn.now + pauseMs(node, peer.silence);
      return;
    }
    // An old bundle may list prekeys that have served; after silence the last resort is tried in turn.
    const chosen = peer.unanswered % 2 === 1 ? undefined : pickOneTime(node, bundle);
    if (chosen === undefined) {
      begin(node, peer, bundle, undefined, turn);
      return;
    }
    const address = prekeyAddress(node.suite, introduction, chosen);
    peer.lookup = { stage: "prekey", request: ask(node, peer, address, turn), bundle, hash: chosen };
    return;
  }
  // Without a one-time prekey the last resort serves: weaker against theft, never less authenticated.
  const prekey = value === undefined ? undefined : readPrekey(node, introduction, lookup, value, turn);
  begin(node, peer, lookup.bundle, prekey, turn);
}

function readBundle(node: NodeState, peer: Peer, value: Uint8Array, turn: Turn): PrekeyBundle | undefined {
  const introduction = peer.reach?.introduction;
  if (introduction === undefined) return undefined;
  const opened = openBundleRecord(node.suite, introduction, value, turn.now);
  if (!opened.ok) {
    turn.refuse(opened.error);
    return undefined;
  }
  const bundle = opened.value;
  const verified = verifyBundle(node.suite, bundle, {
    account: accountKey(peer.account),
    device: peer.device,
    now: turn.now,
    notBelowVersion: peer.bundleVersion,
  });
  if (!verified.ok) {
    turn.refuse(verified.error);
    return undefined;
  }
  if (bundle.version > peer.bundleVersion) {
    peer.bundleVersion = bundle.version;
    peer.dirty.add("peer");
  }
  redirect(peer, { introduction, addresses: bundle.addresses, version: bundle.version }, turn);
  return bundle;
}

function pickOneTime(node: NodeState, bundle: PrekeyBundle): Uint8Array | undefined {
  if (bundle.oneTime.length === 0) return undefined;
  // At random, so that initiators who read the same bundle rarely pick the same prekey.
  const [high = 0, low = 0] = node.random.bytes(2);
  return bundle.oneTime[(high * 256 + low) % bundle.oneTime.length]?.hash;
}

function readPrekey(
  node: NodeState,
  introduction: Secret,
  lookup: Extract<Lookup, { stage: "prekey" }>,
  value: Uint8Array,
  turn: Turn,
): OneTimePrekey | undefined {
  const opened = openPrekeyRecord(node.suite, introduction, lookup.hash, value, turn.now);
  if (!opened.ok) {
    turn.refuse(opened.error);
    return undefined;
  }
  const verified = verifyOneTimePrekey(node.suite, lookup.bundle, opened.value);
  if (!verified.ok) {
    turn.refuse(verified.error);
    return undefined;
  }
  return opened.value;
}
