import type { Connection } from "@libp2p/interface";
import { placeOf } from "./place.ts";

/** Peers that may share an IP address, as homes do. */
export const HOST_PEERS_FREE = 3;
/** For the square of the number beyond that, for each of them (gossipsub 1.1, "P6"). */
export const CROWDING_WEIGHT = -15;

/**
 * What each peer is scored down because others are at its IP address: there, identities are made, not met. The library's
 * own count takes whom a relay brings for inhabitants of the relay, so this one is used instead.
 */
export function crowding(
  connections: readonly Pick<Connection, "remoteAddr" | "remotePeer">[],
): ReadonlyMap<string, number> {
  const peersAt = new Map<string, Set<string>>();
  for (const { remoteAddr, remotePeer } of connections) {
    const place = placeOf(remoteAddr);
    if (place !== undefined) peersAt.set(place, (peersAt.get(place) ?? new Set()).add(remotePeer.toString()));
  }
  const scores = new Map<string, number>();
  for (const peers of peersAt.values()) {
    const beyond = peers.size - HOST_PEERS_FREE;
    if (beyond <= 0) continue;
    for (const peer of peers) scores.set(peer, (scores.get(peer) ?? 0) + CROWDING_WEIGHT * beyond ** 2);
  }
  return scores;
}
