import { quic } from "@chainsafe/libp2p-quic";
import { noise } from "@libp2p/noise";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import { createLibp2p, type Libp2p } from "libp2p";
import type { Secret } from "../../core/safety/index.ts";

/** `quic`: QUIC with TLS 1.3 (native, Quinn). `tcp`: TCP with Noise XX and Yamux. */
export type Wire = "quic" | "tcp";

export const WIRES: readonly Wire[] = ["quic", "tcp"];

/** Connections to all peers together. */
export const CONNECTIONS_MAX = 256;
/** One direction of one protocol has one stream on a connection; a few more while an old one is flushed. */
export const LINK_STREAMS_MAX = 4;
/** Records that this node looks for at once. */
export const RECORD_LOOKUPS_MAX = 32;
/** Questions that this node has open at once. */
export const ASKS_UNDER_WAY_MAX = 32;
/** Exchanges at once on one connection: a peer sees the end of an exchange later than the asker does. */
export const EXCHANGE_STREAMS_MAX = 64;
/** Envelopes and gossip; records and questions. */
const STREAMS_MAX: number = 2 * LINK_STREAMS_MAX + 2 * EXCHANGE_STREAMS_MAX;

/**
 * A libp2p node that listens on loopback, on a port that the system chooses. `seed` (32 bytes) is its Ed25519
 * network identity, which peers see: random, and with no relation to the account or device keys of the core.
 * No service runs on it, not even identify, which would tell every peer software, version and addresses.
 */
export async function createNetwork(wire: Wire, seed: Secret): Promise<Libp2p> {
  const privateKey = await generateKeyPairFromSeed("Ed25519", seed.expose());
  return createLibp2p({
    privateKey,
    start: false,
    addresses: { listen: [wire === "quic" ? "/ip4/127.0.0.1/udp/0/quic-v1" : "/ip4/127.0.0.1/tcp/0"] },
    connectionManager: { maxConnections: CONNECTIONS_MAX },
    // Its ping needs a service of the peer; a dead connection shows by QUIC's idle time, Yamux's keep-alive or a stall.
    connectionMonitor: { enabled: false },
    ...(wire === "quic"
      ? { transports: [quic({ ipv6: false })] }
      : {
          transports: [tcp()],
          connectionEncrypters: [noise()],
          streamMuxers: [yamux({ maxEarlyStreams: STREAMS_MAX })],
        }),
  });
}
