import type { Libp2p } from "libp2p";
import type { Clock } from "../../core/node/index.ts";
import type { Secret } from "../../core/safety/index.ts";
import type { Arrivals, Stream } from "../../sim/index.ts";
import type { Host } from "../../sim/wire/index.ts";
import { type Libp2pTransport, loopbackOptions, type NetworkOptions, startLibp2p } from "../libp2p/index.ts";
import { simulationSuite } from "../suite/index.ts";
import { wireTransport } from "./transport.ts";

/** What a node of the simulated network is started with, beside what every node has. */
export interface NodeParts {
  readonly host: Host;
  readonly seed: Secret;
  readonly clock: Clock;
  readonly random: Stream;
  readonly options: Partial<NetworkOptions>;
  /** Undefined for a node that does nothing but what libp2p does by itself. */
  readonly arrivals: Arrivals | undefined;
  failed(failure: unknown): void;
}

const LISTEN_PORT = 4_001;

/** Where a node is reached that listens at this address. */
export function addressAt(ip: string, peer: string): string {
  return `/ip4/${ip}/tcp/${LISTEN_PORT}/p2p/${peer}`;
}

/** What a host listens at. */
export function ownAddress({ localIp }: Host): string {
  return `/ip4/${localIp}/tcp/${LISTEN_PORT}`;
}

/** A run of a node's network, from its start to its end: the composition that ships, over simulated wires. */
export class VirtualNode {
  readonly #parts: NodeParts;
  readonly #started: Promise<Libp2pTransport | undefined>;
  #network: Libp2p | undefined;
  #transport: Libp2pTransport | undefined;
  #ended = false;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.#started = this.#start();
  }

  async #start(): Promise<Libp2pTransport | undefined> {
    const { arrivals, clock, failed, host, options, random, seed } = this.#parts;
    try {
      const transport = await startLibp2p(
        {
          ...loopbackOptions("tcp", seed, clock),
          listen: [ownAddress(host)],
          scope: "internet",
          ...options,
        },
        {
          transports: [wireTransport(host)],
          random,
          suite: simulationSuite,
          onNetwork: (network) => (this.#network = network),
        },
      );
      if (arrivals !== undefined) this.#listen(transport, arrivals);
      this.#transport = transport;
      if (this.#ended) await transport.stop();
      return transport;
    } catch (failure) {
      // Power may fail while it starts.
      if (!this.#ended) failed(failure);
      return undefined;
    }
  }

  #listen(transport: Libp2pTransport, arrivals: Arrivals): void {
    transport.onReceive((from, bytes) => this.#ended || arrivals.datagram(from, bytes));
    transport.onGossip((from, bytes) => this.#ended || arrivals.gossip(from, bytes));
    transport.onQuestion((from, bytes, reply) => {
      if (!this.#ended) arrivals.question(from, bytes, (answer) => this.#ended || reply(answer));
    });
    transport.onRelocated(() => this.#ended || arrivals.relocated());
  }

  /** Does something once the node runs; nothing when it has ended by then. */
  when(action: (transport: Libp2pTransport) => void): void {
    void this.#started.then((transport) => {
      if (transport === undefined || this.#ended) return;
      try {
        action(transport);
      } catch (failure) {
        this.#parts.failed(failure);
      }
    });
  }

  /** The libp2p node, while it runs. */
  get network(): Libp2p | undefined {
    return this.#ended ? undefined : this.#network;
  }

  /** Once it has started, until it ends. */
  get transport(): Libp2pTransport | undefined {
    return this.#ended ? undefined : this.#transport;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Nothing of it is heard any more. Whoever ends it has cut its host off. */
  end(): void {
    this.#ended = true;
    void this.#started.then((transport) => transport?.stop()).catch(this.#parts.failed);
  }
}
