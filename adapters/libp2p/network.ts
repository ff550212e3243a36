import { quic } from "@chainsafe/libp2p-quic";
import { autoNATv2 } from "@libp2p/autonat-v2";
import { generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import { dcutr } from "@libp2p/dcutr";
import { identify } from "@libp2p/identify";
import type { ConnectionGater, PeerDiscovery, PeerId, PeerInfo } from "@libp2p/interface";
import { mdns, type MulticastDNSComponents } from "@libp2p/mdns";
import { noise } from "@libp2p/noise";
import { ping } from "@libp2p/ping";
import { prometheusMetrics } from "@libp2p/prometheus-metrics";
import { tcp } from "@libp2p/tcp";
import { webRTC, webRTCDirect } from "@libp2p/webrtc";
import { webSockets } from "@libp2p/websockets";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p, type Libp2pOptions, type ServiceFactoryMap } from "libp2p";
import type { Registry } from "prom-client";
import { attentiveYamux } from "./attentive-yamux.ts";
import { HANDSHAKES_MAX } from "./doorway.ts";
import { identifyChanges } from "./identify-changes.ts";
import { interfaces } from "./interfaces.ts";
import { withFreePorts } from "./listening.ts";
import type { NetworkOptions } from "./options.ts";
import { chooseAddresses } from "./own-addresses.ts";

/** Connections to all peers together. */
export const CONNECTIONS_MAX = 256;
/** Streams of all protocols that a peer may open before this node has got to them. */
const EARLY_STREAMS_MAX = 160;
/** What a peer may have sent on a stream that is not read: less than the 4 MiB at which the library resets it. */
const STREAM_WINDOW_BYTES_MAX = 2_097_152;
/** Handshakes under way with peers that dialled: more than the doorway holds, which chooses who goes. */
const INBOUND_PENDING_MAX: number = 2 * HANDSHAKES_MAX;
/** Connections that one IP address may open in a second; on loopback everybody has the same. */
const INBOUND_PER_SECOND_MAX = 10;
const INBOUND_PER_SECOND_LOOPBACK_MAX = 1_000;
/** A connection that a peer opened is encrypted and multiplexed within this time: silent ones hold up the others. */
const INBOUND_UPGRADE_MS_MAX = 3_000;
/** One address has so long to answer before the next one of the same peer is tried. */
const ADDRESS_DIAL_MS_MAX = 3_000;
const DIALS_MAX = 32;
const DIALS_WAITING_MAX = 256;
/** Of one peer, whoever told them. */
const PEER_ADDRESSES_DIALLED_MAX = 8;
const MDNS_SERVICE = "_chhaya._udp.local";

export type Datastore = NonNullable<Libp2pOptions["datastore"]>;
export type TransportFactory = NonNullable<Libp2pOptions["transports"]>[number];

/** What the node adds to libp2p, beside what every node of this network runs. */
export interface NetworkParts {
  readonly gater: ConnectionGater;
  readonly transports: readonly TransportFactory[];
  readonly datastore: Datastore | undefined;
  readonly services: Readonly<Record<string, (components: never) => unknown>>;
  /** A peer on the local network told where it is. */
  onFound(peer: PeerInfo): void;
}

/**
 * A libp2p node, not started. Third parties are asked for nothing: no STUN or TURN server, no public bootstrap list, no
 * resolver. Identify tells peers the same words everywhere, since software versions tell nodes apart, and of addresses
 * what cards tell.
 */
export async function createNetwork(
  options: NetworkOptions,
  { datastore, gater, onFound, services, transports }: NetworkParts,
): Promise<Libp2p> {
  const { announce, holePunching, listen, metrics, scope, seed } = options;
  return createLibp2p({
    privateKey: await generateKeyPairFromSeed("Ed25519", seed.expose()),
    start: false,
    nodeInfo: { name: "chhaya", version: "1", userAgent: "chhaya" },
    addresses: {
      listen: await withFreePorts(listen),
      announce: [...(announce ?? [])],
      announceFilter: (found) => chooseAddresses(found.map(String), scope).map((address) => multiaddr(address)),
    },
    transports: [...transports],
    connectionEncrypters: [noise()],
    streamMuxers: [
      attentiveYamux({
        maxEarlyStreams: EARLY_STREAMS_MAX,
        streamOptions: { maxStreamWindowSize: STREAM_WINDOW_BYTES_MAX },
      }),
    ],
    ...(datastore === undefined ? {} : { datastore }),
    connectionGater: gater,
    connectionManager: {
      maxConnections: CONNECTIONS_MAX,
      maxIncomingPendingConnections: INBOUND_PENDING_MAX,
      inboundConnectionThreshold: scope === "loopback" ? INBOUND_PER_SECOND_LOOPBACK_MAX : INBOUND_PER_SECOND_MAX,
      addressDialTimeout: ADDRESS_DIAL_MS_MAX,
      inboundUpgradeTimeout: INBOUND_UPGRADE_MS_MAX,
      maxParallelDials: DIALS_MAX,
      maxDialQueueLength: DIALS_WAITING_MAX,
      maxPeerAddrsToDial: PEER_ADDRESSES_DIALLED_MAX,
    },
    // A dead connection shows by QUIC's idle time, attentive Yamux or a stall; more pings would keep radios awake.
    connectionMonitor: { enabled: false },
    ...(metrics === undefined ? {} : { metrics: metricsIn(metrics) }),
    peerDiscovery: options.mdns && scope !== "loopback" ? [localDiscovery(onFound)] : [],
    services: {
      identify: identify(),
      identifyPush: identifyChanges(),
      ping: ping(),
      ...(holePunching ? { dcutr: dcutr() } : {}),
      // It tries public addresses only.
      ...(scope === "internet" ? { autoNAT: autoNATv2() } : {}),
      interfaces,
      // Last: libp2p gives each what it made before.
      ...(services as ServiceFactoryMap),
    },
  });
}

/** The transports of a node that ships. */
export function transportsFor({ holePunching, scope }: NetworkOptions): readonly TransportFactory[] {
  const rtcConfiguration = { iceServers: [] };
  return [
    quic(),
    tcp(),
    webSockets(),
    webRTCDirect({ rtcConfiguration }),
    // Its connections go wherever the other end says, and tell it the addresses of this machine.
    ...(scope === "internet" && holePunching ? [webRTC({ rtcConfiguration })] : []),
  ];
}

function metricsIn(registry: Registry): NonNullable<Libp2pOptions["metrics"]> {
  return prometheusMetrics({ registry, collectDefaultMetrics: false, preserveExistingMetrics: true });
}

type LocalComponents = MulticastDNSComponents & {
  readonly peerId: PeerId;
  readonly transportManager: { getAddrs(): Multiaddr[] };
};

/** Tells the local network all of this node's addresses there, whatever others are told. */
function localDiscovery(onFound: (peer: PeerInfo) => void): (components: LocalComponents) => PeerDiscovery {
  return ({ addressManager, logger, peerId, transportManager }) => {
    const local = () => transportManager.getAddrs().map((address) => address.encapsulate(`/p2p/${peerId.toString()}`));
    const discovery = mdns({ serviceTag: MDNS_SERVICE })({
      logger,
      addressManager: Object.assign(Object.create(addressManager), { getAddresses: local }),
    });
    discovery.addEventListener("peer", ({ detail }) => onFound(detail));
    return discovery;
  };
}
