import type { Registry } from "prom-client";
import type { Clock, Transport } from "../../core/node/index.ts";
import type { Secret } from "../../core/safety/index.ts";
import type { NetworkStatus } from "../libp2p/index.ts";
import type { Config } from "./config/index.ts";
import type { Home } from "../home/index.ts";
import { listedPeers } from "./first-peers.ts";
import type { NodeLog } from "./log.ts";

/** A transport of a node that is on the network. */
export interface NodeTransport extends Transport {
  /** Remembers a peer to keep in touch with; false for a malformed address. */
  addPeer(address: string): boolean;
  status(): NetworkStatus;
  stop(): Promise<void>;
}

/** What a network is started with. */
export interface NetworkRequest {
  readonly config: Config;
  readonly home: Home;
  /** 32 bytes; the network owns it. */
  readonly seed: Secret;
  readonly clock: Clock;
  readonly metrics: Registry | undefined;
  readonly log: NodeLog;
}

export type StartNetwork = (request: NetworkRequest) => Promise<NodeTransport>;

/** Whether the configuration names peers to begin with. */
export function knowsOthers({ network: { bootstrap, bootstrap_list: list, relays } }: Config): boolean {
  return bootstrap.length > 0 || relays.length > 0 || list !== undefined;
}

/** The network does not start; the message says why. */
export class NetworkFailed extends Error {
  override readonly name = "NetworkFailed";
}

/** libp2p, as the configuration has it. It is loaded only now: no other command waits for it. */
export const startNetwork: StartNetwork = async ({ clock, config, home, log, metrics, seed }) => {
  const { network } = config;
  const listed = listedPeers(config, home, clock.now(), log);
  const { parseAddress, startLibp2p } = await import("../libp2p/index.ts");
  const options = {
    seed,
    clock,
    listen: network.listen,
    ...(network.announce.length > 0 ? { announce: network.announce } : {}),
    scope: network.scope,
    // What signers listed for others, this node may not be allowed to dial.
    bootstrap: [...network.bootstrap, ...listed.filter((peer) => parseAddress(peer, network.scope) !== undefined)],
    relays: network.relays,
    serveRelay: network.serve_relay,
    dht: network.dht,
    mdns: network.mdns,
    holePunching: network.hole_punching,
    ...(metrics === undefined ? {} : { metrics }),
  };
  try {
    return await startLibp2p(options);
  } catch (failure) {
    throw new NetworkFailed(`the network does not start: ${reasonOf(failure)}`, { cause: failure });
  }
};

function reasonOf(failure: unknown): string {
  if (failure instanceof AggregateError && failure.errors.length > 0) {
    return [...new Set(failure.errors.map(reasonOf))].join("; ");
  }
  const text = failure instanceof Error ? failure.message : String(failure);
  // libp2p lists the addresses that it could not listen on, each with a stack behind it.
  const addresses = text.match(/^\s+\/\S+: .*$/gmu);
  return addresses === null ? (text.split("\n")[0] ?? text) : addresses.map((line) => line.trim()).join("; ");
}
