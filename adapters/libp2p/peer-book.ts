import type { PeerId } from "@libp2p/interface";
import type { Libp2p } from "libp2p";
import { BoundedMap } from "../../core/safety/index.ts";

/** Peers that libp2p may remember addresses of; the DHT's table holds fewer. */
export const PEERS_REMEMBERED_MAX = 2_048;

/**
 * The library's address book keeps every peer that it ever heard of for hours, and anybody can make up peers: beyond
 * {@link PEERS_REMEMBERED_MAX}, those seen longest ago and not connected are forgotten.
 */
export function boundPeerBook(network: Libp2p): void {
  const remembered = new BoundedMap<string, PeerId>(PEERS_REMEMBERED_MAX);
  const remember = (peer: PeerId): void => {
    const forgotten = remembered.set(peer.toString(), peer)?.[1];
    if (forgotten === undefined) return;
    if (network.getConnections(forgotten).length > 0) remember(forgotten);
    else void network.peerStore.delete(forgotten).catch(() => {});
  };
  network.addEventListener("peer:discovery", ({ detail }) => remember(detail.id));
  network.addEventListener("peer:connect", ({ detail }) => remember(detail));
  network.addEventListener("peer:disconnect", ({ detail }) => remember(detail));
}
