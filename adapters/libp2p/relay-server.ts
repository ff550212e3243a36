import {
  circuitRelayServer,
  type CircuitRelayServerComponents,
  type CircuitRelayService,
} from "@libp2p/circuit-relay-v2";
import type { Libp2p } from "libp2p";
import { assert } from "../../core/safety/index.ts";
import { placeOf } from "./mesh/index.ts";
import type { Conduct } from "./conduct/index.ts";
import type { Connections } from "./connections.ts";
import { withCircuits } from "./relay-circuits.ts";
import { Circuits, makeRoom } from "./relay-room.ts";

/** Peers that may be reached through this node. One is a connection kept open, and little else. */
export const RELAY_RESERVATIONS_MAX = 128;
/** Of them, those at one place: so many live behind one router, and identities cost nothing to make. */
export const RELAY_RESERVATIONS_PER_PLACE_MAX = 8;
/** A reservation lasts this long; its holder renews it five minutes before. What crashed peers held is free again soon. */
export const RELAY_RESERVATION_MS = 1_200_000;
/**
 * A circuit is cut after this long or so many bytes, counted both ways. The common default of 2 minutes and 128 KiB is
 * meant for arranging a direct connection: two datagrams of 64 KiB would use it up. People who cannot connect directly
 * talk for hours: two hours with one 4 KiB packet each way a second are 60 MB. Whoever needs more dials anew.
 */
export const RELAY_CIRCUIT_MS = 7_200_000;
export const RELAY_CIRCUIT_BYTES = 268_435_456n;
/** Circuits that one peer opens at once, and those that lead to one; where these are all taken, see {@link makeRoom}. */
export const RELAY_CIRCUITS_FROM_MAX = 16;
export const RELAY_CIRCUITS_TO_MAX = 64;
const HOP_MS_MAX = 10_000;

/** The name of the service in libp2p. */
export const RELAY = "relay";

export function relayServer(): (components: CircuitRelayServerComponents) => CircuitRelayService {
  const make = circuitRelayServer({
    hopTimeout: HOP_MS_MAX,
    maxInboundHopStreams: RELAY_CIRCUITS_FROM_MAX,
    // Those that gave way to others may not all be closed yet.
    maxOutboundStopStreams: 2 * RELAY_CIRCUITS_TO_MAX,
    reservations: {
      maxReservations: RELAY_RESERVATIONS_MAX,
      reservationTtl: RELAY_RESERVATION_MS,
      // The library counts this in milliseconds, and tells it as such where the specification has seconds.
      defaultDurationLimit: RELAY_CIRCUIT_MS,
      defaultDataLimit: RELAY_CIRCUIT_BYTES,
    },
  });
  return (components) => make(withCircuits(components, new Circuits(RELAY_CIRCUITS_TO_MAX)));
}

/** The relay that a node serves. */
export function relayOf(network: Libp2p): CircuitRelayService {
  const service = (network.services as Readonly<Record<string, unknown>>)[RELAY];
  assert(service !== undefined, "this node serves no relay");
  return service as CircuitRelayService;
}

/** Whether a peer may reserve, or renew what it holds; on one machine all may. Somebody else may have to go for it. */
export function mayReserve(
  peer: string,
  { reservations }: Pick<CircuitRelayService, "reservations">,
  connections: Pick<Connections, "addressOf" | "abort">,
  conduct: Pick<Conduct, "admit">,
): boolean {
  if (!conduct.admit(peer, "reservation", 0)) return false;
  const addr = connections.addressOf(peer);
  const place = addr && placeOf(addr);
  if (addr === undefined || place === undefined) return true;
  const others = [...reservations.entries()].filter(([holder]) => holder.toString() !== peer);
  const neighbours = others.filter(([, held]) => placeOf(held.addr) === place);
  if (neighbours.length >= RELAY_RESERVATIONS_PER_PLACE_MAX) return false;
  const occupants = others.map(([holder, held]) => ({
    addr: held.addr,
    end: () => {
      held.signal.clear();
      reservations.delete(holder);
      // Or it would not know, and count on this relay.
      connections.abort(holder.toString(), "others need the room");
    },
  }));
  return makeRoom(addr, occupants, RELAY_RESERVATIONS_MAX);
}

/** A reservation is of no use once its holder is gone, and the library would keep it until it expires. */
export function releaseOnDisconnect(network: Libp2p, { reservations }: CircuitRelayService): void {
  network.addEventListener("peer:disconnect", ({ detail }) => {
    // Or its end would end a later reservation of the same peer.
    reservations.get(detail)?.signal.clear();
    reservations.delete(detail);
  });
}
