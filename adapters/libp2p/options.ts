import type { Registry } from "prom-client";
import type { Clock } from "../../core/node/index.ts";
import type { Secret } from "../../core/safety/index.ts";
import type { Scope } from "./reach.ts";

/** Relays that a node is told of; it holds reservations at two of them at most, see {@link NetworkOptions.relays}. */
export const RELAYS_MAX = 16;

export interface NetworkOptions {
  /**
   * 32 bytes: the Ed25519 network identity, which peers see. Random, and with no relation to the account or device
   * keys of the core. Kept across restarts, so that peers recognise the node on its new port.
   */
  readonly seed: Secret;
  readonly clock: Clock;
  /** Multiaddrs; `/p2p-circuit` asks for reservations at relays. */
  readonly listen: readonly string[];
  /** Multiaddrs that are told instead of those found; for a node behind a forwarded port. */
  readonly announce?: readonly string[];
  /**
   * What is ever dialled: held by {@link parseAddress} for what the core names, and by the connection gater for what
   * libp2p finds by itself.
   */
  readonly scope: Scope;
  /** Multiaddrs with `/p2p/`, dialled at the start and whenever too few peers are connected. */
  readonly bootstrap: readonly string[];
  /** Multiaddrs with `/p2p/`: relays to reserve at, besides those discovered. At most RELAYS_MAX are used. */
  readonly relays: readonly string[];
  /** Relays for others, within the limits of relay-limits.ts. */
  readonly serveRelay: boolean;
  readonly dht: "server" | "client" | "auto" | "off";
  /** Finds and tells peers on the local network. */
  readonly mdns: boolean;
  /** Replaces relayed connections by direct ones where both ends' networks let it (DCUtR). */
  readonly holePunching: boolean;
  readonly metrics?: Registry;
}

/** Wires that a node listens by. */
export type Libp2pWire = "quic" | "tcp" | "ws" | "webrtc-direct";

export const LIBP2P_WIRES: readonly Libp2pWire[] = ["quic", "tcp", "ws", "webrtc-direct"];

const LOOPBACK: Readonly<Record<Libp2pWire, string>> = {
  quic: "/ip4/127.0.0.1/udp/0/quic-v1",
  tcp: "/ip4/127.0.0.1/tcp/0",
  ws: "/ip4/127.0.0.1/tcp/0/ws",
  "webrtc-direct": "/ip4/127.0.0.1/udp/0/webrtc-direct",
};

/** A node that others on this machine reach over one wire, on a port that the system chooses. */
export function loopbackOptions(wire: Libp2pWire, seed: Secret, clock: Clock): NetworkOptions {
  return {
    seed,
    clock,
    listen: [LOOPBACK[wire]],
    scope: "loopback",
    bootstrap: [],
    relays: [],
    serveRelay: false,
    dht: "server",
    mdns: false,
    holePunching: false,
  };
}
