import type { ConnectionGater, MultiaddrConnection } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import { locate, mayDial } from "./address.ts";
import type { Doorway } from "./doorway.ts";
import { placeOf } from "./mesh/index.ts";
import type { Scope } from "./reach.ts";

/** Connections from one place, see {@link placeOf}. Homes and offices share one; whom a relay brings is not counted. */
export const PLACE_CONNECTIONS_MAX = 32;

/** What decides who is let in. */
export interface Rules {
  readonly scope: Scope;
  readonly doorway: Pick<Doorway, "enter" | "leave">;
  /** Whether a peer misbehaved lately. */
  refused(peer: string): boolean;
  /** Open connections from this place. */
  connectionsFrom(place: string): number;
  /** Whether this peer is connected directly from a local network. */
  isLocal(peer: string): boolean;
  /** Whether this node asked that relay to take calls for it. */
  isOwnRelay(peer: string): boolean;
  /** Whether the relay that this node is has room for one more peer at this one's place. */
  mayReserve(peer: string): boolean;
  /** Whether this peer may have this node relay one more circuit. */
  mayRelay(from: string, to: string): boolean;
}

/** Holds the rules against everything that libp2p does by itself too: what peers, the DHT and mDNS tell it to dial. */
export function connectionGater(rules: Rules): ConnectionGater {
  const within = (address: Multiaddr): boolean => {
    const location = locate(address);
    return location !== undefined && mayDial(location, rules.scope);
  };
  return {
    denyDialPeer: (peer) => rules.refused(peer.toString()),
    denyDialMultiaddr: (address) => !within(address),
    denyInboundConnection: (connection: MultiaddrConnection) => {
      const place = placeOf(connection.remoteAddr);
      if (place !== undefined && rules.connectionsFrom(place) >= PLACE_CONNECTIONS_MAX) return true;
      rules.doorway.enter(connection);
      return false;
    },
    denyInboundUpgradedConnection: (_, connection) => {
      rules.doorway.leave(connection);
      return false;
    },
    denyInboundEncryptedConnection: (peer) => rules.refused(peer.toString()),
    denyOutboundEncryptedConnection: (peer) => rules.refused(peer.toString()),
    denyInboundRelayReservation: (peer) => !rules.mayReserve(peer.toString()),
    denyOutboundRelayedConnection: (from, to) => !rules.mayRelay(from.toString(), to.toString()),
    denyInboundRelayedConnection: (relay, peer) =>
      !rules.isOwnRelay(relay.toString()) || rules.refused(peer.toString()),
    // Not what is not to be dialled anyway; peers tell many addresses.
    // And on the internet, what strangers say of local networks is about somebody else's, or about this node's own.
    filterMultiaddrForPeer: (peer, address) =>
      within(address) &&
      (rules.scope !== "internet" || locate(address)?.scope === "internet" || rules.isLocal(peer.toString())),
  };
}
