import type { PeerInfo } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import { BoundedMap } from "../../core/safety/index.ts";
import { parseAddress, type PeerAddress } from "./address.ts";
import { Backoff } from "./backoff.ts";

/** Peers that are remembered beside the bootstrap peers; beyond it the one named longest ago is forgotten. */
export const KNOWN_PEERS_MAX = 256;
/** Peers that told of themselves on the local network; anybody there can make up more. */
const FOUND_PEERS_MAX = 32;
/** With so many peers connected, none is dialled for company. */
export const NEIGHBOURS_WANTED = 8;
const DIALS_MAX = 16;
const DIAL_MS_MAX = 10_000;
const CHECK_MS = 2_000;

interface Neighbour {
  at: Multiaddr;
  readonly backoff: Backoff;
  dialling: boolean;
}

/**
 * Keeps company: whoever is named is dialled at once, and while few peers are connected, bootstrap peers and known ones
 * are dialled again, each less often the more often it failed.
 */
export class Neighbours {
  readonly #network: Libp2p;
  readonly #bootstrap: ReadonlyMap<string, Neighbour>;
  readonly #known = new BoundedMap<string, Neighbour>(KNOWN_PEERS_MAX);
  readonly #found = new BoundedMap<string, Neighbour>(FOUND_PEERS_MAX);
  #check: NodeJS.Timeout | undefined;

  constructor(network: Libp2p, bootstrap: readonly PeerAddress[]) {
    this.#network = network;
    this.#bootstrap = new Map(bootstrap.map((address) => [address.peer, neighbourAt(address)]));
  }

  start(): void {
    this.#check = setInterval(() => this.#dialSome(), CHECK_MS);
    this.#dialSome();
  }

  stop(): void {
    clearInterval(this.#check);
    this.#check = undefined;
  }

  /** Remembers a peer that the user or a contact named, and dials it when it is not connected. */
  add(address: PeerAddress): void {
    this.#remember(this.#known, address);
  }

  /** A peer told the local network where it is. */
  find({ id, multiaddrs }: PeerInfo): void {
    const told = multiaddrs.map((address) => parseAddress(`${address.toString()}/p2p/${id.toString()}`, "private"));
    const address = told.find((found) => found !== undefined);
    if (address !== undefined) this.#remember(this.#found, address);
  }

  #remember(peers: BoundedMap<string, Neighbour>, address: PeerAddress): void {
    const { multiaddr: at, peer } = address;
    const before = peers.get(peer);
    // Another address does not wipe out what failed: whoever changes it all the time is dialled no more often.
    peers.set(peer, before === undefined ? neighbourAt(address) : Object.assign(before, { at }));
    this.#dialSome(peer);
  }

  /** Whether the user, a contact or the local network named this peer. */
  knows(peer: string): boolean {
    return this.#known.has(peer) || this.#bootstrap.has(peer) || this.#found.has(peer);
  }

  /** Where a peer was last said to be. */
  addressOf(peer: string): Multiaddr | undefined {
    return (this.#known.get(peer) ?? this.#bootstrap.get(peer) ?? this.#found.get(peer))?.at;
  }

  /** Whoever `named` names, in any case; others for as long as company is wanted. */
  #dialSome(named?: string): void {
    if (this.#check === undefined) return;
    const connected = new Set(this.#network.getConnections().map(({ remotePeer }) => remotePeer.toString()));
    if (named === undefined && connected.size >= NEIGHBOURS_WANTED) return;
    const all = [...this.#bootstrap, ...this.#known.entries(), ...this.#found.entries()];
    let dialling = all.filter(([, neighbour]) => neighbour.dialling).length;
    const now = Date.now();
    const ready = all
      .filter(([peer, { backoff, dialling: underway }]) => {
        return !underway && !connected.has(peer) && backoff.notBefore <= now;
      })
      .toSorted(
        ([a, x], [b, y]) => Number(b === named) - Number(a === named) || x.backoff.failures - y.backoff.failures,
      );
    for (const [peer, neighbour] of ready) {
      if (dialling >= DIALS_MAX || (peer !== named && connected.size + dialling >= NEIGHBOURS_WANTED)) return;
      dialling++;
      void this.#dial(neighbour);
    }
  }

  async #dial(neighbour: Neighbour): Promise<void> {
    neighbour.dialling = true;
    try {
      await this.#network.dial(neighbour.at, { signal: AbortSignal.timeout(DIAL_MS_MAX) });
      neighbour.backoff.succeeded();
    } catch {
      neighbour.backoff.failed(Date.now());
    } finally {
      neighbour.dialling = false;
    }
  }
}

function neighbourAt({ multiaddr: at }: PeerAddress): Neighbour {
  return { at, backoff: new Backoff(), dialling: false };
}
