import { type Component, type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { isWithin, type Scope, scopeOf } from "./reach.ts";

/** The longest address string that is looked at or told; contact cards carry at most 256 bytes. */
export const ADDRESS_CHARACTERS_MAX = 256;

/** How the bytes travel; with a relay, how they travel to the relay. */
export type Carrier = "quic" | "tcp" | "ws" | "webrtc-direct" | "memory";

/** Where something is: which of the world's networks, by which carrier, and behind which relay. */
export interface Location {
  readonly carrier: Carrier;
  readonly scope: Scope;
  /** The IP address; the name for `memory`. */
  readonly host: string;
  /** The peer id of the relay on the way. */
  readonly relay: string | undefined;
  /** A direct connection by WebRTC, for which the relay only carries the offer and the answer. */
  readonly signalled: boolean;
  /** The peer id in base58; absent from an address that names only a place. */
  readonly peer: string | undefined;
}

/** Where and whom to dial. */
export interface PeerAddress extends Location {
  /** The peer id in base58: what the remote end has to prove. */
  readonly peer: string;
  readonly multiaddr: Multiaddr;
}

/**
 * An Ed25519 key, inlined (multihash "identity") and in base58, so that one peer has exactly one spelling.
 */
const PEER_ID = /^12D3KooW[1-9A-HJ-NP-Za-km-z]{44}$/;

/**
 * The protocols of an address, in order. No names: `dns4`, `dns6` and `dnsaddr` in a card or from a peer would have
 * this node ask a resolver of the other's choice, and may turn into any address after they were judged. No
 * `p2p-circuit` twice, and no TLS, which needs a name to certify. A peer that dialled by WebRTC has no certificate
 * hash in its address; it is reached by the connection that it opened.
 */
const FORM =
  /^(?:(?<ip>ip4|ip6)\/(?<way>udp\/quic-v1|tcp|tcp\/ws|udp\/webrtc-direct(?:\/certhash){0,2})|(?<memory>memory))(?<first>\/p2p)?(?<circuit>\/p2p-circuit(?<webrtc>\/webrtc)?(?<second>\/p2p)?)?$/;

const CARRIERS: readonly (readonly [prefix: string, carrier: Carrier])[] = [
  ["udp/quic-v1", "quic"],
  ["tcp/ws", "ws"],
  ["tcp", "tcp"],
  ["udp/webrtc-direct", "webrtc-direct"],
];

/** Connections are asked about time and again, and their addresses do not change. */
const located = new WeakMap<Multiaddr, Location | "nowhere">();

/** Undefined for an address of no known form. */
export function locate(address: Multiaddr): Location | undefined {
  let location = located.get(address);
  if (location === undefined) located.set(address, (location = read(address) ?? "nowhere"));
  return location === "nowhere" ? undefined : location;
}

function read(address: Multiaddr): Location | undefined {
  const components = address.getComponents();
  const form = FORM.exec(components.map(({ name }) => name).join("/"))?.groups;
  if (form === undefined) return undefined;
  const host = components[0]?.value ?? "";
  const scope = form["memory"] === undefined ? scopeOf(host) : "loopback";
  const peers = peersOf(components);
  if (scope === undefined || peers === undefined) return undefined;
  const way = form["way"];
  const carrier = way === undefined ? "memory" : CARRIERS.find(([prefix]) => way.startsWith(prefix))?.[1];
  if (carrier === undefined) return undefined;
  const circuit = form["circuit"] !== undefined;
  // Whoever relays must be named, or anybody could stand there and see who wants whom.
  if (circuit && form["first"] === undefined) return undefined;
  const [relay, peer] = circuit ? peers : [undefined, peers[0]];
  return { carrier, scope, host, relay, signalled: form["webrtc"] !== undefined, peer };
}

function peersOf(components: readonly Component[]): readonly string[] | undefined {
  const peers = components.filter(({ name }) => name === "p2p").map(({ value }) => value ?? "");
  return peers.every((peer) => PEER_ID.test(peer)) ? peers : undefined;
}

/**
 * Whether a node of this scope may dial the address. A signalled connection goes wherever the other end says. A node on
 * the internet dials nobody on its own machine: what strangers name there are other programs.
 */
export function mayDial(location: Location, scope: Scope): boolean {
  if (scope === "internet" && location.scope === "loopback") return false;
  return isWithin(location.signalled ? "internet" : location.scope, scope);
}

/**
 * Reads an address from outside. Total: undefined for anything but QUIC, TCP, WebSockets or WebRTC-Direct at an IP
 * address within `scope`, perhaps through one relay, and the id of the peer that is to be there.
 */
export function parseAddress(text: string, scope: Scope): PeerAddress | undefined {
  if (text.length > ADDRESS_CHARACTERS_MAX) return undefined;
  let parsed: Multiaddr;
  try {
    parsed = multiaddr(text);
  } catch {
    return undefined;
  }
  const location = locate(parsed);
  if (location?.peer === undefined || !mayDial(location, scope)) return undefined;
  return { ...location, peer: location.peer, multiaddr: parsed };
}
