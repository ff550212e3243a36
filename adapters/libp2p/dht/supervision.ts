import type { AsyncLocalStorage } from "node:async_hooks";
import { type Connection, isPeerId, NotFoundError, type PeerId, type Stream } from "@libp2p/interface";
import type { KadDHTComponents } from "@libp2p/kad-dht";
import { RECORD_BYTES_MAX } from "../../../core/record/index.ts";
import type { Conduct } from "../conduct/index.ts";
import type { Lookups } from "./diversity.ts";
import { FrameMeter } from "./frame-meter.ts";

export const KAD_PROTOCOL = "/chhaya/kad/1";
/** With it the library marks the peers of its routing table. */
const ROUTING_TABLE_TAG = "kad-peer";
/** A message has room for a record, and for twenty peers with their addresses. */
export const MESSAGE_BYTES_MAX: number = RECORD_BYTES_MAX + 65_536;

type Supervisor = Pick<Conduct, "admit" | "note">;

/**
 * libp2p as the DHT is to see it. The library has no limits of its own that fit: it collects 4 MiB of a message, serves
 * any number of them, and answers whoever asks for a peer from everything that the node knows.
 */
export function supervised(
  components: KadDHTComponents,
  datastore: KadDHTComponents["datastore"],
  conduct: Supervisor,
  served: AsyncLocalStorage<Connection>,
  lookups: Pick<Lookups, "admit">,
): KadDHTComponents {
  // By name: the container that libp2p hands over gives what it is asked for, and lists nothing.
  const { addressManager, events, logger, metrics, peerId, privateKey } = components;
  return {
    addressManager,
    events,
    logger,
    peerId,
    privateKey,
    ping: supervisedPing(components),
    ...(metrics === undefined ? {} : { metrics }),
    datastore,
    registrar: supervisedRegistrar(components.registrar, conduct, served),
    connectionManager: supervisedConnections(components.connectionManager, conduct, lookups),
    peerStore: serversOnly(components.peerStore, served),
  };
}

/** Requests of peers: metered, and known by the connection that they come by. Also over relays, which clients use. */
function supervisedRegistrar(
  registrar: KadDHTComponents["registrar"],
  conduct: Supervisor,
  served: AsyncLocalStorage<Connection>,
): KadDHTComponents["registrar"] {
  return withMembers(registrar, {
    handle: (protocol, handler, options) =>
      registrar.handle(
        protocol,
        (stream, connection) => {
          const peer = connection.remotePeer.toString();
          meter(stream, peer, conduct, (length) => conduct.admit(peer, "record", length));
          return served.run(connection, () => handler(stream, connection));
        },
        { ...options, runOnLimitedConnection: true },
      ),
    register: (protocol, topology, options) =>
      registrar.register(protocol, { ...topology, notifyOnLimitedConnection: true }, options),
  });
}

/**
 * Answers of peers: one a stream, over a connection that is open, if only through a relay. (The library would dial anew
 * for each request where there is but a limited one.)
 */
function supervisedConnections(
  connections: KadDHTComponents["connectionManager"],
  conduct: Supervisor,
  lookups: Pick<Lookups, "admit">,
): KadDHTComponents["connectionManager"] {
  return withMembers(connections, {
    openStream: async (peer, protocol, options) => {
      const connection = await connectedTo(connections, peer, options);
      if (!lookups.admit(connection.remotePeer.toString(), connection.remoteAddr)) {
        throw new Error("enough peers at this place were asked");
      }
      const stream = await connection.newStream(protocol, { ...options, runOnLimitedConnection: true });
      let answers = 0;
      meter(stream, connection.remotePeer.toString(), conduct, () => ++answers === 1);
      return stream;
    },
  });
}

/**
 * Whoever a connection leads to is there as long as the connection is, which ends when the other end is silent. The
 * library would ask once more whom it has just shaken hands with, and dial again whom only a relay connects.
 */
function supervisedPing(components: KadDHTComponents): KadDHTComponents["ping"] {
  const { connectionManager, ping } = components;
  return withMembers(ping, {
    ping: async (peer, options) => {
      const begun = performance.now();
      await connectedTo(connectionManager, peer, options);
      return performance.now() - begun;
    },
  });
}

/** An open connection with a peer, or a new one. */
async function connectedTo(
  connections: KadDHTComponents["connectionManager"],
  ...[peer, options]: Parameters<typeof connections.openConnection>
): Promise<Connection> {
  const [open] = isPeerId(peer) ? openTo(connections, peer) : [];
  return open ?? connections.openConnection(peer, options);
}

/** Open connections with a peer, the unlimited ones first. */
function openTo(connections: KadDHTComponents["connectionManager"], peer: PeerId): readonly Connection[] {
  return connections
    .getConnections(peer)
    .filter(({ status }) => status === "open")
    .toSorted((a, b) => Number(a.limits !== undefined) - Number(b.limits !== undefined));
}

/**
 * Whom this node talks with is nobody's business: while a request is served, there are the peers of the routing table
 * and no others. (That a peer speaks the protocol says nothing: libp2p writes it down of clients too, as they ask.)
 */
function serversOnly(
  peerStore: KadDHTComponents["peerStore"],
  served: AsyncLocalStorage<Connection>,
): KadDHTComponents["peerStore"] {
  return withMembers(peerStore, {
    get: async (peer, options) => {
      const found = await peerStore.get(peer, options);
      if (served.getStore() !== undefined && !found.tags.has(ROUTING_TABLE_TAG)) throw new NotFoundError();
      return found;
    },
  });
}

function meter(stream: Stream, peer: string, conduct: Supervisor, onFrame: (length: number) => boolean): void {
  const frames = new FrameMeter(MESSAGE_BYTES_MAX);
  stream.addEventListener("message", ({ data }) => {
    const code = frames.read(data.subarray(), onFrame);
    if (code === "oversized") conduct.note(peer, "oversized");
    if (code !== undefined) stream.abort(new Error(`${code} by the DHT`));
  });
}

/** `target`, but with some of its methods replaced. */
function withMembers<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(_, name) {
      const own = Reflect.get(members, name) as unknown;
      if (own !== undefined) return own;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}
