import { generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import { identify } from "@libp2p/identify";
import type { PrivateKey } from "@libp2p/interface";
import { noise } from "@libp2p/noise";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { ping } from "@libp2p/ping";
import { yamux } from "@libp2p/yamux";
import { createLibp2p, type Libp2p, type Libp2pOptions } from "libp2p";
import type { Host } from "../../../sim/wire/index.ts";
import type { Ground } from "./ground.ts";
import { wireTransport } from "../transport.ts";

/** An identity that costs its maker nothing. */
export interface Mask {
  readonly key: PrivateKey;
  /** The peer id in base58. */
  readonly peer: string;
  /** Of the peer id: what the DHT sends. */
  readonly multihash: Uint8Array;
}

/** Of 32 bytes. */
export async function maskOf(seed: Uint8Array): Promise<Mask> {
  const key = await generateKeyPairFromSeed("Ed25519", seed);
  const id = peerIdFromPrivateKey(key);
  return { key, peer: id.toString(), multihash: id.toMultihash().bytes };
}

/** Hosts at `places` addresses in `networks` networks of the attacker's; each in one of its own when undefined. */
export function campOf(ground: Ground, places: number, networks: number | undefined): Host[] {
  return Array.from({ length: places }, (_, i) => {
    const row = Math.floor(i / (networks ?? 1));
    const ip = networks === undefined ? {} : { ip: `${150 + (i % networks)}.66.${row >> 8}.${1 + (row & 255)}` };
    return ground.host(i, ip);
  });
}

/** Where a bare peer is reached, without who it is. */
export function addressOn(host: Host, port: number): string {
  return `/ip4/${host.ip}/tcp/${port}`;
}

/**
 * A libp2p node that does nothing of its own accord: it secures connections, says who it is and answers pings. The rest
 * is the attacker's. It listens at the port, 0 for none, and takes whoever comes, as often as they come.
 */
export async function barePeer(
  host: Host,
  { key }: Pick<Mask, "key">,
  port = 0,
  transports: NonNullable<Libp2pOptions["transports"]> = [],
): Promise<Libp2p> {
  return createLibp2p({
    privateKey: key,
    nodeInfo: { name: "chhaya", version: "1", userAgent: "chhaya" },
    addresses: port === 0 ? {} : { listen: [`/ip4/${host.localIp}/tcp/${port}`], announce: [addressOn(host, port)] },
    transports: [wireTransport(host), ...transports],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    connectionManager: {
      maxConnections: 10_000,
      maxIncomingPendingConnections: 10_000,
      inboundConnectionThreshold: 10_000,
      maxParallelDials: 1_000,
      maxDialQueueLength: 10_000,
    },
    connectionMonitor: { enabled: false },
    services: { identify: identify(), ping: ping() },
  });
}
