import { circuitRelayTransport } from "@libp2p/circuit-relay-v2";
import type { Connection, Stream } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import { multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import type { Attacker, AttackerAims } from "../../../sim/index.ts";
import type { Host } from "../../../sim/wire/index.ts";
import { ENVELOPE_PROTOCOL } from "../../libp2p/index.ts";
import { falseRelay, TRICKS } from "./false-relay.ts";
import { type Ground, repeat } from "./ground.ts";
import { askRelay, connectTo, RESERVE } from "./hop.ts";
import { barePeer, campOf, maskOf } from "./peer.ts";

/** One comes after the other. */
const COMING_MS = 100;
/** How often each peer asks each relay again, whatever it holds; at once when it was cut off. */
const RESERVE_MS = 60_000;
/** A relay that hung up is dialled again after so long. */
const REDIAL_MS = 15_000;
/** One of so many asks all the time. */
const NAG_EVERY = 64;
const NAG_MS = 200;
/** On one circuit of so many nobody ever speaks. */
const SILENT_EVERY = 4;
/** So many circuits at a time carry a flood; the others stay idle. */
const FLOODS_MAX = 4;
const FLOOD_MS = 400;
const FLOOD_BYTES = 1_024;

/**
 * A crowd of `identities` peers at `places` addresses in `networks` networks takes the reservations of `relays` and renews
 * them, opens `perSecond` circuits to `victims` and keeps them, some without ever saying a word, some for a flood. Beside
 * it, `traps` relays of its own put nobody through.
 */
export function relayAbuser(ground: Ground, aims: AttackerAims): Attacker {
  const { identities = 160, perSecond = 10, places = 20, relays = [], traps = 2, victims = [] } = aims;
  const counts = {
    reservations: 0,
    refusals: 0,
    circuits: 0,
    "circuits refused": 0,
    floods: 0,
    granted: 0,
    trapped: 0,
  };
  const crowd: Libp2p[] = [];
  const others: Libp2p[] = [];
  const dialledAt = new Map<string, number>();
  const { stream } = ground;
  let floods = 0;
  let stopped = false;

  const every = (ms: number, action: () => void): void => repeat(ground, ms, () => stopped, action);

  /** The connection with a relay, or a new one. */
  const reach = async (network: Libp2p, relay: string): Promise<Connection> => {
    const [open] = network.getConnections(peerIdFromString(ground.peerOf(relay)));
    if (open !== undefined) return open;
    const dialled = `${network.peerId.toString()} ${relay}`;
    if (ground.kernel.now < (dialledAt.get(dialled) ?? 0) + REDIAL_MS) throw new Error("too early");
    dialledAt.set(dialled, ground.kernel.now);
    return network.dial(ground.addressesOf(relay).map((address) => multiaddr(address)));
  };

  const reserve = async (network: Libp2p, relay: string): Promise<void> => {
    try {
      const taken = await askRelay(await reach(network, relay), RESERVE);
      await taken?.close();
      counts[taken === undefined ? "refusals" : "reservations"]++;
    } catch {
      counts.refusals++;
    }
  };

  const flood = (onto: Stream): void => {
    floods++;
    const bytes = new Uint8Array(4 + FLOOD_BYTES);
    bytes.fill(1, 4);
    new DataView(bytes.buffer).setUint32(0, FLOOD_BYTES);
    const pour = (): void => {
      if (stopped) return;
      if (onto.status !== "open") return void floods--;
      if (!onto.writableNeedsDrain) onto.send(bytes.slice());
      counts.floods++;
      ground.kernel.after(FLOOD_MS, pour);
    };
    pour();
  };

  const call = async (network: Libp2p, relay: string, victim: string, number: number): Promise<void> => {
    const peer = peerIdFromString(ground.peerOf(victim));
    if (number % SILENT_EVERY === 0) {
      const circuit = await askRelay(await reach(network, relay), connectTo(peer.toMultihash().bytes));
      if (circuit === undefined) throw new Error("refused");
      return;
    }
    const [address = ""] = ground.addressesOf(relay);
    const connection = await network.dial(multiaddr(`${address}/p2p-circuit/p2p/${peer.toString()}`));
    if (floods < FLOODS_MAX) flood(await connection.newStream(ENVELOPE_PROTOCOL, { runOnLimitedConnection: true }));
  };

  const raise = async (number: number, host: Host): Promise<void> => {
    const mask = await maskOf(stream.child(`peer ${number}`).bytes(32));
    ground.know(number, mask.peer);
    const network = await barePeer(host, mask, 0, [circuitRelayTransport()]);
    crowd.push(network);
    const pauseMs = number % NAG_EVERY === NAG_EVERY - 1 ? NAG_MS : RESERVE_MS;
    for (const relay of relays) {
      let renewedAt = 0;
      every(Math.min(pauseMs, REDIAL_MS), () => {
        const isConnected = network.getConnections(peerIdFromString(ground.peerOf(relay))).length > 0;
        if (isConnected && ground.kernel.now < renewedAt + pauseMs) return;
        renewedAt = ground.kernel.now;
        void reserve(network, relay);
      });
    }
  };

  const hosts = campOf(ground, places + traps, aims.networks);
  for (let i = 0; i < identities; i++) {
    const host = hosts[i % places] as Host;
    ground.kernel.after(i * COMING_MS, () => {
      if (!stopped) void raise(i, host).catch(ground.failed);
    });
  }
  for (const [i, host] of hosts.slice(places).entries()) {
    const trick = TRICKS[(i + stream.between(0, TRICKS.length)) % TRICKS.length] ?? "swallow";
    void falseRelay(ground, identities + i, host, trick, relays, counts)
      .then((network) => others.push(network))
      .catch(ground.failed);
  }
  let calls = 0;
  every(1_000 / perSecond, () => {
    if (crowd.length === 0 || victims.length === 0) return;
    const network = stream.pick(crowd);
    call(network, stream.pick(relays), stream.pick(victims), calls++).then(
      () => counts.circuits++,
      () => counts["circuits refused"]++,
    );
  });
  return {
    counts,
    stop() {
      stopped = true;
      for (const network of [...crowd, ...others]) void network.stop();
    },
  };
}
