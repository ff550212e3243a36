import { randomUUID } from "node:crypto";
import { identify } from "@libp2p/identify";
import type { Stream } from "@libp2p/interface";
import { type KadDHT, kadDHT, passthroughMapper } from "@libp2p/kad-dht";
import { memory } from "@libp2p/memory";
import { ping } from "@libp2p/ping";
import type { Libp2p } from "libp2p";
import { strangerNode } from "../nodes.testing.ts";
import { KAD_PROTOCOL } from "./supervision.ts";

/** A server that verifies nothing: it keeps, tells and puts whatever it likes. */
export interface Liar {
  readonly network: Libp2p;
  readonly dht: KadDHT & { readonly routingTable: { readonly size: number } };
}

async function stranger(services: object): Promise<Libp2p> {
  return strangerNode({
    addresses: { listen: [`/memory/${randomUUID()}`] },
    transports: [memory()],
    connectionGater: { denyDialMultiaddr: () => false },
    services: { identify: identify(), ping: ping(), ...services } as never,
  });
}

export async function liar(): Promise<Liar> {
  const service = kadDHT({
    protocol: KAD_PROTOCOL,
    clientMode: false,
    initialQuerySelfInterval: 100,
    peerInfoMapper: passthroughMapper,
    validators: { chhaya: () => {} },
    selectors: { chhaya: () => 0 },
  });
  const network = await stranger({ dht: service });
  return { network, dht: (network.services as unknown as { readonly dht: Liar["dht"] }).dht };
}

/** Puts a value, and goes on when it is held by the liar itself and everybody has said what they say to it. */
export async function lie({ dht }: Liar, key: Uint8Array, value: Uint8Array): Promise<void> {
  try {
    for await (const _ of dht.put(key, value, { signal: AbortSignal.timeout(1_500) }));
  } catch {
    // Nobody took it.
  }
}

/** A peer that speaks the protocol as `answer` does. */
export async function actor(answer: (stream: Stream) => void): Promise<Libp2p> {
  const network = await stranger({});
  await network.handle(KAD_PROTOCOL, (stream) => answer(stream));
  return network;
}
