import { type CircuitRelayTransportComponents, circuitRelayTransport } from "@libp2p/circuit-relay-v2";
import {
  type Listener,
  type ListenerEvents,
  type PeerId,
  type TopologyFilter,
  type Transport,
  TypedEventEmitter,
} from "@libp2p/interface";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { locate } from "./address.ts";

/** The one address to listen at that asks for reservations. */
export const RELAYED = "/p2p-circuit";
/** Circuits through all relays to this node. */
const CIRCUITS_MAX = 128;
const RESERVE_MS_MAX = 5_000;
/** Requests to relays at once: none may wait, since every one that is granted empties the library's queue. */
const REQUESTS_MAX = 8;
/** What a relay says of where it is: more than this many addresses of one are not looked at. */
const RELAY_ADDRESSES_MAX = 16;

/**
 * Whom the library's own discovery has not looked at yet. It would ask each relay that it meets for a reservation that
 * it then does not want, and this node's own request would share that refusal.
 */
const NOBODY: TopologyFilter = { has: () => true, add() {}, remove() {} };

/** What one relay promised. */
export interface Reservation {
  /** Where the relay is, as multiaddrs; its own words. */
  readonly addrs: readonly Uint8Array[];
  /** Seconds since the epoch. */
  readonly expire: bigint;
}

interface ReservationEvent {
  readonly detail: { readonly relay: PeerId; readonly details: { readonly reservation: Reservation } };
}

/** The library's store of reservations, as far as this node uses it; the library exports the class to nobody. */
export interface ReservationStore {
  /** Asks for a reservation at a peer, which is connected, and renews it until the connection ends. */
  addRelay(relay: PeerId, type: "configured"): Promise<unknown>;
  addEventListener(
    type: "relay:created-reservation" | "relay:removed",
    listener: (event: ReservationEvent) => void,
  ): void;
}

/**
 * The transport that dials through relays, and listens at those where the store holds a reservation. The library's own
 * listeners would make a relay of whoever brings a call. `onStore`: called with the store when the node is made.
 */
export function relayTransport(
  onStore: (store: ReservationStore) => void,
): (components: CircuitRelayTransportComponents) => Transport {
  const make = circuitRelayTransport({
    maxInboundStopStreams: CIRCUITS_MAX,
    maxOutboundStopStreams: CIRCUITS_MAX,
    reservationCompletionTimeout: RESERVE_MS_MAX,
    reservationConcurrency: REQUESTS_MAX,
    discoveryFilter: NOBODY,
  });
  return (components) => {
    const transport = make(components) as Transport & { readonly reservationStore: ReservationStore };
    const { reservationStore: store } = transport;
    onStore(store);
    return Object.assign(transport, {
      listenFilter: (addresses: Multiaddr[]) => addresses.filter((address) => address.toString() === RELAYED),
      createListener: (): Listener => new ReservationListener(store, components),
    });
  };
}

/** Tells libp2p the addresses at which relays take calls for this node. */
class ReservationListener extends TypedEventEmitter<ListenerEvents> implements Listener {
  readonly #addressManager: CircuitRelayTransportComponents["addressManager"];
  /** Relay → addresses of this node behind it. */
  readonly #addresses = new Map<string, readonly Multiaddr[]>();

  constructor(store: ReservationStore, { addressManager, connectionManager }: CircuitRelayTransportComponents) {
    super();
    this.#addressManager = addressManager;
    store.addEventListener("relay:created-reservation", ({ detail: { details, relay } }) => {
      const reached = connectionManager.getConnections(relay).map(({ remoteAddr }) => remoteAddr);
      this.#set(relay, relayedAddresses(relay.toString(), details.reservation.addrs, reached));
    });
    store.addEventListener("relay:removed", ({ detail: { relay } }) => this.#set(relay, []));
  }

  listen(): Promise<void> {
    return Promise.resolve();
  }

  getAddrs(): Multiaddr[] {
    return [...this.#addresses.values()].flat();
  }

  updateAnnounceAddrs(): void {}

  close(): Promise<void> {
    this.#addresses.clear();
    queueMicrotask(() => this.safeDispatchEvent("close"));
    return Promise.resolve();
  }

  #set(relay: PeerId, addresses: readonly Multiaddr[]): void {
    const before = this.#addresses.get(relay.toString()) ?? [];
    if (addresses.length > 0) this.#addresses.set(relay.toString(), addresses);
    else this.#addresses.delete(relay.toString());
    // Nobody else has to confirm that the relay is reached: this node is connected with it.
    for (const address of addresses) this.#addressManager.confirmObservedAddr(address, { type: "transport" });
    const gone = before.filter((address) => !addresses.some((other) => other.equals(address)));
    for (const address of gone) this.#addressManager.removeObservedAddr(address);
    this.safeDispatchEvent("listening");
  }
}

/**
 * The relay's addresses with the way on from there; only those that name the relay itself, at a host where this node has
 * reached it: contacts will dial them, and a relay must not send them to somebody else. Where it names none of these,
 * the address that this node reached it by.
 */
export function relayedAddresses(
  relay: string,
  told: readonly Uint8Array[],
  reached: readonly Multiaddr[],
): readonly Multiaddr[] {
  const hosts = new Set(reached.flatMap((address) => locate(address)?.host ?? []));
  const named = told.slice(0, RELAY_ADDRESSES_MAX).flatMap((bytes) => {
    try {
      return multiaddr(bytes);
    } catch {
      return [];
    }
  });
  const usable = (addresses: readonly Multiaddr[]): readonly Multiaddr[] =>
    addresses
      .map((address) => address.encapsulate("/p2p-circuit"))
      .filter((address) => {
        const location = locate(address);
        return location?.relay === relay && hosts.has(location.host);
      });
  const confirmed = usable(named);
  return confirmed.length > 0 ? confirmed : usable(reached);
}
