import type { Connection } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import type { Attacker, AttackerAims } from "../../../sim/index.ts";
import type { Host } from "../../../sim/wire/index.ts";
import { KAD_PROTOCOL } from "../../libp2p/dht/index.ts";
import { ASK_PROTOCOL, ENVELOPE_PROTOCOL } from "../../libp2p/index.ts";
import { endpointOf } from "../endpoint.ts";
import { framed, readFrames } from "./frames.ts";
import { GOSSIP_PROTOCOL, joinMesh } from "./gossip.ts";
import type { Ground } from "./ground.ts";
import { kadMessage, readRequest } from "./kad.ts";
import { barePeer, campOf, maskOf } from "./peer.ts";

const PORT = 5_000;
/** How long one wave stays, from its first peer's coming. */
const WAVE_MS = 60_000;
/** One of so many goes to another victim besides the first. */
const OTHERS_EVERY = 2;
/** One of so many opens streams, as many as it can. */
const GREEDY_EVERY = 50;
const STREAMS_EACH = 20;
const STREAM_PROTOCOLS = [KAD_PROTOCOL, ASK_PROTOCOL, ENVELOPE_PROTOCOL, GOSSIP_PROTOCOL, "/ipfs/ping/1.0.0"];
/** Wires that are opened and stay silent, for each peer that comes. */
const SILENT_EACH = 2;

/**
 * Waves of `identities` fresh peers from `places` IP addresses, `perSecond` of them: each dials the first of `victims`,
 * and some of them one of the others, takes part in the DHT and in gossip without being of use, and opens what it can.
 * Beside them, wires on which nothing is ever said. With each wave half of those who are there leave.
 */
export function sybil(ground: Ground, aims: AttackerAims): Attacker {
  const { identities = 300, perSecond = 20, places = identities, victims = [] } = aims;
  const counts = { waves: 0, dials: 0, connections: 0, streams: 0, silent: 0 };
  const hosts = campOf(ground, places, aims.networks);
  let crowd: Libp2p[] = [];
  let number = 0;
  let stopped = false;

  const victimOf = (i: number): string | undefined => victims[1 + (i % Math.max(victims.length - 1, 1))];

  const greedy = async (connection: Connection): Promise<void> => {
    for (let i = 0; i < STREAMS_EACH; i++) {
      for (const protocol of STREAM_PROTOCOLS) {
        // What is refused, is refused.
        await connection.newStream(protocol).then(
          () => counts.streams++,
          () => {},
        );
      }
    }
  };

  const visit = async (network: Libp2p, victim: string | undefined, isGreedy: boolean): Promise<void> => {
    const [address] = victim === undefined ? [] : ground.addressesOf(victim);
    if (address === undefined || stopped) return;
    counts.dials++;
    const connection = await network.dial(multiaddr(address));
    counts.connections++;
    await joinMesh(connection);
    if (isGreedy) await greedy(connection);
  };

  const come = async (i: number, host: Host): Promise<void> => {
    const mask = await maskOf(ground.stream.child(`sybil ${i}`).bytes(32));
    ground.know(i, mask.peer);
    const network = await barePeer(host, mask, PORT + i);
    if (stopped) return network.stop();
    crowd.push(network);
    await network.handle(GOSSIP_PROTOCOL, () => {});
    await network.handle(KAD_PROTOCOL, (stream) => {
      readFrames(stream, (message) => {
        const request = readRequest(message);
        if (request !== undefined && stream.status === "open")
          stream.send(framed(kadMessage(request.type, request.key)));
      });
    });
    for (const victim of i % OTHERS_EVERY === 0 ? [victims[0], victimOf(i / OTHERS_EVERY)] : [victims[0]]) {
      void visit(network, victim, i % GREEDY_EVERY === 0).catch(() => {});
    }
  };

  const knock = (i: number, host: Host): void => {
    for (const victim of [victims[0], victimOf(i)]) {
      const [address] = victim === undefined ? [] : ground.addressesOf(victim);
      if (address === undefined) continue;
      const { ip, port } = endpointOf(multiaddr(address));
      host.dial(ip, port, (wire) => void (typeof wire === "string" || counts.silent++));
    }
  };

  const wave = (): void => {
    if (stopped) return;
    counts.waves++;
    const staying = crowd.filter((_, i) => i % 2 === 1);
    for (const network of crowd) if (!staying.includes(network)) void network.stop();
    crowd = staying;
    for (let i = 0; i < identities; i++) {
      const host = hosts[i % places] as Host;
      ground.kernel.after((1_000 * i) / perSecond, () => {
        if (!stopped) void come(number++, host).catch(ground.failed);
      });
      for (let k = 0; k < SILENT_EACH; k++) {
        ground.kernel.after((WAVE_MS * (i + k / SILENT_EACH)) / identities, () => stopped || knock(i, host));
      }
    }
    ground.kernel.after(WAVE_MS, wave);
  };
  wave();
  return {
    counts,
    stop() {
      stopped = true;
      for (const network of crowd) void network.stop();
    },
  };
}
