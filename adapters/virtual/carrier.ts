import { createHash } from "node:crypto";
import type { Clock } from "../../core/node/index.ts";
import { assert, Secret } from "../../core/safety/index.ts";
import type {
  Arrivals,
  Attacker,
  AttackerAims,
  AttackerKind,
  Carrier,
  Conditions,
  Kernel,
  Overlay,
  OverlayView,
  Stream,
} from "../../sim/index.ts";
import { type Host, type NatKind, Wires } from "../../sim/wire/index.ts";
import { RELAYED } from "../libp2p/index.ts";
import { ATTACKERS } from "./attackers/index.ts";
import { addressAt, ownAddress, VirtualNode } from "./node.ts";
import { peerOf } from "./network-key.ts";
import { viewOf } from "./overlay.ts";

const ANCHORS = ["anchor0", "anchor1", "anchor2"] as const;
/** Nodes that serve in the DHT, the first that came, in a world of its own size. */
const DHT_SERVERS = 20;
/** Of a world that is filled up with bystanders, one in so many: most nodes at large are not reached from outside. */
const NODES_PER_DHT_SERVER = 10;
/** Whose hands put a record that no node of the world did. */
const STRANGER = "stranger";

/** A name of the world: its place, its network identity, and its node while it is up. */
interface Resident {
  readonly name: string;
  readonly host: Host;
  readonly seed: Secret;
  readonly peer: string;
  readonly stream: Stream;
  starts: number;
  readonly isServer: boolean;
  /** What hears for it; nothing does for anchors and the stranger. */
  arrivals: Arrivals | undefined;
  node: VirtualNode | undefined;
}

/** Carries the world's packets between libp2p nodes. */
export class Libp2pCarrier implements Carrier, Overlay {
  readonly wires: Wires;
  readonly anchors: readonly string[] = ANCHORS;
  readonly #kernel: Kernel;
  readonly #stream: Stream;
  readonly #clock: Clock;
  readonly #residents = new Map<string, Resident>();
  /** Names by peer ids, of attackers' peers too, and the other way. */
  readonly #byPeer = new Map<string, string>();
  readonly #peers = new Map<string, string>();
  readonly failures: unknown[] = [];
  readonly #digest = createHash("sha256");
  readonly #serversMax: number;

  /** `onSent` sees all bytes that hosts give to wires. `population`: nodes that the world is filled up to; 0 for none. */
  constructor(
    kernel: Kernel,
    stream: Stream,
    population: number,
    onSent?: (from: string, to: string, bytes: Uint8Array) => void,
  ) {
    this.#serversMax = population === 0 ? DHT_SERVERS : Math.ceil(population / NODES_PER_DHT_SERVER);
    this.#kernel = kernel;
    this.#stream = stream;
    this.#clock = { now: () => kernel.now, at: (time, callback) => kernel.at(time, callback) };
    this.wires = new Wires(kernel, stream.child("wires"));
    this.wires.watch((from, to, bytes) => {
      this.#digest.update(`${kernel.elapsed} ${from} ${to} ${bytes.length}\n`).update(bytes);
      onSent?.(from, to, bytes);
    });
    for (const name of ANCHORS) this.join(name);
  }

  get overlay(): Overlay {
    return this;
  }

  get counts(): Readonly<Record<string, number>> {
    return this.wires.counts;
  }

  digest(): string {
    return this.#digest.copy().digest("hex");
  }

  #resident(name: string, nat: NatKind = "none"): Resident {
    const before = this.#residents.get(name);
    if (before !== undefined) return before;
    const stream = this.#stream.child(`node ${name}`);
    const seed = new Secret(stream.child("identity").bytes(32));
    const resident: Resident = {
      name,
      host: this.wires.host(name, { nat }),
      seed,
      peer: peerOf(seed),
      stream,
      starts: 0,
      isServer: nat === "none" && this.#residents.size < this.#serversMax,
      arrivals: undefined,
      node: undefined,
    };
    this.#residents.set(name, resident);
    this.#know(name, resident.peer);
    return resident;
  }

  #know(name: string, peer: string): void {
    this.#byPeer.set(peer, name);
    this.#peers.set(name, peer);
  }

  join(name: string, arrivals?: Arrivals): void {
    const resident = this.#resident(name);
    resident.arrivals = arrivals;
    resident.host.boot();
    this.#start(resident);
  }

  #start(resident: Resident): VirtualNode {
    const { arrivals, host, isServer, name, seed, stream } = resident;
    const others = ANCHORS.filter((anchor) => anchor !== name);
    const anchors = others.flatMap((anchor) => this.addressesOf(anchor));
    resident.node = new VirtualNode({
      host,
      seed,
      clock: this.#clock,
      random: stream.child(`start ${resident.starts++}`),
      options: {
        dht: isServer ? "server" : "client",
        bootstrap: anchors,
        serveRelay: others.length < ANCHORS.length,
        ...(host.nat === "none" ? {} : { listen: [ownAddress(host), RELAYED], relays: anchors }),
      },
      arrivals,
      failed: (failure) => void this.failures.push(failure),
    });
    return resident.node;
  }

  leave(name: string): void {
    const resident = this.#resident(name);
    resident.host.crash();
    resident.node?.end();
    resident.node = undefined;
  }

  addressesOf(name: string): readonly string[] {
    const { host, node, peer } = this.#resident(name);
    return host.nat === "none" ? [addressAt(host.ip, peer)] : (node?.transport?.addresses ?? []);
  }

  residentOf(address: string): string | undefined {
    const at = address.lastIndexOf("/p2p/");
    return this.#byPeer.get(address.slice(at + "/p2p/".length));
  }

  /** The process goes on; its network begins anew where it is now, under the same identity. */
  relocate(name: string, addresses: readonly string[]): void {
    const resident = this.#resident(name);
    const [ip] = addresses.flatMap((address) => /^\/ip4\/([^/]+)\//u.exec(address)?.[1] ?? []);
    const { node } = resident;
    node?.end();
    resident.host.relocate(ip);
    if (node !== undefined) this.#start(resident).when(() => resident.arrivals?.relocated());
  }

  crash(anchor: string): void {
    assert(
      ANCHORS.some((name) => name === anchor),
      "only anchors have no machine of their own",
    );
    this.leave(anchor);
  }

  restart(anchor: string): void {
    if (this.#node(anchor) === undefined) this.join(anchor);
  }

  #node(name: string): VirtualNode | undefined {
    return this.#residents.get(name)?.node;
  }

  send(from: string, to: string, bytes: Uint8Array): void {
    this.#node(from)?.when((transport) => transport.send(to, bytes));
  }

  ask(from: string, to: string, bytes: Uint8Array, done: (answer: Uint8Array | undefined) => void): void {
    const node = this.#node(from);
    node?.when((transport) => transport.ask(to, bytes, (answer) => node.ended || done(answer)));
  }

  publish(from: string, bytes: Uint8Array): void {
    this.#node(from)?.when((transport) => transport.publish(bytes));
  }

  putRecord(from: string | undefined, address: Uint8Array, value: Uint8Array, expires: number): void {
    if (from === undefined && this.#node(STRANGER) === undefined) this.join(STRANGER);
    this.#node(from ?? STRANGER)?.when((transport) => transport.putRecord(address, value, expires));
  }

  getRecord(reader: string, address: Uint8Array, done: (value: Uint8Array | undefined) => void): void {
    const node = this.#node(reader);
    node?.when((transport) => transport.getRecord(address, (value) => node.ended || done(value)));
  }

  behave(conditions: Conditions): void {
    this.wires.conditions = conditions;
  }

  cut(name: string, left: readonly string[], right: readonly string[], oneWay: boolean): void {
    this.wires.cut(name, left, right, oneWay);
  }

  mend(name: string): void {
    this.wires.mend(name);
  }

  behindNat(name: string, kind: NatKind): void {
    assert(!this.#residents.has(name), "a node is behind a NAT from its beginning");
    this.#resident(name, kind);
  }

  rebind(name: string): void {
    this.#resident(name).host.rebind();
  }

  attack(kind: AttackerKind, name: string, aims: AttackerAims): Attacker {
    const hosts: Host[] = [];
    const attacker = ATTACKERS[kind](
      {
        kernel: this.#kernel,
        stream: this.#stream.child(`attacker ${name}`),
        host: (number, options) => {
          const host = this.wires.host(`${name}/${number}`, options);
          hosts.push(host);
          return host;
        },
        know: (number, peer) => this.#know(`${name}/${number}`, peer),
        addressesOf: (victim) => this.addressesOf(victim),
        peerOf: (victim) => this.#resident(victim).peer,
        failed: (failure) => void this.failures.push(failure),
      },
      aims,
    );
    return {
      counts: attacker.counts,
      stop: () => {
        for (const host of hosts) host.crash();
        attacker.stop();
      },
    };
  }

  view(name: string): OverlayView | undefined {
    const resident = this.#residents.get(name);
    const nameOf = (peer: string): string => this.#byPeer.get(peer) ?? peer;
    const peerOfName = (known: string): string => this.#peers.get(known) ?? known;
    return resident?.node && viewOf(resident.node, resident.host.nat, nameOf, peerOfName);
  }
}
