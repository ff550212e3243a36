import type { Stream as Libp2pStream } from "@libp2p/interface";
import { Libp2pRecord } from "@libp2p/record";
import { multiaddr } from "@multiformats/multiaddr";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Libp2p } from "libp2p";
import type { Attacker, AttackerAims, Stream } from "../../../sim/index.ts";
import { dhtKey, KAD_PROTOCOL } from "../../libp2p/dht/index.ts";
import { framed, readFrames } from "./frames.ts";
import { type Ground, repeat } from "./ground.ts";
import { FIND_NODE, GET_VALUE, kadMessage, PUT_VALUE, readRequest, type Told } from "./kad.ts";
import { addressOn, barePeer, type Mask, maskOf } from "./peer.ts";

const PORT = 4_001;
/** How a peer answers who looks for records. All store what they are given, as if they were honest. */
const LIES = [
  "replays",
  "forges",
  "replays",
  "phantoms",
  "replays",
  "withholds",
  "replays",
  "expires",
  "replays",
  "garbles",
  "phantoms",
  "stalls",
] as const;
type Lie = (typeof LIES)[number];

/** Identities that are made for one that is near a key. */
const TRIES = 24;
const PHANTOMS = 20;
const REDIAL_MS = 10_000;
/** In a signed record: where its expiry begins. */
const EXPIRES_AT = 41;
const YEAR_MS = 365 * 86_400_000;

/**
 * `identities` servers of the DHT, each nearer to one of the keys of `addresses` than chance has it, and known to all
 * `victims`. `perSecond`: how often each of them puts something over a record, at one victim.
 */
export function recordPoisoner(ground: Ground, aims: AttackerAims): Attacker {
  const { addresses = [], identities = LIES.length, perSecond = 1, victims = [] } = aims;
  const counts: Record<string, number> = {};
  const keys = addresses.map(dhtKey);
  const poisoners = Array.from({ length: identities }, async (_, number) => {
    const stream = ground.stream.child(`poisoner ${number}`);
    const host = ground.host(number);
    const mask = await nearest(keys[number % keys.length], stream);
    ground.know(number, mask.peer);
    const network = await barePeer(host, mask, PORT);
    const told: Told = { multihash: mask.multihash, address: addressOn(host, PORT) };
    const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);
    return new Poisoner(network, told, LIES[number % LIES.length] as Lie, stream, count);
  });
  const all = Promise.all(poisoners);
  let stopped = false;
  const begin = async (): Promise<void> => {
    const gang = await all;
    for (const poisoner of gang) await poisoner.listen(gang);
    const every = (ms: number, action: () => void): void => repeat(ground, ms, () => stopped, action);
    every(REDIAL_MS, () => {
      for (const poisoner of gang) for (const victim of victims) poisoner.call(ground.addressesOf(victim), keys);
    });
    every(Math.ceil(1_000 / perSecond), () => {
      for (const poisoner of gang) poisoner.overwrite(keys);
    });
  };
  begin().catch(ground.failed);
  return {
    counts,
    stop() {
      stopped = true;
      void all.then((gang) => gang.map((poisoner) => poisoner.stop())).catch(ground.failed);
    },
  };
}

class Poisoner {
  readonly told: Told;
  readonly #network: Libp2p;
  readonly #lie: Lie;
  readonly #stream: Stream;
  readonly #count: (what: string) => void;
  #gang: readonly Poisoner[] = [];
  /** By key: the first record that it was given, and the last. */
  readonly #records = new Map<string, { readonly oldest: Uint8Array; newest: Uint8Array }>();

  constructor(network: Libp2p, told: Told, lie: Lie, stream: Stream, count: (what: string) => void) {
    this.#network = network;
    this.told = told;
    this.#lie = lie;
    this.#stream = stream;
    this.#count = count;
  }

  async listen(gang: readonly Poisoner[]): Promise<void> {
    this.#gang = gang;
    await this.#network.handle(KAD_PROTOCOL, (stream) => this.#serve(stream), {
      maxInboundStreams: 1_000,
      maxOutboundStreams: 1_000,
    });
  }

  /** Meets a victim, and asks it for what it has now, which will be old. Whoever refuses is called again later. */
  call(addresses: readonly string[], keys: readonly Uint8Array[]): void {
    const [address] = addresses;
    if (address === undefined || this.#isConnected(address)) return;
    this.#network.dial(multiaddr(address)).then(
      () => {
        for (const key of keys) this.#ask(address, kadMessage(GET_VALUE, key));
      },
      () => {},
    );
  }

  /** Puts something over one of the records, at everybody. */
  overwrite(keys: readonly Uint8Array[]): void {
    const key = keys.length === 0 ? undefined : this.#stream.pick(keys);
    const record = key && this.#recordFor(key);
    if (key === undefined || record === undefined) return;
    for (const connection of this.#network.getConnections()) {
      this.#count(`${this.#lie} put`);
      this.#ask(connection.remoteAddr.toString(), kadMessage(PUT_VALUE, key, [], record));
    }
  }

  async stop(): Promise<void> {
    await this.#network.stop();
  }

  #isConnected(address: string): boolean {
    return this.#network.getConnections().some(({ remotePeer }) => address.endsWith(remotePeer.toString()));
  }

  #ask(address: string, message: Uint8Array): void {
    const connection = this.#network
      .getConnections()
      .find(
        ({ remoteAddr, remotePeer }) => address.endsWith(remotePeer.toString()) || address === remoteAddr.toString(),
      );
    connection?.newStream(KAD_PROTOCOL).then(
      (stream) => {
        readFrames(stream, (answer) => {
          const { key, record } = readRequest(answer) ?? {};
          if (key !== undefined && record !== undefined) this.#keep(key, record);
          void stream.close().catch(() => {});
        });
        stream.send(framed(message));
      },
      () => {},
    );
  }

  #serve(stream: Libp2pStream): void {
    readFrames(stream, (message) => {
      const request = readRequest(message);
      if (request === undefined) return;
      const { key, record, type } = request;
      if (type === PUT_VALUE && record !== undefined) this.#keep(key, record);
      const answer = type === PUT_VALUE ? message : this.#answer(type, key);
      if (answer !== undefined && stream.status === "open") stream.send(framed(answer));
    });
  }

  #keep(key: Uint8Array, record: Uint8Array): void {
    const name = bytesToHex(key);
    const held = this.#records.get(name);
    if (held === undefined) this.#records.set(name, { oldest: record, newest: record });
    else held.newest = record;
  }

  /** Undefined: it says nothing. */
  #answer(type: number, key: Uint8Array): Uint8Array | undefined {
    this.#count(`${this.#lie} ${type === GET_VALUE ? "get" : "find"}`);
    switch (this.#lie) {
      case "stalls":
        return undefined;
      case "garbles":
        return this.#stream.bytes(this.#stream.between(1, 300));
      case "phantoms":
        return kadMessage(type, key, phantoms(key, this.#stream));
    }
    const closer = this.#gang.flatMap((other) => (other === this ? [] : [other.told]));
    const record = type === FIND_NODE ? undefined : this.#recordFor(key);
    return kadMessage(type, key, closer, record);
  }

  #recordFor(key: Uint8Array): Uint8Array | undefined {
    const held = this.#records.get(bytesToHex(key));
    if (held === undefined || !["replays", "forges", "expires"].includes(this.#lie)) return undefined;
    if (this.#lie === "replays") return held.oldest;
    const { timeReceived, value } = Libp2pRecord.deserialize(held.newest);
    const changed = value.slice();
    if (this.#lie === "expires")
      new DataView(changed.buffer).setBigUint64(EXPIRES_AT, BigInt(timeReceived.getTime() - YEAR_MS));
    else changed.set(this.#stream.bytes(32), changed.length - 32);
    return new Libp2pRecord(key, changed, timeReceived).serialize();
  }
}

/** Peers that there are not, nearer to the key than anybody. */
function phantoms(key: Uint8Array, stream: Stream): Told[] {
  const wanted = sha256(key);
  return Array.from({ length: PHANTOMS }, () => {
    const tries = Array.from({ length: TRIES }, () => Uint8Array.of(0, 36, 8, 1, 18, 32, ...stream.bytes(32)));
    const multihash = closest(wanted, tries, (each) => each);
    return { multihash, address: `/ip4/20.${stream.between(200, 250)}.${stream.between(0, 255)}.1/tcp/${PORT}` };
  });
}

async function nearest(key: Uint8Array | undefined, stream: Stream): Promise<Mask> {
  const masks = await Promise.all(Array.from({ length: TRIES }, () => maskOf(stream.bytes(32))));
  return closest(sha256(key ?? new Uint8Array(0)), masks, ({ multihash }) => multihash);
}

/** By the distance of Kademlia; its first four bytes tell. */
function closest<T>(wanted: Uint8Array, all: readonly T[], multihashOf: (each: T) => Uint8Array): T {
  const view = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  const distance = (each: T): number => (view(sha256(multihashOf(each))) ^ view(wanted)) >>> 0;
  return all.reduce((best, each) => (distance(each) < distance(best) ? each : best));
}
