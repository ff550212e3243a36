import type { KadDHT } from "@libp2p/kad-dht";
import type { PeerId } from "@libp2p/interface";
import type { Libp2p } from "libp2p";

/** The name of the service in libp2p. */
export const DHT = "dht";

/** Without a DHT a node finds the records that it published itself. */
export const NO_DHT: Pick<KadDHT, "get" | "put"> = { async *get() {}, async *put() {} };

/** The library's class has more than its type says. */
type Dht = KadDHT & {
  readonly routingTable: {
    readonly size: number;
    readonly kb: { toIterable(): Iterable<{ readonly peerId: PeerId }> };
  };
};

export function dhtOf({ services }: Pick<Libp2p, "services">): Dht | undefined {
  return (services as Readonly<Record<string, unknown>>)[DHT] as Dht | undefined;
}
