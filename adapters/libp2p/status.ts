import { multiaddr } from "@multiformats/multiaddr";
import type { Connection } from "@libp2p/interface";
import { locate } from "./address.ts";

export interface NetworkStatus {
  /** The peer id in base58: the network identity. */
  readonly peer: string;
  /** Where others are told to find this node, best first. */
  readonly addresses: readonly string[];
  readonly connections: {
    readonly total: number;
    readonly relayed: number;
    /** `relay` for those through relays, whatever carries them there. */
    readonly byTransport: Readonly<Record<string, number>>;
  };
  /** `public`: others confirmed, or the operator says, that it is reached directly. `private`: only through relays. */
  readonly reachability: "public" | "private" | "unknown";
  /** `expiresMs`: ms since the epoch; renewed before. */
  readonly relays: readonly { readonly peer: string; readonly expiresMs: number }[];
  readonly dht: { readonly mode: "server" | "client" | "off"; readonly peers: number };
  readonly gossip: { readonly peers: number; readonly mesh: number };
  readonly refusedPeers: number;
}

export function countConnections(connections: readonly Connection[]): NetworkStatus["connections"] {
  const byTransport: Record<string, number> = {};
  let relayed = 0;
  for (const { direct, remoteAddr } of connections) {
    if (!direct) relayed++;
    const location = locate(remoteAddr);
    const name = !direct ? "relay" : location?.signalled === true ? "webrtc" : (location?.carrier ?? "other");
    byTransport[name] = (byTransport[name] ?? 0) + 1;
  }
  return { total: connections.length, relayed, byTransport };
}

/** libp2p tells a public address only when others confirmed that they reach it. */
export function reachabilityOf(addresses: readonly string[]): NetworkStatus["reachability"] {
  const locations = addresses.flatMap((text) => locate(multiaddr(text)) ?? []);
  if (locations.some(({ relay, scope }) => relay === undefined && scope === "internet")) return "public";
  return locations.some(({ relay }) => relay !== undefined) ? "private" : "unknown";
}
