import { sha256 } from "@noble/hashes/sha2.js";
import { peerIdFromString } from "@libp2p/peer-id";
import type { Connection, Stream } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import { Secret } from "../../../core/safety/index.ts";
import { type Attacker, type AttackerAims, Stream as Randomness } from "../../../sim/index.ts";
import type { Host } from "../../../sim/wire/index.ts";
import { dhtKey, KAD_PROTOCOL } from "../../libp2p/dht/index.ts";
import { nativeSuite } from "../../suite/index.ts";
import { framed, readFrames } from "./frames.ts";
import { GOSSIP_PROTOCOL, GRAFT, joinMesh } from "./gossip.ts";
import { type Ground, repeat } from "./ground.ts";
import { kadMessage, PUT_VALUE, readRequest, type Told } from "./kad.ts";
import { addressOn, barePeer, campOf, maskOf } from "./peer.ts";

/** Leading bits that an identity shares with the key it is to be near: nearer than any honest one of some dozens. */
const NEAR_BITS = 8;
const PORT = 5_000;
const DIAL_MS = 2_000;
/** As soon as a neighbour that pruned must take a graft again. */
const GRAFT_MS = 61_000;
const NAMED_MAX = 20;
/** Before the key in the multihash of an Ed25519 peer id: identity, 36 bytes; key type 1, 32 bytes. */
const MULTIHASH_HEAD = [0, 36, 8, 1, 18, 32];

interface Puppet extends Told {
  readonly network: Libp2p;
  /** To victims, by their names. */
  readonly gossip: Map<string, Stream>;
  /** In the DHT's space of keys. */
  readonly place: Uint8Array;
}

/**
 * Surrounds `victims` by `identities` peers at `places` IP addresses, near the victims' keys in the DHT and near those of
 * the records at `addresses`. They dial, graft, swallow all gossip, pretend to store, and name each other to whoever asks.
 */
export function eclipser(ground: Ground, aims: AttackerAims): Attacker {
  const { identities = 32, perSecond = 10, places = identities, victims = [] } = aims;
  const counts = { dials: 0, connections: 0, grafts: 0, lookups: 0, swallowed: 0 };
  const puppets: Puppet[] = [];
  const keys = [
    ...victims.map((victim) => peerIdFromString(ground.peerOf(victim)).toMultihash().bytes),
    ...(aims.addresses ?? []).map(dhtKey),
  ].map((key) => sha256(key));
  let stopped = false;

  const answer = (stream: Stream): void => {
    readFrames(stream, (message) => {
      const request = readRequest(message);
      if (request === undefined) return;
      counts.lookups++;
      const named = [...puppets].sort(byDistance(sha256(request.key))).slice(0, NAMED_MAX);
      const reply = request.type === PUT_VALUE ? message : kadMessage(request.type, request.key, named);
      attempt(() => stream.send(framed(reply)));
    });
    stream.addEventListener("remoteCloseWrite", () => void stream.close().catch(nothing));
  };

  const swallow = (stream: Stream): void => {
    stream.addEventListener("message", () => counts.swallowed++);
  };

  const join = async (puppet: Puppet, victim: string, connection: Connection): Promise<void> => {
    const stream = await joinMesh(connection);
    counts.grafts++;
    puppet.gossip.set(victim, stream);
    stream.addEventListener("close", () => puppet.gossip.delete(victim));
  };

  const approach = async (puppet: Puppet, victim: string): Promise<void> => {
    const [address] = ground.addressesOf(victim);
    if (address === undefined || stopped) return;
    const peer = peerIdFromString(ground.peerOf(victim));
    // Whom the victim dialled itself, it trusts more.
    let [connection] = puppet.network.getConnections(peer);
    if (connection === undefined) {
      counts.dials++;
      connection = await puppet.network.dial(multiaddr(address));
      counts.connections++;
    }
    if (!puppet.gossip.has(victim)) await join(puppet, victim, connection);
  };

  const every = (ms: number, action: () => void): void => repeat(ground, ms, () => stopped, action);

  const raise = async (number: number, host: Host, port: number): Promise<void> => {
    const mask = await maskOf(seedNear(ground.stream.child(`puppet ${number}`), keys[number % keys.length]));
    ground.know(number, mask.peer);
    const network = await barePeer(host, mask, port);
    await network.handle(KAD_PROTOCOL, answer, { maxInboundStreams: 1_000 });
    await network.handle(GOSSIP_PROTOCOL, swallow, { maxInboundStreams: 1_000 });
    const { multihash } = mask;
    const puppet: Puppet = {
      network,
      multihash,
      place: sha256(multihash),
      address: addressOn(host, port),
      gossip: new Map(),
    };
    puppets.push(puppet);
    const pauseMs = Math.max(DIAL_MS, (1_000 * identities) / perSecond);
    every(pauseMs, () => {
      for (const victim of victims) void approach(puppet, victim).catch(nothing);
    });
    every(GRAFT_MS, () => {
      for (const stream of puppet.gossip.values()) attempt(() => stream.send(GRAFT) && counts.grafts++);
    });
  };

  const hosts = campOf(ground, places, aims.networks);
  for (let i = 0; i < identities; i++) {
    const host = hosts[i % places] as Host;
    ground.kernel.after((1_000 * i) / perSecond, () => {
      if (!stopped) void raise(i, host, PORT + i).catch(ground.failed);
    });
  }
  return {
    counts,
    stop() {
      stopped = true;
      for (const { network } of puppets) void network.stop();
    },
  };
}

function nothing(): void {}

/** Whatever the other end did to a stream. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // It is closed.
  }
}

/** The seed of an identity whose place in the DHT begins as `key` does; of any when there is no key. */
function seedNear(stream: Randomness, key: Uint8Array | undefined): Uint8Array {
  for (;;) {
    const seed = stream.bytes(32);
    const id = sha256(Uint8Array.from([...MULTIHASH_HEAD, ...nativeSuite.ed25519Public(Secret.copyOf(seed))]));
    if (key === undefined || id.subarray(0, NEAR_BITS / 8).every((byte, i) => byte === key[i])) return seed;
  }
}

function byDistance(key: Uint8Array): (a: Puppet, b: Puppet) => number {
  const distance = ({ place }: Puppet): Buffer => Buffer.from(place.map((byte, i) => byte ^ (key[i] ?? 0)));
  return (a, b) => Buffer.compare(distance(a), distance(b));
}
