import { RELAY_V2_HOP_CODEC } from "@libp2p/circuit-relay-v2";
import type { IdentifyResult, PeerId } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import { BoundedMap } from "../../core/safety/index.ts";
import type { PeerAddress } from "./address.ts";
import { Backoff } from "./backoff.ts";
import type { ReservationStore } from "./relay-transport.ts";

/**
 * Relays that this node may be reached through at the same time; and one more, that was named, while none of them was:
 * whom one meets by chance may have come for that, grant and put nobody through.
 */
export const RESERVATIONS_HELD_MAX = 2;
/** Relays met by chance that are remembered. */
const DISCOVERED_MAX = 32;
const DIAL_MS_MAX = 5_000;
/** A relay that grants and soon goes has failed: asking it again at once would be a loop that it drives. */
const LASTING_MS = 60_000;

interface Candidate {
  /** Where a relay that was named is, or who it is that was met. */
  readonly at: Multiaddr | PeerId;
  readonly named: boolean;
  readonly backoff: Backoff;
}

/**
 * Keeps this node reachable through relays: up to {@link RESERVATIONS_HELD_MAX} reservations, at relays that were named
 * first and then at others that are connected; when a relay goes, the next one takes its place. The library's own
 * discovery would dial every peer that it hears of.
 */
export class Reservations {
  readonly #named: ReadonlyMap<string, Candidate>;
  readonly #discovered = new BoundedMap<string, Candidate>(DISCOVERED_MAX);
  /** Relay → when it granted first, and when the reservation ends, in ms since the epoch. */
  readonly #held = new Map<string, { readonly since: number; readonly expiresMs: number }>();
  readonly #asking = new Set<string>();
  #network: Pick<Libp2p, "dial"> | undefined;
  #store: ReservationStore | undefined;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;

  /** `named`: tried in this order. */
  constructor(named: readonly PeerAddress[]) {
    this.#named = new Map(named.map(({ multiaddr: at, peer }) => [peer, { at, named: true, backoff: new Backoff() }]));
  }

  /** Call it once the node has started. */
  start(network: Pick<Libp2p, "dial" | "addEventListener">, store: ReservationStore): void {
    this.#network = network;
    this.#store = store;
    store.addEventListener("relay:created-reservation", ({ detail: { details, relay } }) => {
      const peer = relay.toString();
      const since = this.#held.get(peer)?.since ?? Date.now();
      this.#held.set(peer, { since, expiresMs: Number(details.reservation.expire) * 1_000 });
    });
    store.addEventListener("relay:removed", ({ detail: { relay } }) => {
      this.#lose(relay.toString());
      this.#fill();
    });
    network.addEventListener("peer:identify", ({ detail }) => this.#meet(detail));
    this.#fill();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
  }

  /** Peer ids of the relays, and when each reservation ends unless it is renewed, in ms since the epoch. */
  get held(): readonly { readonly peer: string; readonly expiresMs: number }[] {
    return [...this.#held].map(([peer, { expiresMs }]) => ({ peer, expiresMs }));
  }

  /** Whether this node asked the peer to take calls for it. */
  holds(peer: string): boolean {
    return this.#held.has(peer) || this.#asking.has(peer);
  }

  #lose(peer: string): void {
    const now = Date.now();
    const lasted = now - (this.#held.get(peer)?.since ?? now);
    this.#held.delete(peer);
    const backoff = (this.#named.get(peer) ?? this.#discovered.get(peer))?.backoff;
    if (lasted >= LASTING_MS) backoff?.succeeded();
    else backoff?.failed(now);
  }

  #meet({ connection, peerId, protocols }: IdentifyResult): void {
    const peer = peerId.toString();
    // Not whoever comes and offers to: a relay sees who calls this node.
    if (connection.direction !== "outbound" || connection.limits !== undefined) return;
    if (!protocols.includes(RELAY_V2_HOP_CODEC)) return;
    if (this.#named.has(peer) || this.#discovered.has(peer)) return;
    this.#discovered.set(peer, { at: peerId, named: false, backoff: new Backoff() });
    this.#fill();
  }

  /** Asks as many relays as reservations are missing; again when the next one may be tried. */
  #fill(): void {
    clearTimeout(this.#retry);
    if (this.#stopped) return;
    const now = Date.now();
    const relied = [...this.#held.keys(), ...this.#asking];
    const missing = RESERVATIONS_HELD_MAX - relied.length;
    const isComplete = missing <= 0 && relied.some((peer) => this.#named.has(peer));
    const free = [...this.#named, ...this.#discovered.entries()].filter(
      ([peer, { named }]) => !isComplete && !this.holds(peer) && (missing > 0 || named),
    );
    // The sort is stable: named ones stay before discovered ones that failed as often.
    const ready = free
      .filter(([, { backoff }]) => backoff.notBefore <= now)
      .toSorted(([, a], [, b]) => a.backoff.failures - b.backoff.failures)
      .slice(0, Math.max(missing, 1));
    for (const [peer, candidate] of ready) void this.#reserve(peer, candidate);
    const later = free.map(([, { backoff }]) => backoff.notBefore).filter((time) => time > now);
    if (ready.length >= Math.max(missing, 1) || later.length === 0) return;
    this.#retry = setTimeout(() => this.#fill(), Math.min(...later) - now);
  }

  async #reserve(peer: string, { at, backoff, named }: Candidate): Promise<void> {
    this.#asking.add(peer);
    try {
      const connection = await this.#network?.dial(at, { signal: AbortSignal.timeout(DIAL_MS_MAX) });
      if (connection === undefined) return;
      await this.#store?.addRelay(connection.remotePeer, "configured");
    } catch {
      // Not there, no relay, or full: another one, and this one again later.
      backoff.failed(Date.now());
      if (!named) this.#discovered.delete(peer);
    } finally {
      this.#asking.delete(peer);
      this.#fill();
    }
  }
}
