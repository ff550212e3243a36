import { type GossipsubMessage, TopicValidatorResult } from "@libp2p/gossipsub";
import type { Libp2p } from "libp2p";
import { type Address, type Clock, GOSSIP_BYTES_MAX } from "../../../core/node/index.ts";
import { assert, BoundedMap } from "../../../core/safety/index.ts";
import { type Random, type Suite } from "../../../core/suite/index.ts";
import { NONCE_BYTES, unwrap, wrap } from "./message.ts";
import { asRouter, type Router, TOPIC } from "./router.ts";
import { type Delivery, type Verdict, Verdicts } from "./verdicts.ts";

/** What was published while there was nobody to hear it; beyond it the oldest is forgotten. */
export const UNHEARD_MAX = 64;

const RESULTS: Readonly<Record<Verdict, TopicValidatorResult>> = {
  accept: TopicValidatorResult.Accept,
  ignore: TopicValidatorResult.Ignore,
};

export interface MeshStatus {
  /** Connected peers that take part. */
  readonly peers: number;
  /** Of these, the neighbours that messages are given to. */
  readonly mesh: number;
}

export interface MeshParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly suite: Pick<Suite, "sha256">;
}

/**
 * Spreads what the engine publishes, and hands it what comes. Nothing is forwarded by itself: the engine publishes what
 * was new to it and verified, and only then the message that it came in travels on.
 */
export class Mesh {
  readonly #network: Libp2p;
  readonly #router: Router;
  readonly #parts: MeshParts;
  readonly #verdicts: Verdicts;
  readonly #unheard = new BoundedMap<string, Uint8Array>(UNHEARD_MAX);
  #handler: ((from: Address, bytes: Uint8Array) => void) | undefined;
  #stopped = false;

  /** `network` runs {@link gossipMesh} as its service `pubsub`. */
  constructor(network: Libp2p, parts: MeshParts) {
    this.#network = network;
    this.#router = asRouter((network.services as Readonly<Record<string, unknown>>)["pubsub"]);
    this.#parts = parts;
    this.#verdicts = new Verdicts(parts.clock, (delivery, verdict) => this.#report(delivery, verdict));
    this.#router.addEventListener("gossipsub:message", ({ detail }) => this.#take(detail));
    this.#router.addEventListener("gossipsub:graft", () => this.#publishUnheard());
  }

  get status(): MeshStatus {
    return { peers: this.#router.getSubscribers(TOPIC).length, mesh: this.#router.getMeshPeers(TOPIC).length };
  }

  /** To the neighbours; longer than GOSSIP_BYTES_MAX is dropped. With no neighbour, to the next one. */
  publish(content: Uint8Array): void {
    if (this.#stopped || content.length > GOSSIP_BYTES_MAX) return;
    const name = this.#nameOf(content);
    if (!this.#verdicts.accept(name)) void this.#send(name, new Uint8Array(content));
  }

  /**
   * One handler; set once. `from`: by which address the neighbour is connected that brought it. Until then this node is
   * on nobody's mesh: what it does not judge it does not pass on, and it would have the place of somebody who does.
   */
  onGossip(handler: (from: Address, bytes: Uint8Array) => void): void {
    assert(this.#handler === undefined, "a mesh has one handler");
    this.#handler = handler;
    if (this.#network.status === "started") this.#router.subscribe(TOPIC);
    else this.#network.addEventListener("start", () => this.#router.subscribe(TOPIC), { once: true });
  }

  /** Call it before the network stops. */
  stop(): void {
    this.#verdicts.stop();
    this.#stopped = true;
  }

  #nameOf(content: Uint8Array): string {
    return Buffer.from(this.#parts.suite.sha256(content)).toString("base64");
  }

  async #send(name: string, content: Uint8Array): Promise<void> {
    try {
      const message = wrap(this.#parts.random.bytes(NONCE_BYTES), content);
      const { recipients } = await this.#router.publish(TOPIC, message);
      if (recipients.length > 0) return;
    } catch {
      // Not started yet, or stopped by now.
    }
    if (!this.#stopped) this.#unheard.set(name, content);
  }

  #publishUnheard(): void {
    if (this.#stopped) return;
    for (const [name, content] of [...this.#unheard.entries()]) {
      this.#unheard.delete(name);
      void this.#send(name, content);
    }
  }

  #take({ msg, msgId, propagationSource }: GossipsubMessage): void {
    if (this.#stopped || msg.topic !== TOPIC) return;
    const delivery = { id: msgId, source: propagationSource.toString() };
    const content = unwrap(msg.data);
    const from = this.#network
      .getConnections(propagationSource)
      .toSorted((a, b) => Number(b.direct) - Number(a.direct))[0]?.remoteAddr;
    // The router judged its form; whoever is gone by now cannot be asked about it.
    if (content === undefined || from === undefined) {
      this.#report(delivery, "ignore");
      return;
    }
    this.#verdicts.await(delivery, this.#nameOf(content));
    this.#handler?.(from.toString(), content);
  }

  #report({ id, source }: Delivery, verdict: Verdict): void {
    this.#router.reportMessageValidationResult(id, source, RESULTS[verdict]);
  }
}
