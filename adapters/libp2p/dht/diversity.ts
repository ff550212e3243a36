import { AsyncLocalStorage } from "node:async_hooks";
import type { PeerId } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import { networkOf, placeOf } from "../mesh/index.ts";

/**
 * Peers at one place that a lookup asks, and that the routing table holds. A home has so many; beyond that identities are
 * made to surround a key: with twenty of its own nearest to one, who owns a single address would have a record to itself.
 */
export const PLACE_PEERS_MAX = 3;
/** And those in one network, see {@link networkOf}. */
export const NETWORK_PEERS_MAX = 6;

/** Places by the peers that are there; those through relays and on this machine have none, and count for nothing. */
export class Places {
  readonly #places = new Map<string, Set<string>>();
  readonly #networks = new Map<string, Set<string>>();

  /** Whether a peer that is connected from `address` is among the first at its place, and in its network. */
  admit(peer: string, address: Multiaddr): boolean {
    const place = placeOf(address);
    if (place === undefined) return true;
    const network = networkOf(place);
    const here = this.#places.get(place) ?? new Set();
    const around = this.#networks.get(network) ?? new Set();
    if (here.has(peer)) return true;
    if (here.size >= PLACE_PEERS_MAX || around.size >= NETWORK_PEERS_MAX) return false;
    this.#places.set(place, here.add(peer));
    this.#networks.set(network, around.add(peer));
    return true;
  }
}

/** The lookups that are under way, each with the places that it has asked at. */
export class Lookups {
  readonly #current = new AsyncLocalStorage<Places>();

  /** Whether the lookup that this is a part of, if any, asks this peer. */
  admit(peer: string, address: Multiaddr): boolean {
    return this.#current.getStore()?.admit(peer, address) ?? true;
  }

  /** What `begin` yields, as one lookup. */
  async *run<T>(begin: () => AsyncIterable<T>): AsyncGenerator<T, void, undefined> {
    const places = new Places();
    const events = this.#current.run(places, () => begin()[Symbol.asyncIterator]());
    try {
      for (;;) {
        const next = await this.#current.run(places, () => events.next());
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      await this.#current.run(places, () => events.return?.());
    }
  }
}

interface Contact {
  readonly peerId: PeerId;
}

/** The library's table, as far as it is used here. */
export interface Table {
  toIterable(): Iterable<Contact>;
  verify(contact: Contact, options?: unknown): Promise<boolean>;
}

/** Holds the table to the same numbers of peers at one place and in one network. `addressOf`: of an open connection. */
export function spreadTable(table: Table, addressOf: (peer: PeerId) => Multiaddr | undefined): void {
  const verify = table.verify.bind(table);
  /** Where peers of the table were when they came into it. */
  let known = new Map<string, Multiaddr>();
  table.verify = async (contact, options) => {
    if (!(await verify(contact, options))) return false;
    const peer = contact.peerId.toString();
    const address = addressOf(contact.peerId);
    // Whoever is gone already cannot be told from others at its place.
    if (address === undefined) return false;
    const held = [...table.toIterable()].map(({ peerId }) => peerId.toString());
    known = new Map(held.flatMap((name) => (known.has(name) ? [[name, known.get(name) as Multiaddr] as const] : [])));
    const places = new Places();
    for (const [name, at] of known) places.admit(name, at);
    if (!places.admit(peer, address)) return false;
    known.set(peer, address);
    return true;
  };
}
