import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";

/** The longest address string that is looked at; contact cards carry at most 256 bytes. */
const ADDRESS_CHARACTERS_MAX = 256;

/**
 * Loopback only: nothing outside this machine is ever dialled, whatever a card or a peer names, and no name
 * is resolved. The peer id is an Ed25519 key, inlined (multihash "identity") and in base58, so that one peer
 * has exactly one spelling.
 */
const LOOPBACK =
  /^\/ip4\/127\.\d{1,3}\.\d{1,3}\.\d{1,3}\/(?:udp\/\d{1,5}\/quic-v1|tcp\/\d{1,5})\/p2p\/(12D3KooW[1-9A-HJ-NP-Za-km-z]{44})$/;

/** Where and whom to dial. */
export interface PeerAddress {
  /** The peer id in base58: what the remote end has to prove. */
  readonly peer: string;
  readonly multiaddr: Multiaddr;
}

/** Reads an address from outside. Total: undefined for anything but a loopback QUIC or TCP address with a peer id. */
export function parseAddress(text: string): PeerAddress | undefined {
  if (text.length > ADDRESS_CHARACTERS_MAX) return undefined;
  const peer = LOOPBACK.exec(text)?.[1];
  if (peer === undefined) return undefined;
  try {
    return { peer, multiaddr: multiaddr(text) };
  } catch {
    // The expression admits ports above 65535, octets above 255 and ids that are no key; the library does not.
    return undefined;
  }
}
