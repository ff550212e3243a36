import { RELAY_V2_HOP_CODEC, RELAY_V2_STOP_CODEC } from "@libp2p/circuit-relay-v2";
import type { Libp2p } from "libp2p";
import { dhtOf } from "./dht-service.ts";
import { asRouter, placeOf, TOPIC } from "./mesh/index.ts";
import { RELAY, relayOf } from "./relay-server.ts";

/** What a relay does, by peer ids in base58. */
export interface RelayPlace {
  readonly reservations: readonly { readonly peer: string; readonly place: string | undefined }[];
  /** Of each open circuit, or one that is being opened, one end. */
  readonly circuits: { readonly from: readonly string[]; readonly to: readonly string[] };
}

/** Where a node stands among others, by peer ids in base58. */
export interface OverlayPlace {
  /** Neighbours on the gossip mesh. */
  readonly mesh: readonly string[];
  /** Peers in the DHT's routing table. */
  readonly table: readonly string[];
  /** Of gossip; below -40 a peer is graylisted. */
  score(peer: string): number;
  /** Of a node that serves as one. */
  readonly relay: RelayPlace | undefined;
}

/** Of a node that {@link startLibp2p} made. */
export function overlayOf(network: Libp2p): OverlayPlace {
  const router = asRouter((network.services as Readonly<Record<string, unknown>>)["pubsub"]);
  return {
    mesh: router.getMeshPeers(TOPIC),
    table: [...(dhtOf(network)?.routingTable.kb.toIterable() ?? [])].map(({ peerId }) => peerId.toString()),
    score: (peer) => router.score.score(peer),
    relay: RELAY in network.services ? relayPlace(network) : undefined,
  };
}

function relayPlace(network: Libp2p): RelayPlace {
  const reservations = [...relayOf(network).reservations.entries()];
  const ends = (protocol: string, direction: "inbound" | "outbound"): string[] =>
    network
      .getConnections()
      .flatMap(({ remotePeer, streams }) =>
        streams
          .filter((stream) => stream.protocol === protocol && stream.direction === direction)
          .map(() => remotePeer.toString()),
      );
  return {
    reservations: reservations.map(([peer, { addr }]) => ({ peer: peer.toString(), place: placeOf(addr) })),
    circuits: { from: ends(RELAY_V2_HOP_CODEC, "inbound"), to: ends(RELAY_V2_STOP_CODEC, "outbound") },
  };
}
