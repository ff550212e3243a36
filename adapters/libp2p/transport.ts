import type { Stream } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import { ENVELOPE_BYTES_MAX } from "../../core/envelope/index.ts";
import { type Address, QUESTION_BYTES_MAX, type Transport } from "../../core/node/index.ts";
import { assert } from "../../core/safety/index.ts";
import { parseAddress, type PeerAddress } from "./address.ts";
import { ASK_PROTOCOL, Questions, QUESTIONS_PER_PEER_MAX } from "./ask-exchange.ts";
import { Asks } from "./asks.ts";
import type { Conduct } from "./conduct/index.ts";
import type { Connections } from "./connections.ts";
import type { DhtRecords } from "./dht/index.ts";
import { Inlet, INLET_STREAMS_MAX } from "./inlet.ts";
import type { LinkLimits } from "./link.ts";
import { Links } from "./links.ts";
import type { Mesh } from "./mesh/index.ts";
import type { Neighbours } from "./neighbours.ts";
import type { Scope } from "./reach.ts";
import type { NetworkStatus } from "./status.ts";
import type { Whereabouts } from "./whereabouts.ts";

/** Envelopes as length-prefixed frames, one way on each stream. */
export const ENVELOPE_PROTOCOL = "/chhaya/envelope/1";
/** Peers that datagrams are sent to; beyond it the one unused longest is cut off. */
export const LINKS_MAX = 256;
const ENVELOPES_WAITING: LinkLimits = { framesMax: 1_024, bytesMax: 4_194_304 };

/**
 * Totals since the start. `dialMs`: the first dial that succeeded, until the connection was secured. Of gossip and
 * records, which libp2p's own protocols carry, nothing is counted here.
 */
export interface Libp2pCounters {
  sent: number;
  received: number;
  dropped: number;
  /** Inbound streams that were cut off for what was on them. */
  malformed: number;
  dialled: number;
  dialMs: number | undefined;
}

/** What a transport is made of; {@link startLibp2p} makes it. */
export interface TransportParts {
  readonly network: Libp2p;
  readonly scope: Scope;
  readonly counters: Libp2pCounters;
  readonly conduct: Conduct;
  readonly connections: Connections;
  readonly neighbours: Neighbours;
  readonly whereabouts: Whereabouts;
  readonly records: Pick<DhtRecords, "put" | "get">;
  readonly mesh: Mesh;
  status(): NetworkStatus;
  /** Ends everything that was started. */
  stop(): Promise<void>;
}

type Handler = (from: Address, bytes: Uint8Array) => void;
type QuestionHandler = Parameters<Transport["onQuestion"]>[0];

/**
 * The core's transport over libp2p. Addresses are multiaddrs that end in `/p2p/` and a peer id, so that a connection is
 * authenticated as the peer it was meant for; what arrives names the connection it came by. Envelopes and questions go
 * from peer to peer, also through relays; records and gossip by the DHT and the mesh of all peers.
 */
export class Libp2pTransport implements Transport {
  readonly counters: Libp2pCounters;
  readonly #parts: TransportParts;
  readonly #peer: string;
  readonly #envelopes: Links;
  readonly #asks: Asks;
  #onEnvelope: Handler | undefined;
  #onQuestion: QuestionHandler | undefined;
  #stopped = false;

  constructor(parts: TransportParts) {
    this.counters = parts.counters;
    this.#parts = parts;
    this.#peer = parts.network.peerId.toString();
    this.#envelopes = new Links(
      LINKS_MAX,
      ENVELOPES_WAITING,
      (peer, to, signal) => this.#openStream(peer, ENVELOPE_PROTOCOL, to, signal),
      this.counters,
    );
    this.#asks = new Asks(({ multiaddr, peer }, signal) => this.#openStream(peer, ASK_PROTOCOL, multiaddr, signal));
  }

  /** Takes what peers send from now on. Call it before the node listens. */
  async listen(): Promise<void> {
    const { conduct, network } = this.#parts;
    const inlet = new Inlet(ENVELOPE_BYTES_MAX, conduct, this.counters, (from, bytes) => {
      if (!this.#stopped) this.#onEnvelope?.(from, bytes);
    });
    await network.handle(ENVELOPE_PROTOCOL, (stream, connection) => inlet.take(stream, connection), {
      maxInboundStreams: 2 * INLET_STREAMS_MAX,
      maxOutboundStreams: 2 * INLET_STREAMS_MAX,
      runOnLimitedConnection: true,
    });
    const questions = new Questions(conduct);
    await network.handle(
      ASK_PROTOCOL,
      (stream, { remoteAddr, remotePeer }) => {
        const from = remoteAddr.toString();
        questions.take(
          stream,
          remotePeer.toString(),
          (question, reply) => {
            if (!this.#stopped) this.#onQuestion?.(from, question, reply);
          },
          () => this.counters.malformed++,
        );
      },
      {
        maxInboundStreams: QUESTIONS_PER_PEER_MAX,
        maxOutboundStreams: QUESTIONS_PER_PEER_MAX,
        runOnLimitedConnection: true,
      },
    );
  }

  get addresses(): readonly Address[] {
    return this.#parts.whereabouts.addresses;
  }

  onRelocated(handler: () => void): void {
    this.#parts.whereabouts.onChange(handler);
  }

  /**
   * Remembers a peer, from a contact card for instance, and keeps company with it: as a neighbour in the DHT and on the
   * gossip mesh. False for a malformed address, or one outside this node's scope.
   */
  addPeer(address: Address): boolean {
    const parsed = parseAddress(address, this.#parts.scope);
    if (parsed !== undefined && parsed.peer !== this.#peer) this.#parts.neighbours.add(parsed);
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

  /** Whether this node sent a peer datagrams lately. */
  writesTo(peer: string): boolean {
    return this.#envelopes.has(peer);
  }

  publish(bytes: Uint8Array): void {
    if (!this.#stopped) this.#parts.mesh.publish(bytes);
  }

  onGossip(handler: Handler): void {
    this.#parts.mesh.onGossip(handler);
  }

  ask(to: Address, bytes: Uint8Array, done: (answer: Uint8Array | undefined) => void): void {
    const target = this.#target(to, bytes, QUESTION_BYTES_MAX);
    if (target === undefined) setImmediate(done, undefined);
    else this.#asks.ask(target, bytes, done);
  }

  onQuestion(handler: QuestionHandler): void {
    assert(this.#onQuestion === undefined, "a transport has one handler");
    this.#onQuestion = handler;
  }

  putRecord(address: Uint8Array, value: Uint8Array, expires: number): void {
    if (!this.#stopped) this.#parts.records.put(address, value, expires);
  }

  getRecord(address: Uint8Array, done: (value: Uint8Array | undefined) => void): void {
    if (this.#stopped) setImmediate(done, undefined);
    else this.#parts.records.get(address, done);
  }

  status(): NetworkStatus {
    return this.#parts.status();
  }

  /** Ends every connection. Afterwards nothing of the transport keeps the process alive for longer than a second. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#envelopes.close();
    await this.#parts.stop();
  }

  /** A connection came that is better than the one in use: what is sent from now on goes over it. */
  reopen(peer: string): void {
    this.#envelopes.reopen(peer);
  }

  /** Whom `to` names, when it may be sent to. */
  #target(to: Address, bytes: Uint8Array, bytesMax: number): PeerAddress | undefined {
    const target = bytes.length <= bytesMax ? parseAddress(to, this.#parts.scope) : undefined;
    return this.#stopped || target?.peer === this.#peer ? undefined : target;
  }

  #openStream(peer: string, protocol: string, to: Multiaddr | undefined, signal: AbortSignal): Promise<Stream> {
    const candidates = [to, this.#parts.neighbours.addressOf(peer)].filter((candidate) => candidate !== undefined);
    return this.#parts.connections.openStream(peer, protocol, candidates, signal);
  }
}
