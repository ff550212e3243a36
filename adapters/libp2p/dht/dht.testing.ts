import { randomUUID } from "node:crypto";
import { identify } from "@libp2p/identify";
import type { KadDHT } from "@libp2p/kad-dht";
import { memory } from "@libp2p/memory";
import { ping } from "@libp2p/ping";
import type { Libp2p, Libp2pOptions } from "libp2p";
import { expect } from "vitest";
import { contentRecord, recordKeyOf, signRecord } from "../../../core/record/index.ts";
import { Secret } from "../../../core/safety/index.ts";
import { systemClock } from "../../clock/index.ts";
import { nativeSuite } from "../../suite/index.ts";
import { Conduct } from "../conduct/index.ts";
import { POLL, strangerNode, tended } from "../nodes.testing.ts";
import { type DhtMode, DhtRecords, recordDht } from "./index.ts";
import type { RecordStore } from "./record-store.ts";

export const DAY_MS = 86_400_000;

interface Addressed {
  readonly address: Uint8Array;
  readonly value: Uint8Array;
}

/** The record of the key that follows from `seed`, and its address. */
export function signed(seed: number, sequence: number, body: Uint8Array, expires: number): Addressed {
  const key = recordKeyOf(nativeSuite, new Secret(new Uint8Array(32).fill(seed)));
  return { address: key.address, value: signRecord(nativeSuite, key, { sequence, expires }, body) };
}

export function content(number: number, bytes = 64): Addressed {
  const body = new Uint8Array(bytes);
  new DataView(body.buffer).setUint32(0, number);
  return contentRecord(nativeSuite, body);
}

type Services = Readonly<Record<"dht", KadDHT & { readonly routingTable: { readonly size: number } }>>;

/** A libp2p node with this DHT, on the memory transport. */
export class DhtNode {
  readonly network: Libp2p;
  readonly records: DhtRecords;
  readonly store: RecordStore;
  readonly conduct: Conduct;
  readonly refused: string[];

  static async start(
    mode: DhtMode = "server",
    {
      listen = [`/memory/${randomUUID()}`],
      transports = [memory()],
      mayDial = () => true,
    }: {
      readonly listen?: string[];
      readonly transports?: NonNullable<Libp2pOptions["transports"]>;
      readonly mayDial?: (address: string) => boolean;
    } = {},
  ): Promise<DhtNode> {
    const refused: string[] = [];
    const conduct = new Conduct(systemClock, (peer) => refused.push(peer));
    const { service, store } = recordDht({ suite: nativeSuite, clock: systemClock, conduct, mode, scope: "loopback" });
    const network = await strangerNode({
      addresses: { listen },
      transports,
      connectionGater: { denyDialMultiaddr: (address) => !mayDial(address.toString()) },
      services: { identify: identify(), ping: ping(), dht: service as never },
    });
    return new DhtNode(network, conduct, refused, store);
  }

  private constructor(network: Libp2p, conduct: Conduct, refused: string[], store: RecordStore) {
    this.network = network;
    this.conduct = conduct;
    this.refused = refused;
    this.store = store;
    this.records = tended(new DhtRecords(this.dht, nativeSuite, systemClock));
  }

  get dht(): Services["dht"] {
    return (this.network.services as unknown as Services).dht;
  }

  get peer(): string {
    return this.network.peerId.toString();
  }

  async connect(...others: readonly DhtNode[]): Promise<void> {
    for (const { network } of others) await this.network.dial(network.getMultiaddrs());
  }

  /** Until it knows so many servers. */
  async knows(servers: number): Promise<void> {
    await expect.poll(() => this.dht.routingTable.size, POLL).toBeGreaterThanOrEqual(servers);
  }

  find(address: Uint8Array): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => this.records.get(address, resolve));
  }

  /** Puts, and waits until `holders` have it. */
  async put({ address, value }: Addressed, ...holders: readonly DhtNode[]): Promise<void> {
    this.records.put(address, value, Date.now() + DAY_MS);
    for (const { store } of holders) await expect.poll(() => store.get(address)?.value, POLL).toEqual(value);
  }
}
