import type { Connection, Stream } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import { ENVELOPE_BYTES_MAX } from "../../core/envelope/index.ts";
import {
  type Address,
  type Clock,
  GOSSIP_BYTES_MAX,
  QUESTION_BYTES_MAX,
  type Transport,
} from "../../core/node/index.ts";
import { assert, BoundedMap, type Secret } from "../../core/safety/index.ts";
import { parseAddress, type PeerAddress } from "./address.ts";
import { ASK_MS_MAX, ASK_PROTOCOL, askQuestion, Questions } from "./ask-exchange.ts";
import { Connections, STREAM_OPEN_MS_MAX } from "./connections.ts";
import { FrameReader } from "./frame.ts";
import type { LinkLimits } from "./link.ts";
import { Links } from "./links.ts";
import {
  ASKS_UNDER_WAY_MAX,
  createNetwork,
  EXCHANGE_STREAMS_MAX,
  LINK_STREAMS_MAX,
  RECORD_LOOKUPS_MAX,
  type Wire,
} from "./network.ts";
import { answerRecord, askRecord, RECORD_MS_MAX, RECORD_PROTOCOL } from "./record-exchange.ts";
import { PublishedRecords } from "./records.ts";
import { Turns } from "./turns.ts";

/** Envelopes as length-prefixed frames, one way on each stream. */
const ENVELOPE_PROTOCOL = "/chhaya/envelope/1";
/** Gossip, likewise. */
const GOSSIP_PROTOCOL = "/chhaya/gossip/1";
/** Peers that datagrams are sent to; beyond it the one unused longest is cut off. */
export const LINKS_MAX = 256;
const ENVELOPES_WAITING: LinkLimits = { framesMax: 1_024, bytesMax: 4_194_304 };
/** Every connected and every known peer. */
const GOSSIP_LINKS_MAX = 512;
/** Less than of envelopes: what a node publishes it publishes again. */
const GOSSIP_WAITING: LinkLimits = { framesMax: 64, bytesMax: 262_144 };
/** Peers that are remembered to be asked for records, and told gossip. */
export const KNOWN_PEERS_MAX = 256;
/** Peers asked for one record. */
export const RECORD_PEERS_MAX = 8;
/** Lookups that wait for one under way to end; a further one finds nothing. */
export const RECORD_LOOKUPS_WAITING_MAX = 256;
/** Questions that wait for one under way to end, within the time they have; a further one goes unanswered. */
export const ASKS_WAITING_MAX = 1_024;

export interface Libp2pOptions {
  readonly wire: Wire;
  /** 32 bytes, see {@link createNetwork}. Kept across restarts, so that peers recognise the node on its new port. */
  readonly seed: Secret;
  /** For the expiry of records. */
  readonly clock: Clock;
}

/**
 * Totals since the start, of envelopes and gossip to or from one peer. `dialMs`: the first dial that succeeded, until
 * the connection was secured.
 */
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

type Handler = (from: Address, bytes: Uint8Array) => void;
type QuestionHandler = Parameters<Transport["onQuestion"]>[0];

/**
 * The core's transport over libp2p. Addresses are multiaddrs that end in `/p2p/` and a peer id, so that a
 * connection is authenticated as the peer it was meant for; what arrives names the connection it came by.
 * A record is held by the node that published it.
 *
 * Gossip floods: it goes to every peer that is connected or known, and no further, since each node publishes again
 * what it accepted as new. So the mesh is as wide as the connections, which is enough while they are bounded and what
 * is spread is small and rare; a mesh of chosen degree with scored peers (gossipsub) saves copies, not safety.
 */
export class Libp2pTransport implements Transport {
  readonly counters: Libp2pCounters = { sent: 0, received: 0, dropped: 0, malformed: 0, dialled: 0, dialMs: undefined };
  readonly #network: Libp2p;
  readonly #records: PublishedRecords;
  readonly #connections: Connections;
  readonly #envelopes: Links = this.#links(ENVELOPE_PROTOCOL, LINKS_MAX, ENVELOPES_WAITING);
  readonly #gossip: Links = this.#links(GOSSIP_PROTOCOL, GOSSIP_LINKS_MAX, GOSSIP_WAITING);
  readonly #known = new BoundedMap<string, Multiaddr>(KNOWN_PEERS_MAX);
  readonly #lookups = new Turns(RECORD_LOOKUPS_MAX, RECORD_LOOKUPS_WAITING_MAX);
  readonly #asks = new Turns(ASKS_UNDER_WAY_MAX, ASKS_WAITING_MAX);
  readonly #questions = new Questions();
  #onEnvelope: Handler | undefined;
  #onGossip: Handler | undefined;
  #onQuestion: QuestionHandler | undefined;
  #address: Address | undefined;
  #stopped = false;

  constructor(network: Libp2p, clock: Clock) {
    this.#network = network;
    this.#records = new PublishedRecords(() => clock.now());
    this.#connections = new Connections(network, this.counters, (peer) => {
      this.#envelopes.reopen(peer);
      this.#gossip.reopen(peer);
    });
  }

  #links(protocol: string, capacity: number, limits: LinkLimits): Links {
    return new Links(
      capacity,
      limits,
      (peer, to, signal) => this.#openStream(peer, protocol, to, signal),
      this.counters,
    );
  }

  async start(): Promise<void> {
    const network = this.#network;
    const links = { maxInboundStreams: LINK_STREAMS_MAX, maxOutboundStreams: LINK_STREAMS_MAX };
    const exchanges = { maxInboundStreams: EXCHANGE_STREAMS_MAX, maxOutboundStreams: EXCHANGE_STREAMS_MAX };
    await network.handle(
      ENVELOPE_PROTOCOL,
      (stream, connection) => this.#read(stream, connection, ENVELOPE_BYTES_MAX, () => this.#onEnvelope),
      links,
    );
    await network.handle(
      GOSSIP_PROTOCOL,
      (stream, connection) => this.#read(stream, connection, GOSSIP_BYTES_MAX, () => this.#onGossip),
      links,
    );
    await network.handle(RECORD_PROTOCOL, (stream) => answerRecord(stream, this.#records), exchanges);
    await network.handle(ASK_PROTOCOL, (stream, connection) => this.#answer(stream, connection), exchanges);
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

  /**
   * Remembers a peer, from a contact card for instance, as one to ask for records and to tell gossip. False for a
   * malformed address.
   */
  addPeer(address: Address): boolean {
    const parsed = parseAddress(address);
    if (parsed !== undefined) this.#known.set(parsed.peer, parsed.multiaddr);
    return parsed !== undefined;
  }

  send(to: Address, bytes: Uint8Array): void {
    const target = this.#target(to, bytes, ENVELOPE_BYTES_MAX);
    if (target === undefined) this.counters.dropped++;
    else this.#envelopes.send(target.peer, target.multiaddr, bytes);
  }

  onReceive(handler: Handler): void {
    assert(this.#onEnvelope === undefined, "a transport has one handler");
    this.#onEnvelope = handler;
  }

  publish(bytes: Uint8Array): void {
    if (this.#stopped || bytes.length > GOSSIP_BYTES_MAX) {
      this.counters.dropped++;
      return;
    }
    const peers = new Set([...this.#connections.peers, ...this.#known.keys()]);
    peers.delete(this.#network.peerId.toString());
    for (const peer of peers) this.#gossip.send(peer, this.#known.get(peer), bytes);
  }

  onGossip(handler: Handler): void {
    assert(this.#onGossip === undefined, "a transport has one handler");
    this.#onGossip = handler;
  }

  ask(to: Address, bytes: Uint8Array, done: (answer: Uint8Array | undefined) => void): void {
    const target = this.#target(to, bytes, QUESTION_BYTES_MAX);
    // From now on, so that waiting for a turn counts too.
    const late = AbortSignal.timeout(ASK_MS_MAX);
    const taken = target !== undefined && this.#asks.take(async () => done(await this.#askPeer(target, bytes, late)));
    if (!taken) setImmediate(done, undefined);
  }

  onQuestion(handler: QuestionHandler): void {
    assert(this.#onQuestion === undefined, "a transport has one handler");
    this.#onQuestion = handler;
  }

  putRecord(address: Uint8Array, value: Uint8Array, expires: number): void {
    this.#records.put(address, value, expires);
  }

  getRecord(address: Uint8Array, done: (value: Uint8Array | undefined) => void): void {
    const taken = this.#lookups.take(async () => done(await this.#findRecord(address)));
    if (!taken) setImmediate(done, undefined);
  }

  /** Ends every connection. Afterwards nothing of the transport keeps the process alive for longer than a second. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#envelopes.close();
    this.#gossip.close();
    await this.#network.stop();
  }

  /** Whom `to` names, when it may be sent to. */
  #target(to: Address, bytes: Uint8Array, bytesMax: number): PeerAddress | undefined {
    const target = bytes.length <= bytesMax ? parseAddress(to) : undefined;
    return this.#stopped || target?.peer === this.#network.peerId.toString() ? undefined : target;
  }

  /** Hands out the frames of an inbound stream, to the handler that is set by then. */
  #read(stream: Stream, connection: Connection, frameBytesMax: number, handler: () => Handler | undefined): void {
    const from = connection.remoteAddr.toString();
    const reader = new FrameReader(frameBytesMax);
    stream.addEventListener("message", ({ data }) => {
      const sensible = reader.read(data.subarray(), (bytes) => {
        if (this.#stopped) return;
        this.counters.received++;
        handler()?.(from, bytes);
      });
      if (sensible) return;
      this.counters.malformed++;
      stream.abort(new Error("malformed frame"));
    });
    // This end of the stream only reads.
    stream.close({ signal: AbortSignal.timeout(STREAM_OPEN_MS_MAX) }).catch((failure: Error) => stream.abort(failure));
  }

  #answer(stream: Stream, connection: Connection): void {
    const from = connection.remoteAddr.toString();
    this.#questions.take(
      stream,
      (question, reply) => {
        if (!this.#stopped) this.#onQuestion?.(from, question, reply);
      },
      () => this.counters.malformed++,
    );
  }

  #openStream(peer: string, protocol: string, to: Multiaddr | undefined, signal: AbortSignal): Promise<Stream> {
    const candidates = [this.#known.get(peer), to].filter((candidate) => candidate !== undefined);
    return this.#connections.openStream(peer, protocol, candidates, signal);
  }

  async #askPeer(
    { multiaddr, peer }: PeerAddress,
    question: Uint8Array,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    try {
      return await askQuestion(await this.#openStream(peer, ASK_PROTOCOL, multiaddr, signal), question, signal);
    } catch {
      // Nobody there, nobody who answers questions, or too late.
      return undefined;
    }
  }

  async #findRecord(address: Uint8Array): Promise<Uint8Array | undefined> {
    const own = this.#records.get(address);
    if (own !== undefined) return own;
    // Only peers that this node chose to know: strangers who connected learn nothing of what it looks for.
    const peers = this.#stopped ? [] : [...this.#known.keys()].slice(-RECORD_PEERS_MAX);
    const signal = AbortSignal.timeout(RECORD_MS_MAX);
    const answers = peers.map(async (peer) => {
      const stream = await this.#openStream(peer, RECORD_PROTOCOL, undefined, signal);
      const value = await askRecord(stream, address, signal);
      if (value === undefined) throw new Error("not found");
      return value;
    });
    // Whoever answers first is believed no more than anybody else: the core verifies what it gets.
    return Promise.any(answers).catch(() => undefined);
  }
}
