import { generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import { type GossipSub, gossipsub } from "@libp2p/gossipsub";
import { identify } from "@libp2p/identify";
import { kadDHT } from "@libp2p/kad-dht";
import { noise } from "@libp2p/noise";
import { ping } from "@libp2p/ping";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p, type Libp2pOptions } from "libp2p";
import type { Random } from "../../../core/suite/index.ts";
import { type Schedule, scheduleOf, type Workload } from "./workload.ts";

const TOPIC = "bench";
const KAD_PROTOCOL = "/bench/kad/1";
/** A start dials more than a home does. */
const PENDING_MAX = 1_000;
/** A dial may take so long: in real time, a busy process answers late. */
const DIAL_MS_MAX = 60_000;

/** What carries one node. */
export interface Site {
  readonly transport: NonNullable<Libp2pOptions["transports"]>[number];
  readonly listen: string;
}

/** Told as it happens; `formed` right before the first message. */
export type Moment = "started" | "formed";

export interface MeshOutcome {
  readonly delivered: number;
  readonly connections: number;
}

/**
 * Plays a workload with nodes of plain libp2p, by whatever clock `setTimeout` has. Resolves when the schedule is over and
 * everything is delivered, or `graceMs` later.
 */
export async function playMesh(
  workload: Workload,
  random: Random,
  siteOf: (index: number) => Site,
  graceMs: number,
  reached: (moment: Moment) => void,
): Promise<MeshOutcome> {
  const schedule = scheduleOf(workload, random);
  const seeds = Array.from({ length: workload.nodes }, () => random.bytes(32));
  reached("started");
  const started = Date.now();
  const nodes = await Promise.all(seeds.map((seed, index) => startNode(seed, siteOf(index), workload.dht)));
  const addresses = nodes.map((node) => node.getMultiaddrs()[0]?.toString() ?? "");
  const mesh = new Mesh(nodes, schedule);
  for (const { atMs, from, to } of schedule.dials) {
    after(started + atMs, () => nodes[from]?.dial(multiaddr(addresses[to])).catch(mesh.fail));
  }
  after(started + schedule.begunMs, () => reached("formed"));
  for (const { atMs, bytes, from } of schedule.messages) {
    after(started + atMs, () =>
      pubsubOf(nodes[from] as Libp2p)
        .publish(TOPIC, bytes)
        .catch(mesh.fail),
    );
  }
  await new Promise<void>((resolve) => after(started + schedule.endMs, resolve));
  await mesh.end(graceMs);
  const ends = nodes.reduce((sum, node) => sum + node.getConnections().length, 0);
  return { delivered: mesh.delivered, connections: ends / 2 };
}

function after(at: number, action: () => unknown): void {
  setTimeout(() => void action(), Math.max(0, at - Date.now()));
}

/** Who was given what. */
class Mesh {
  readonly #wanted: number;
  readonly #seen = new Set<string>();
  readonly #settled = Promise.withResolvers<void>();

  constructor(nodes: readonly Libp2p[], { messages }: Schedule) {
    this.#wanted = messages.length * (nodes.length - 1);
    for (const [index, node] of nodes.entries()) {
      const pubsub = pubsubOf(node);
      pubsub.addEventListener("message", ({ detail }) => {
        if (detail.topic === TOPIC) this.#take(index, detail.data);
      });
      pubsub.subscribe(TOPIC);
    }
  }

  get delivered(): number {
    return this.#seen.size;
  }

  readonly fail = (failure: unknown): void => this.#settled.reject(failure);

  #take(node: number, bytes: Uint8Array): void {
    this.#seen.add(`${node} ${new DataView(bytes.buffer, bytes.byteOffset).getUint32(0)}`);
    if (this.delivered === this.#wanted) this.#settled.resolve();
  }

  end(graceMs: number): Promise<void> {
    setTimeout(() => this.#settled.resolve(), graceMs);
    return this.#settled.promise;
  }
}

function pubsubOf({ services }: Libp2p): GossipSub {
  return (services as { readonly pubsub: GossipSub }).pubsub;
}

async function startNode(seed: Uint8Array, { listen, transport }: Site, dht: boolean): Promise<Libp2p> {
  return createLibp2p({
    privateKey: await generateKeyPairFromSeed("Ed25519", seed),
    nodeInfo: { name: "bench", version: "1", userAgent: "bench" },
    addresses: { listen: [listen] },
    transports: [transport],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: {
      maxIncomingPendingConnections: PENDING_MAX,
      inboundConnectionThreshold: PENDING_MAX,
      dialTimeout: DIAL_MS_MAX,
      addressDialTimeout: DIAL_MS_MAX,
      inboundUpgradeTimeout: DIAL_MS_MAX,
    },
    connectionMonitor: { enabled: false },
    connectionGater: { denyDialMultiaddr: () => false },
    services: {
      identify: identify(),
      ping: ping(),
      pubsub: gossipsub({ allowPublishToZeroTopicPeers: true }),
      ...(dht ? { dht: kadDHT({ protocol: KAD_PROTOCOL, clientMode: false, peerInfoMapper: (peer) => peer }) } : {}),
    },
  });
}
