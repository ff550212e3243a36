import { utf8ToBytes } from "@noble/hashes/utils.js";
import { CARD_ADDRESS_BYTES_MAX, CARD_ADDRESSES_MAX, nextBundleVersion } from "../identity/index.ts";
import type { Address } from "./ports.ts";
import { MOVE_SETTLE_MS } from "./settings.ts";
import type { NodeState } from "./state.ts";
import type { Turn } from "./turn.ts";

/**
 * The transport says where this device is reached. It is told in the packets that go to peers anyway, until each has
 * acknowledged it, and published for all others. While the transport does not know, what was true last is as good a
 * guess.
 */
export function relocate(node: NodeState, given: readonly Address[], turn: Turn): void {
  const { profile, settings } = node;
  const addresses = admissible(given);
  if (addresses.length === 0 || isSame(addresses, profile.addresses)) return;
  profile.addresses = addresses;
  profile.bundleVersion = nextBundleVersion(profile.bundleVersion, turn.now);
  profile.reachVersion = profile.bundleVersion;
  node.dirty.add("profile");
  // A first move is published soon, and those that follow it after a pause, together.
  if (node.movedAt <= turn.now) node.movedAt = Math.max(turn.now + MOVE_SETTLE_MS, node.movedAt + settings.republishMs);
  node.publishAt = Math.min(node.publishAt, node.movedAt);
}

/** What a card and a bundle have room for. */
export function admissible(addresses: readonly Address[]): readonly Address[] {
  return addresses.filter(isAddress).slice(0, CARD_ADDRESSES_MAX);
}

function isAddress(address: Address): boolean {
  return address.length > 0 && address.isWellFormed() && utf8ToBytes(address).length <= CARD_ADDRESS_BYTES_MAX;
}

function isSame(a: readonly Address[], b: readonly Address[]): boolean {
  return a.length === b.length && a.every((address, i) => address === b[i]);
}
