import { setTimeout as sleep } from "node:timers/promises";
import type { Libp2p } from "libp2p";
import type { Random, Suite } from "../../core/suite/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import { locate, parseAddress, type PeerAddress } from "./address.ts";
import { Conduct } from "./conduct/index.ts";
import { DhtRecords, recordDht } from "./dht/index.ts";
import { DhtRole } from "./dht-role.ts";
import { DHT, dhtOf, NO_DHT } from "./dht-service.ts";
import { gossipMesh, Mesh } from "./mesh/index.ts";
import { Connections } from "./connections.ts";
import { Doorway } from "./doorway.ts";
import { connectionGater } from "./gater.ts";
import { Neighbours } from "./neighbours.ts";
import { createNetwork, type Datastore, type TransportFactory, transportsFor } from "./network.ts";
import { type NetworkOptions, RELAYS_MAX } from "./options.ts";
import { boundPeerBook } from "./peer-book.ts";
import { recallRecent } from "./recent-peers.ts";
import type { Scope } from "./reach.ts";
import { mayReserve, RELAY, relayOf, relayServer, releaseOnDisconnect } from "./relay-server.ts";
import { RELAYED, relayTransport, type ReservationStore } from "./relay-transport.ts";
import { Reservations } from "./reservations.ts";
import { countConnections, type NetworkStatus, reachabilityOf } from "./status.ts";
import { type Libp2pCounters, Libp2pTransport } from "./transport.ts";
import { holdWebRTC } from "./webrtc-threads.ts";
import { Whereabouts } from "./whereabouts.ts";

/** Stopping waits so long for connections to end in order. */
const STOP_MS_MAX = 5_000;

/** What a test or a simulation puts in place of what ships. */
export interface Composition {
  /** Beside the transport through relays. */
  readonly transports?: readonly TransportFactory[];
  /** For what libp2p's own protocols keep; in memory when absent. */
  readonly datastore?: Datastore;
  readonly suite?: Suite;
  readonly random?: Random;
  /** Is shown the libp2p node before it starts. */
  readonly onNetwork?: (network: Libp2p) => void;
}

/**
 * Starts a node. Rejects with a RangeError that names a malformed bootstrap or relay address, and when the system gives
 * no port.
 */
export async function startLibp2p(options: NetworkOptions, composition: Composition = {}): Promise<Libp2pTransport> {
  const { clock, listen, scope, serveRelay } = options;
  const { random = systemRandom, suite = nativeSuite } = composition;
  const counters = newCounters();
  const conduct = new Conduct(clock, (peer) => connections.abort(peer, "misbehaved"));
  const reservations = new Reservations(addressesOf(options.relays, scope).slice(0, RELAYS_MAX));
  const mode = options.dht === "server" ? "server" : "client";
  let store: ReservationStore | undefined;
  const network: Libp2p = await createNetwork(options, {
    gater: connectionGater({
      scope,
      doorway: new Doorway(),
      refused: (peer) => conduct.refused(peer),
      connectionsFrom: (place) => connections.countFrom(place),
      isLocal: (peer) => connections.isLocal(peer),
      isOwnRelay: (peer) => reservations.holds(peer),
      mayReserve: (peer) => mayReserve(peer, relayOf(network), connections, conduct),
      mayRelay: (from) => conduct.admit(from, "stream", 0),
    }),
    transports: [...(composition.transports ?? transportsFor(options)), relayTransport((held) => (store = held))],
    datastore: composition.datastore,
    services: {
      pubsub: gossipMesh(conduct, (peer) => neighbours.knows(peer)),
      ...(options.dht === "off" ? {} : { [DHT]: recordDht({ suite, clock, conduct, scope, mode }).service }),
      ...(serveRelay ? { [RELAY]: relayServer() } : {}),
    },
    onFound: (found) => neighbours.find(found),
  });
  recallRecent(network.peerStore, network.peerId);
  composition.onNetwork?.(network);
  const connections = new Connections(
    network,
    counters,
    (peer) => transport.reopen(peer),
    (peer) => neighbours.knows(peer) || reservations.holds(peer) || transport.writesTo(peer),
  );
  const neighbours = new Neighbours(network, addressesOf(options.bootstrap, scope));
  const whereabouts = new Whereabouts(network);
  const dht = dhtOf(network);
  const role =
    dht !== undefined && options.dht === "auto" ? new DhtRole(network, dht, () => whereabouts.addresses) : undefined;
  const records = new DhtRecords(dht ?? NO_DHT, suite, clock);
  const mesh = new Mesh(network, { clock, random, suite });
  boundPeerBook(network);
  if (serveRelay) releaseOnDisconnect(network, relayOf(network));

  const releaseWebRTC = holdWebRTC();
  const stop = async (): Promise<void> => {
    for (const part of [neighbours, reservations, whereabouts, role, records, mesh]) part?.stop();
    // Closed in order, WebRTC's streams wait for half a minute for peers that are gone.
    for (const connection of connections.all) {
      if (locate(connection.remoteAddr)?.carrier === "webrtc-direct") connection.abort(new Error("stopped"));
    }
    await Promise.race([network.stop(), sleep(STOP_MS_MAX, undefined, { ref: false })]);
    releaseWebRTC();
  };
  const status = (): NetworkStatus => ({
    peer: network.peerId.toString(),
    addresses: whereabouts.addresses,
    connections: countConnections(connections.all),
    reachability: reachabilityOf(whereabouts.addresses),
    relays: reservations.held,
    dht: { mode: dht?.getMode() ?? "off", peers: dht?.routingTable.size ?? 0 },
    gossip: mesh.status,
    refusedPeers: conduct.refusedCount,
  });
  const transport = new Libp2pTransport({
    network,
    scope,
    counters,
    conduct,
    connections,
    neighbours,
    whereabouts,
    records,
    mesh,
    status,
    stop,
  });
  try {
    await transport.listen();
    await network.start();
  } catch (failure) {
    await transport.stop();
    throw failure;
  }
  whereabouts.refresh();
  neighbours.start();
  if (store !== undefined && listen.includes(RELAYED)) reservations.start(network, store);
  return transport;
}

function newCounters(): Libp2pCounters {
  return { sent: 0, received: 0, dropped: 0, malformed: 0, dialled: 0, dialMs: undefined };
}

function addressesOf(texts: readonly string[], scope: Scope): readonly PeerAddress[] {
  return texts.map((text) => {
    const address = parseAddress(text, scope);
    if (address === undefined) throw new RangeError(`not a peer's address in scope ${scope}: ${text}`);
    return address;
  });
}
