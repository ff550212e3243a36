import { AsyncLocalStorage } from "node:async_hooks";
import { type Connection, InvalidParametersError, type PeerId, type PeerInfo } from "@libp2p/interface";
import { EventTypes, type KadDHT, kadDHT, type KadDHTComponents, type ValueEvent } from "@libp2p/kad-dht";
import type { Clock } from "../../../core/node/index.ts";
import { assert } from "../../../core/safety/index.ts";
import type { Suite } from "../../../core/suite/index.ts";
import { locate, mayDial } from "../address.ts";
import type { Conduct } from "../conduct/index.ts";
import { placeOf } from "../mesh/index.ts";
import type { Scope } from "../reach.ts";
import { RecordDatastore } from "./datastore.ts";
import { Lookups, spreadTable, type Table } from "./diversity.ts";
import { Judge } from "./judge.ts";
import { addressOf, NAMESPACE } from "./record-keys.ts";
import { OWN, RecordStore } from "./record-store.ts";
import { KAD_PROTOCOL, supervised } from "./supervision.ts";
import { refreshLater, type TableRefresh } from "./table-refresh.ts";
import { hurry, SELF_WALK_MS_MAX, type Walker } from "./walk.ts";

/** Peers that hold a record, and that a lookup asks; the size of a bucket of the routing table. */
const REPLICATION = 20;
/** Ways that a lookup goes, which share no peer, and questions at once on each. */
const PATHS = 4;
const PARALLEL = 2;
/** Requests of one peer that are answered at once, and that this node has open with one. */
const INBOUND_STREAMS_MAX = 16;
const OUTBOUND_STREAMS_MAX = 64;
/** A peer that has not answered in this time is passed over; it adapts to the network in between. */
const ANSWER_TIMES = { minTimeout: 3_000, maxTimeout: 5_000 } as const;
/** Peers that others named and that are still to be tried. Each try is a dial: more would lend this node to a flood. */
const UPDATES_WAITING_MAX = 512;
/** How soon after the start a node looks for its neighbours; lookups wait for that. */
const FIRST_SELF_QUERY_MS = 200;
/** How the library says that an answer did not verify. */
const INVALID_ANSWER = "invalid record received, discarded";

export type DhtMode = "server" | "client" | "auto";

export interface RecordDhtOptions {
  readonly suite: Suite;
  readonly clock: Clock;
  readonly conduct: Pick<Conduct, "admit" | "note">;
  /** "auto": a server while libp2p finds that the node has a public address. */
  readonly mode: DhtMode;
  /** Peers are named to others only with addresses within it. */
  readonly scope: Scope;
}

/** How often a node looks for new neighbours of its own. */
const SELF_QUERY_MS = 900_000;
/** How often the peers nearest to a node are marked as worth a connection; the library looks every five seconds. */
const NEAREST_MARKED_MS = 60_000;

/** The service for libp2p, and what it stores. */
export interface RecordDht {
  readonly service: (components: KadDHTComponents) => KadDHT;
  readonly store: RecordStore;
}

/**
 * Kademlia on a protocol of its own, for the core's records and nothing else: what does not verify is neither stored nor
 * returned, and providers and public keys are not kept.
 */
export function recordDht({ clock, conduct, mode, scope, suite }: RecordDhtOptions): RecordDht {
  const store = new RecordStore(suite, clock);
  const judge = new Judge(suite, clock);
  // Whose request is being served: the library tells neither validators nor the datastore.
  const served = new AsyncLocalStorage<Connection>();
  const make = kadDHT({
    protocol: KAD_PROTOCOL,
    // Left out, it is for the library to switch.
    ...(mode === "auto" ? {} : { clientMode: mode === "client" }),
    kBucketSize: REPLICATION,
    alpha: PARALLEL,
    disjointPaths: PATHS,
    maxInboundStreams: INBOUND_STREAMS_MAX,
    maxOutboundStreams: OUTBOUND_STREAMS_MAX,
    networkDialTimeout: ANSWER_TIMES,
    pingNewContactTimeout: ANSWER_TIMES,
    pingOldContactTimeout: ANSWER_TIMES,
    routingTableUpdateMaxQueueSize: UPDATES_WAITING_MAX,
    initialQuerySelfInterval: FIRST_SELF_QUERY_MS,
    querySelfInterval: SELF_QUERY_MS,
    peerInfoMapper: (peer) => reachable(peer, scope),
    validators: {
      pk: refuse,
      [NAMESPACE]: (key, value) => {
        const judgement = judge.of(key, value);
        if (judgement === "good") return;
        const peer = served.getStore()?.remotePeer.toString();
        // An answer is judged by the event that it comes with, since here nobody says whose it is.
        if (peer === undefined && judgement === "untimely") return;
        if (peer !== undefined && judgement === "bad") conduct.note(peer, "invalid-record");
        throw new InvalidParametersError(`a record that is ${judgement}`);
      },
    },
    selectors: { pk: () => 0, [NAMESPACE]: (key, values) => judge.newest(key, values) },
  });
  const sourceOf = (): string => {
    const connection = served.getStore();
    return connection === undefined ? OWN : sourceOfConnection(connection);
  };
  const service = (components: KadDHTComponents): KadDHT => {
    const lookups = new Lookups();
    const dht = make(supervised(components, new RecordDatastore(store, clock, sourceOf), conduct, served, lookups));
    spreadTable((dht as WithTable).routingTable.kb, (peer) => {
      const open = components.connectionManager.getConnections(peer);
      return (open.find(({ direct }) => direct) ?? open[0])?.remoteAddr;
    });
    const { peerRouting, routingTable, routingTableRefresh } = dht as WithTable;
    refreshLater(routingTableRefresh, FIRST_SELF_QUERY_MS + SELF_WALK_MS_MAX, () => routingTable.size > REPLICATION);
    assert(routingTable.closestPeerTagger.refreshInterval > 0, "the nearest peers are marked from time to time");
    routingTable.closestPeerTagger.refreshInterval = NEAREST_MARKED_MS;
    hurry(peerRouting, suite, (hash) => routingTable.closestPeers(hash, { count: REPLICATION }), REPLICATION);
    const [get, put] = [dht.get.bind(dht), dht.put.bind(dht)];
    dht.put = (key, value, options) => lookups.run(() => put(key, value, options));
    dht.get = async function* (key, options) {
      const held = local(store, key, components.peerId);
      if (held !== undefined) yield held;
      for await (const event of lookups.run(() => get(key, options))) {
        if (event.name === "QUERY_ERROR" && event.error.message === INVALID_ANSWER) {
          conduct.note(event.from.toString(), "invalid-record");
        }
        yield event;
      }
    };
    return Object.assign(dht, { held: (address: Uint8Array) => store.get(address) });
  };
  return { service, store };
}

/** The library's class has more than its type says. */
type WithTable = KadDHT & {
  readonly routingTable: {
    readonly size: number;
    readonly kb: Table;
    readonly closestPeerTagger: { refreshInterval: number };
    closestPeers(hash: Uint8Array, options: { count: number }): PeerId[];
  };
  readonly peerRouting: Walker;
  readonly routingTableRefresh: TableRefresh;
};

/** What is held here, at once: the library tells of it only when everybody else has been asked. */
function local(store: RecordStore, key: Uint8Array, self: ValueEvent["from"]): ValueEvent | undefined {
  const address = addressOf(key);
  const held = address && store.get(address);
  if (held === undefined) return undefined;
  const path = { index: -1, queued: 0, running: 0, total: 0 };
  return { type: EventTypes.VALUE, name: "VALUE", from: self, value: held.value, path };
}

/** Whom others can reach directly: a DHT over relays would wear them out. */
function reachable(peer: PeerInfo, scope: Scope): PeerInfo {
  const multiaddrs = peer.multiaddrs.filter((address) => {
    const location = locate(address);
    return location !== undefined && location.relay === undefined && mayDial(location, scope);
  });
  return { ...peer, multiaddrs };
}

/** What shares of the store are of: identities cost nothing, addresses do. */
function sourceOfConnection({ remoteAddr, remotePeer }: Connection): string {
  return locate(remoteAddr)?.relay ?? placeOf(remoteAddr) ?? remotePeer.toString();
}

function refuse(): never {
  throw new InvalidParametersError("not a record of this network");
}
