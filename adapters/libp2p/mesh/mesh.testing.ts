import { randomUUID } from "node:crypto";
import { gossipsub, type GossipSub } from "@libp2p/gossipsub";
import { identify } from "@libp2p/identify";
import { memory } from "@libp2p/memory";
import type { Libp2p } from "libp2p";
import { encode } from "../../../core/codec/index.ts";
import { gossipCodec } from "../../../core/node/index.ts";
import { systemClock } from "../../clock/index.ts";
import { nativeSuite, systemRandom } from "../../suite/index.ts";
import { Conduct } from "../conduct/index.ts";
import { strangerNode, tended } from "../nodes.testing.ts";
import { gossipMesh, Mesh } from "./index.ts";
import { TOPIC } from "./router.ts";

/** Gossip of the right form; each number another one. */
export function gossip(number: number): Uint8Array {
  const blank = new Uint8Array(32);
  const head = { log: blank, epoch: 1, size: 1, root: blank, previous: blank, time: number, witnesses: blank };
  const signed = { ...head, signature: new Uint8Array(64) };
  return encode(gossipCodec, { kind: "equivocation", log: blank, proof: { a: signed, b: signed } });
}

async function nodeWith(pubsub: (components: never) => GossipSub): Promise<Libp2p> {
  return strangerNode({
    addresses: { listen: [`/memory/${randomUUID()}`] },
    transports: [memory()],
    services: { identify: identify(), pubsub: pubsub as never },
  });
}

/** A node on the mesh, with an engine that passes on what is new to it. */
export class MeshNode {
  readonly network: Libp2p;
  readonly conduct: Conduct;
  readonly mesh: Mesh;
  /** Everything that came, in order. */
  readonly heard: { readonly from: string; readonly bytes: Uint8Array }[] = [];
  /** Whom it has had enough of. */
  readonly refused: string[];

  static async start({
    isNamed,
    listens = true,
    passesOn = true,
  }: {
    readonly isNamed?: (peer: string) => boolean;
    readonly listens?: boolean;
    readonly passesOn?: boolean;
  } = {}): Promise<MeshNode> {
    const refused: string[] = [];
    const conduct = new Conduct(systemClock, (peer) => refused.push(peer));
    return new MeshNode(await nodeWith(gossipMesh(conduct, isNamed) as never), conduct, refused, listens, passesOn);
  }

  private constructor(network: Libp2p, conduct: Conduct, refused: string[], listens: boolean, passesOn: boolean) {
    this.network = network;
    this.conduct = conduct;
    this.refused = refused;
    this.mesh = tended(new Mesh(network, { clock: systemClock, random: systemRandom, suite: nativeSuite }));
    const known = new Set<string>();
    if (!listens) return;
    this.mesh.onGossip((from, bytes) => {
      this.heard.push({ from, bytes });
      const name = Buffer.from(bytes).toString("hex");
      if (!passesOn || known.has(name)) return;
      known.add(name);
      this.mesh.publish(bytes);
    });
  }

  get peer(): string {
    return this.network.peerId.toString();
  }

  count(bytes: Uint8Array): number {
    return this.heard.filter((heard) => Buffer.from(heard.bytes).equals(bytes)).length;
  }
}

/** A stranger's router, which takes part in the topic and sends what it likes. */
export async function strangerRouter(): Promise<{ readonly network: Libp2p; readonly router: GossipSub }> {
  const network = await nodeWith(
    gossipsub({
      globalSignaturePolicy: "StrictNoSign",
      allowPublishToZeroTopicPeers: true,
      floodPublish: true,
    }) as never,
  );
  const router = (network.services as unknown as { readonly pubsub: GossipSub }).pubsub;
  router.subscribe(TOPIC);
  return { network, router };
}

export async function connect(a: Libp2p, b: Libp2p): Promise<void> {
  await a.dial(b.getMultiaddrs());
}
