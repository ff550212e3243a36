import type { Connection, Stream } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import { ENVELOPE_BYTES_MAX } from "../../core/envelope/index.ts";
import type { Address, Clock, Transport } from "../../core/node/index.ts";
import { assert, BoundedMap, BoundedQueue, type Secret } from "../../core/safety/index.ts";
import { parseAddress } from "./address.ts";
import { FrameReader } from "./frame.ts";
import { Link } from "./link.ts";
import { createNetwork, ENVELOPE_STREAMS_MAX, RECORD_LOOKUPS_MAX, RECORD_STREAMS_MAX, type Wire } from "./network.ts";
import { answerRecord, askRecord, RECORD_MS_MAX, RECORD_PROTOCOL } from "./record-exchange.ts";
import { PublishedRecords } from "./records.ts";

/** Envelopes as length-prefixed frames, one way on each stream. */
const ENVELOPE_PROTOCOL = "/chhaya/envelope/1";
/** Peers that datagrams are sent to; beyond it the one unused longest is cut off. */
export const LINKS_MAX = 256;
/** Peers that are remembered to be asked for records. */
export const KNOWN_PEERS_MAX = 256;
/** Peers asked for one record. */
export const RECORD_PEERS_MAX = 8;
/** Lookups that wait for one under way to end; a further one finds nothing. */
export const RECORD_LOOKUPS_WAITING_MAX = 256;
/** Connections of one peer; beyond it the oldest is closed. */
export const PEER_CONNECTIONS_MAX = 4;
/** On a connection that exists, a stream opens within this time or the connection is dead. */
const STREAM_OPEN_MS_MAX = 3_000;

export interface Libp2pOptions {
  readonly wire: Wire;
  /** 32 bytes, see {@link createNetwork}. Kept across restarts, so that peers recognise the node on its new port. */
  readonly seed: Secret;
  /** For the expiry of records. */
  readonly clock: Clock;
}

/** Totals since the start. `dialMs`: the first dial that succeeded, until the connection was secured. */
export interface Libp2pCounters {
  sent: number;
  received: number;
  dropped: number;
  /** Inbound streams that were cut off for a malformed frame. */
  malformed: number;
  dialled: number;
  dialMs: number | undefined;
}

/** Starts a node on loopback. Rejects when the system gives no port. */
export async function startLibp2p(options: Libp2pOptions): Promise<Libp2pTransport> {
  const network = await createNetwork(options.wire, options.seed);
  const transport = new Libp2pTransport(network, options.clock);
  await transport.start();
  return transport;
}

/**
 * The core's transport over libp2p. Addresses are multiaddrs that end in `/p2p/` and a peer id, so that a
 * connection is authenticated as the peer it was meant for; what arrives names the connection it came by.
 * Datagrams to a peer take the newest connection with it, whoever opened it: a peer that restarted on
 * another port is reached again as soon as it has spoken. A record is held by the node that published it.
 */
export class Libp2pTransport implements Transport {
  readonly #network: Libp2p;
  readonly #records: PublishedRecords;
  /** Peer id → open connections, newest last. */
  readonly #connections = new Map<string, Connection[]>();
  readonly #links = new BoundedMap<string, { readonly link: Link; to: Multiaddr }>(LINKS_MAX);
  readonly #known = new BoundedMap<string, Multiaddr>(KNOWN_PEERS_MAX);
  readonly counters: Libp2pCounters = { sent: 0, received: 0, dropped: 0, malformed: 0, dialled: 0, dialMs: undefined };
  #handler: ((from: Address, bytes: Uint8Array) => void) | undefined;
  #lookups = 0;
  readonly #waitingLookups = new BoundedQueue<() => void>(RECORD_LOOKUPS_WAITING_MAX);
  #address: Address | undefined;
  #stopped = false;

  constructor(network: Libp2p, clock: Clock) {
    this.#network = network;
    this.#records = new PublishedRecords(() => clock.now());
  }

  async start(): Promise<void> {
    const network = this.#network;
    network.addEventListener("connection:open", ({ detail }) => this.#onOpen(detail));
    network.addEventListener("connection:close", ({ detail }) => this.#onClose(detail));
    // The library's address book keeps every peer that ever connected; anybody can make up peers.
    network.addEventListener("peer:disconnect", ({ detail }) => void network.peerStore.delete(detail).catch(() => {}));
    await network.handle(ENVELOPE_PROTOCOL, (stream, connection) => this.#onEnvelopes(stream, connection), {
      maxInboundStreams: ENVELOPE_STREAMS_MAX,
      maxOutboundStreams: ENVELOPE_STREAMS_MAX,
    });
    await network.handle(RECORD_PROTOCOL, (stream) => answerRecord(stream, this.#records), {
      maxInboundStreams: RECORD_STREAMS_MAX,
      maxOutboundStreams: RECORD_STREAMS_MAX,
    });
    await network.start();
    this.#address = network.getMultiaddrs()[0]?.toString();
    assert(
      this.#address !== undefined && parseAddress(this.#address) !== undefined,
      "listening address is not one of ours",
    );
  }

  get address(): Address {
    assert(this.#address !== undefined, "transport used before it was started");
    return this.#address;
  }

  /** Remembers a peer, from a contact card for instance, as one to ask for records. False for a malformed address. */
  addPeer(address: Address): boolean {
    const parsed = parseAddress(address);
    if (parsed !== undefined) this.#known.set(parsed.peer, parsed.multiaddr);
    return parsed !== undefined;
  }

  send(to: Address, bytes: Uint8Array): void {
    const target = bytes.length <= ENVELOPE_BYTES_MAX ? parseAddress(to) : undefined;
    if (this.#stopped || target === undefined || target.peer === this.#network.peerId.toString()) {
      this.counters.dropped++;
      return;
    }
    const { peer } = target;
    let entry = this.#links.get(peer);
    if (entry === undefined) {
      const link = new Link((signal) => this.#openStream(peer, ENVELOPE_PROTOCOL, signal), this.counters);
      entry = { link, to: target.multiaddr };
    }
    entry.to = target.multiaddr;
    this.#links.set(peer, entry)?.[1].link.close();
    entry.link.send(bytes);
  }

  onReceive(handler: (from: Address, bytes: Uint8Array) => void): void {
    assert(this.#handler === undefined, "a transport has one handler");
    this.#handler = handler;
  }

  putRecord(address: Uint8Array, value: Uint8Array, expires: number): void {
    this.#records.put(address, value, expires);
  }

  getRecord(address: Uint8Array, done: (value: Uint8Array | undefined) => void): void {
    const start = (): void => {
      this.#lookups++;
      void this.#findRecord(address).then((value) => {
        this.#lookups--;
        this.#waitingLookups.shift()?.();
        done(value);
      });
    };
    if (this.#lookups < RECORD_LOOKUPS_MAX) start();
    else if (!this.#waitingLookups.push(start)) setImmediate(done, undefined);
  }

  /** Ends every connection. Afterwards nothing of the transport keeps the process alive for longer than a second. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { link } of this.#links.values()) link.close();
    await this.#network.stop();
  }

  #onOpen(connection: Connection): void {
    const peer = connection.remotePeer.toString();
    const open = this.#connections.get(peer) ?? [];
    this.#connections.set(peer, [...open, connection]);
    if (open.length >= PEER_CONNECTIONS_MAX) open[0]?.abort(new Error("too many connections of one peer"));
    // The peer may have restarted, and the older connection may be dead without having said so.
    if (open.length > 0 && connection.direction === "inbound") this.#links.get(peer)?.link.reopen();
  }

  #onClose(connection: Connection): void {
    const peer = connection.remotePeer.toString();
    const open = (this.#connections.get(peer) ?? []).filter((other) => other !== connection);
    if (open.length > 0) this.#connections.set(peer, open);
    else this.#connections.delete(peer);
  }

  #onEnvelopes(stream: Stream, connection: Connection): void {
    const from = connection.remoteAddr.toString();
    const reader = new FrameReader(ENVELOPE_BYTES_MAX);
    stream.addEventListener("message", ({ data }) => {
      const sensible = reader.read(data.subarray(), (bytes) => {
        if (this.#stopped) return;
        this.counters.received++;
        this.#handler?.(from, bytes);
      });
      if (sensible) return;
      this.counters.malformed++;
      stream.abort(new Error("malformed frame"));
    });
    // This end of the stream only reads.
    stream.close({ signal: AbortSignal.timeout(STREAM_OPEN_MS_MAX) }).catch((failure: Error) => stream.abort(failure));
  }

  async #openStream(peer: string, protocol: string, signal: AbortSignal): Promise<Stream> {
    for (;;) {
      signal.throwIfAborted();
      const existing = this.#connections.get(peer)?.findLast(({ status }) => status === "open");
      if (existing === undefined) return open(await this.#dial(peer, signal), protocol, signal);
      const late = AbortSignal.timeout(STREAM_OPEN_MS_MAX);
      try {
        return await open(existing, protocol, AbortSignal.any([signal, late]));
      } catch (failure) {
        if (!late.aborted) throw failure;
        existing.abort(new Error("no stream in time"));
        this.#onClose(existing);
      }
    }
  }

  async #dial(peer: string, signal: AbortSignal): Promise<Connection> {
    const candidates = [this.#known.get(peer), this.#links.get(peer)?.to].filter(
      (candidate) => candidate !== undefined,
    );
    const started = performance.now();
    const connection = await until(this.#network.dial(candidates, { signal }), signal, () => {});
    this.counters.dialled++;
    this.counters.dialMs ??= performance.now() - started;
    return connection;
  }

  async #findRecord(address: Uint8Array): Promise<Uint8Array | undefined> {
    const own = this.#records.get(address);
    if (own !== undefined) return own;
    // Only peers that this node chose to know: strangers who connected learn nothing of what it looks for.
    const peers = this.#stopped ? [] : [...this.#known.keys()].slice(-RECORD_PEERS_MAX);
    const answers = peers.map(async (peer) => {
      const value = await askRecord(
        await this.#openStream(peer, RECORD_PROTOCOL, AbortSignal.timeout(RECORD_MS_MAX)),
        address,
      );
      if (value === undefined) throw new Error("not found");
      return value;
    });
    // Whoever answers first is believed no more than anybody else: the core verifies what it gets.
    return Promise.any(answers).catch(() => undefined);
  }
}

function open(connection: Connection, protocol: string, signal: AbortSignal): Promise<Stream> {
  return until(connection.newStream(protocol, { signal }), signal, (late) => late.abort(new Error("opened too late")));
}

/** Rejects once `signal` aborts, though the native side heeds no signal; what comes of `pending` later is discarded. */
function until<T>(pending: Promise<T>, signal: AbortSignal, discard: (late: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let waiting = true;
    const give = (): void => {
      waiting = false;
      reject(new Error("not in time"));
    };
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
    pending.then(
      (value) => {
        signal.removeEventListener("abort", give);
        if (waiting) resolve(value);
        else discard(value);
      },
      (failure: unknown) => {
        signal.removeEventListener("abort", give);
        reject(failure);
      },
    );
  });
}
