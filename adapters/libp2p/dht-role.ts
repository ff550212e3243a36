import type { Connection, IdentifyResult } from "@libp2p/interface";
import type { KadDHT } from "@libp2p/kad-dht";
import type { Libp2p } from "libp2p";
import { locate, parseAddress } from "./address.ts";
import { KAD_PROTOCOL } from "./dht/index.ts";

/** Peers come and go in bursts: the role is decided so long after the first of them. */
const SETTLING_MS = 500;

export type Role = "server" | "client";

/**
 * Whoever is reached from everywhere serves. Whoever is not leaves it to those who are, since lookups would try in vain
 * to reach it; but only where there are such, which this node has reached itself: where there are none, as between two
 * machines of one household, all serve. `addresses`: those that this node tells. `servers`: open connections with peers
 * that serve.
 */
export function roleIn(
  addresses: readonly string[],
  servers: readonly Pick<Connection, "direction" | "remoteAddr">[],
): Role {
  const isPublic = (text: string): boolean => {
    const location = parseAddress(text, "internet");
    return location?.scope === "internet" && location.relay === undefined;
  };
  if (addresses.some(isPublic)) return "server";
  const reached = servers.some(({ direction, remoteAddr }) => {
    const location = locate(remoteAddr);
    return direction === "outbound" && location?.scope === "internet" && location.relay === undefined;
  });
  return reached ? "client" : "server";
}

/** Has a node take the role in the DHT that its surroundings ask for. */
export class DhtRole {
  readonly #network: Libp2p;
  readonly #dht: Pick<KadDHT, "getMode" | "setMode">;
  readonly #addresses: () => readonly string[];
  /** Connected peers that said that they serve. */
  readonly #servers = new Set<string>();
  #settling: NodeJS.Timeout | undefined;
  #stopped = false;

  /** `addresses`: those that this node tells. */
  constructor(network: Libp2p, dht: Pick<KadDHT, "getMode" | "setMode">, addresses: () => readonly string[]) {
    this.#network = network;
    this.#dht = dht;
    this.#addresses = addresses;
    network.addEventListener("peer:identify", ({ detail }) => this.#meet(detail));
    network.addEventListener("peer:disconnect", ({ detail }) => {
      if (this.#servers.delete(detail.toString())) this.#settle();
    });
    network.addEventListener("self:peer:update", () => this.#settle());
    network.addEventListener("start", () => this.#settle());
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#settling);
  }

  #meet({ peerId, protocols }: IdentifyResult): void {
    if (protocols.includes(KAD_PROTOCOL)) this.#servers.add(peerId.toString());
    else this.#servers.delete(peerId.toString());
    this.#settle();
  }

  #settle(): void {
    if (!this.#stopped) this.#settling ??= setTimeout(() => void this.#decide(), SETTLING_MS);
  }

  async #decide(): Promise<void> {
    this.#settling = undefined;
    const connections = this.#network.getConnections();
    const servers = connections.filter(({ remotePeer }) => this.#servers.has(remotePeer.toString()));
    const role = roleIn(this.#addresses(), servers);
    if (role === this.#dht.getMode()) return;
    try {
      await this.#dht.setMode(role);
    } catch {
      // The node stops, or the next change decides again.
    }
  }
}
