import type { Transport } from "../../core/node/index.ts";
import { assert } from "../../core/safety/index.ts";
import type { Suite } from "../../core/suite/index.ts";
import type { Kernel, Stream, Trace } from "../kernel/index.ts";
import type { TimelineEntry } from "../result.ts";
import type { Arrivals, Carrier } from "./carrier.ts";
import { CALM, type Conditions } from "./conditions.ts";
import { type Flight, flightOf } from "./flight.ts";
import { Interference } from "./interference.ts";
import { Mesh } from "./mesh.ts";
import type { Overlay } from "./overlay.ts";
import {
  type Alteration,
  type Answerer,
  type Packet,
  PACKET_BYTES_MAX,
  type PacketKind,
  type RecordFilter,
  type Redirection,
  type Rule,
} from "./packet.ts";
import { RecordStore, type StoredRecord } from "./record-store.ts";

type Receiver = (from: string, bytes: Uint8Array) => void;
type Reply = (answer: Uint8Array) => void;
type QuestionReceiver = (from: string, bytes: Uint8Array, reply: Reply) => void;

/** What a node that is up takes. */
interface Endpoint {
  relocated?: () => void;
  datagram?: Receiver;
  gossip?: Receiver;
  question?: QuestionReceiver;
}

interface Tap {
  readonly kinds: readonly PacketKind[];
  readonly moment: "leaves" | "arrives";
  readonly observer: (packet: Packet) => void;
}

type InjectedKind = Exclude<PacketKind, "answer">;

const NOTHING = new Uint8Array(0);
/** How long whoever asks waits for the answer, in milliseconds. */
export const ASK_MS_MAX = 5_000;

/**
 * The modelled mesh: directed links under one set of conditions, gossip among neighbours, questions and answers, fault
 * rules, an adversary's hands, and a record store.
 */
export class Network {
  readonly #kernel: Kernel;
  /** What happens to packets of one kind does not depend on those of another. */
  readonly #streams: Readonly<Record<PacketKind, Stream>>;
  readonly #trace: Trace;
  readonly #mesh: Mesh;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #interference = new Interference();
  readonly #taps = new Set<Tap>();
  /** Addresses of nodes that are not reached under their name any more. */
  readonly #moved = new Map<string, readonly string[]>();
  /** Who moved to an address, the last that did. */
  readonly #residents = new Map<string, string>();
  readonly #freeAt = new Map<string, number>();
  readonly #records: RecordStore;
  readonly #carrier: Carrier | undefined;
  #conditions: Conditions = CALM;
  packets = 0;
  bytes = 0;
  dropped = 0;

  /** `carrier`: what takes the place of modelled links, gossip and record store. */
  constructor(kernel: Kernel, stream: Stream, trace: Trace, suite: Suite, carrier?: Carrier) {
    this.#kernel = kernel;
    this.#carrier = carrier;
    this.#records = new RecordStore(kernel, suite);
    this.#streams = {
      datagram: stream,
      gossip: stream.child("gossip"),
      question: stream.child("question"),
      answer: stream.child("answer"),
    };
    this.#mesh = new Mesh(stream.child("mesh"));
    this.#trace = trace;
  }

  /** Every record by its address in hexadecimal: what any storing peer, or a crawler of all, can see. */
  get records(): ReadonlyMap<string, StoredRecord> {
    return this.#records.all;
  }

  /** Records that no storing peer took, since they did not verify. */
  get refusedRecords(): number {
    return this.#records.refused;
  }

  /** The overlay of peers that carries this network; only scenarios that say so may ask for it. */
  get overlay(): Overlay {
    assert(this.#carrier !== undefined, "a modelled mesh has no overlay of peers");
    return this.#carrier.overlay;
  }

  get conditions(): Conditions {
    return this.#conditions;
  }

  set conditions(conditions: Conditions) {
    this.#conditions = conditions;
    this.#carrier?.behave(conditions);
  }

  /** The port of the node with this name. */
  transport(name: string): Transport {
    const addresses = (): readonly string[] => this.addressesOf(name);
    return {
      get addresses() {
        return addresses();
      },
      onRelocated: (handler) => void (this.#endpoint(name).relocated = handler),
      onReceive: (handler) => this.attach(name, handler),
      onGossip: (handler) => void (this.#endpoint(name).gossip = handler),
      onQuestion: (handler) => void (this.#endpoint(name).question = handler),
      send: (to, bytes) => this.send(name, to, bytes),
      publish: (bytes) => this.publish(name, bytes),
      ask: (to, bytes, done) => this.ask(name, to, bytes, done),
      putRecord: (address, value, expires) => this.putRecord(address, value, expires, name),
      getRecord: (address, done) => this.getRecord(name, address, done),
    };
  }

  /** Where this node is reached: under its name, until it moves. */
  addressesOf(name: string): readonly string[] {
    return this.#carrier?.addressesOf(name) ?? this.#moved.get(name) ?? [name];
  }

  /** The best of them. */
  addressOf(name: string): string {
    return this.addressesOf(name)[0] ?? name;
  }

  /** From now on this node, up or down, is reached at these addresses, and nobody else is, and at no other. */
  relocate(name: string, addresses: readonly string[]): void {
    this.#note("fault", name, { note: "moves" });
    if (this.#carrier !== undefined) {
      this.#carrier.relocate(name, addresses);
      return;
    }
    this.#moved.set(name, addresses);
    for (const address of addresses) this.#residents.set(address, name);
    this.#kernel.after(0, () => this.#endpoints.get(name)?.relocated?.());
  }

  /** The node that is reached at an address, or was. */
  #residentOf(address: string): string {
    return this.#carrier?.residentOf(address) ?? this.#residents.get(address) ?? address;
  }

  #isAt(name: string, address: string): boolean {
    return this.#residentOf(address) === name && this.addressesOf(name).includes(address);
  }

  attach(name: string, receiver: Receiver): void {
    this.#endpoint(name).datagram = receiver;
  }

  /** Whoever takes anything from the network is on the mesh. */
  #endpoint(name: string): Endpoint {
    const before = this.#endpoints.get(name);
    if (before !== undefined) return before;
    const endpoint: Endpoint = {};
    this.#endpoints.set(name, endpoint);
    if (this.#carrier === undefined) this.#mesh.join(name);
    else this.#carrier.join(name, this.#arrivalsAt(name, endpoint));
    return endpoint;
  }

  detach(name: string): void {
    if (!this.#endpoints.delete(name)) return;
    this.#mesh.leave(name);
    this.#carrier?.leave(name);
  }

  /** What the carrier brings to a node, through the same hands as what the modelled links bring. */
  #arrivalsAt(to: string, endpoint: Endpoint): Arrivals {
    const arrive = (kind: "datagram" | "question", source: string, bytes: Uint8Array, replied?: Reply): void => {
      const from = this.#residentOf(source);
      this.#arrive(flightOf({ kind, from, to, bytes }, { source, replied }));
    };
    return {
      datagram: (source, bytes) => arrive("datagram", source, bytes),
      // Only now it is known which neighbour brought it.
      gossip: (source, bytes) => {
        const packet: Packet = { kind: "gossip", from: this.#residentOf(source), to, bytes };
        const forward = (carried: Uint8Array): void =>
          this.#arrive(flightOf({ ...packet, bytes: carried }, { source }));
        this.#carry(flightOf(packet, { source, forward }));
      },
      question: (source, bytes, reply) => arrive("question", source, bytes, reply),
      relocated: () => endpoint.relocated?.(),
    };
  }

  /** Whom this node's gossip goes to; none while it is down. */
  neighbours(name: string): string[] {
    return this.#mesh.neighbours(name);
  }

  /** Makes two nodes neighbours, until the network heals. */
  link(a: string, b: string): void {
    this.#note("fault", a, { to: b, note: "linked" });
    this.#mesh.change(a, b, true);
  }

  /** Keeps two nodes from being neighbours, until the network heals. */
  unlink(a: string, b: string): void {
    this.#note("fault", a, { to: b, note: "unlinked" });
    this.#mesh.change(a, b, false);
  }

  /** Adds a rule under a name; a second one of that name replaces it. */
  rule(name: string, rule: Rule): void {
    this.#note("fault", name, { note: "begins" });
    this.#interference.rules.set(name, rule);
  }

  removeRule(name: string): void {
    if (!this.#interference.rules.delete(name)) return;
    this.#carrier?.mend(name);
    this.#note("fault", name, { note: "ends" });
  }

  /** Cuts every link between the two groups, in both directions or only from the first to the second. */
  partition(name: string, left: readonly string[], right: readonly string[], oneWay = false): void {
    if (this.#carrier !== undefined) {
      this.#carrier.cut(name, left, right, oneWay);
      this.rule(name, () => "pass");
      return;
    }
    const [a, b] = [new Set(left), new Set(right)];
    this.rule(name, ({ from, to }) =>
      (a.has(from) && b.has(to)) || (!oneWay && b.has(from) && a.has(to)) ? "drop" : "pass",
    );
  }

  /** Sees every packet of these kinds as it leaves its node, before any fault, or as somebody takes it. */
  tap(
    observer: (packet: Packet) => void,
    kinds: readonly PacketKind[] = ["datagram"],
    moment: Tap["moment"] = "leaves",
  ): void {
    this.#taps.add({ observer, kinds, moment });
  }

  /** Lets an adversary on the path change or swallow packets. */
  alter(alteration: Alteration): void {
    this.#interference.alterations.add(alteration);
  }

  /** Lets an adversary take the questions to a node, up or down, before it does; a later one replaces an earlier. */
  answerFor(name: string, answerer: Answerer): void {
    this.#interference.answerers.set(name, answerer);
  }

  /** Lets an adversary that runs several nodes behind one name choose, by the sender, which of them takes a packet. */
  redirect(name: string, redirection: Redirection): void {
    this.#interference.redirections.set(name, redirection);
  }

  /** Lets storing peers return other bytes, or nothing, for a record. */
  alterRecords(filter: RecordFilter): void {
    this.#interference.recordFilters.add(filter);
  }

  /** All faults and adversaries on the path end. */
  heal(): void {
    for (const name of [...this.#interference.rules.keys()]) this.removeRule(name);
    this.#interference.clear();
    this.#mesh.reset();
    this.conditions = CALM;
    this.#note("fault", "network", { note: "healed" });
  }

  /** Sends from a node, by its name, to an address. */
  send(from: string, address: string, bytes: Uint8Array): void {
    const to = this.#residentOf(address);
    const carrier = this.#carrier;
    const forward = carrier && ((carried: Uint8Array) => carrier.send(from, address, carried));
    this.#carry(flightOf({ kind: "datagram", from, to, bytes: bytes.slice() }, { address, forward }));
  }

  /** Spreads bytes to the neighbours of `from`, each in its own packet. */
  publish(from: string, bytes: Uint8Array): void {
    if (this.#carrier !== undefined) {
      this.#carrier.publish(from, bytes.slice());
      return;
    }
    const first = flightOf({ kind: "gossip", from, to: from, bytes: bytes.slice() });
    for (const to of this.#mesh.neighbours(from)) this.#carry({ ...first, packet: { ...first.packet, to } });
  }

  /** Calls back once, later: with the first answer that reaches `from` while it is attached, or with none in time. */
  ask(from: string, address: string, bytes: Uint8Array, done: (answer: Uint8Array | undefined) => void): void {
    let waits = true;
    const answered = (answer?: Uint8Array): void => {
      if (!waits) return;
      waits = false;
      cancel();
      done(answer);
    };
    const cancel = this.#kernel.after(ASK_MS_MAX, answered);
    const to = this.#residentOf(address);
    const carrier = this.#carrier;
    const forward =
      carrier &&
      ((carried: Uint8Array) =>
        carrier.ask(from, address, carried, (answer) => {
          if (answer === undefined) answered();
          else this.#arrive(flightOf({ kind: "answer", from: to, to: from, bytes: answer }, { answered }));
        }));
    const packet: Packet = { kind: "question", from, to, bytes: bytes.slice() };
    this.#carry(flightOf(packet, { answered, address, forward }));
  }

  /**
   * Puts bytes on the wire that no node sent, as if `from` had: gossip to this node alone, whoever its neighbours are;
   * a question whose answer means nothing to `from`. Only who is on the path can forge an answer, see {@link alter}.
   */
  inject(from: string, to: string, bytes: Uint8Array, note: string, kind: InjectedKind = "datagram"): void {
    const flight = flightOf({ kind, from, to, bytes });
    this.#step("inject", flight, kind === "datagram" ? note : `${kind}: ${note}`);
    this.#deliver(flight, 0);
  }

  #carry(flight: Flight): void {
    const { packet } = flight;
    const { bytes, kind } = packet;
    if (bytes.length > PACKET_BYTES_MAX[kind]) return this.#drop(flight);
    this.packets++;
    this.bytes += bytes.length;
    this.#tell("leaves", packet);
    this.#step("packet", flight);
    const delayMs = this.#interference.delayOf(packet);
    if (delayMs === undefined) return this.#drop(flight);
    const carried = this.#interference.altered(packet);
    if (carried === undefined) return this.#drop(flight);
    const { duplicationRate, lossRate, reorderingMs, reorderingRate } = this.conditions;
    const stream = this.#streams[kind];
    // A carrier's wires lose what goes over them by themselves.
    if (this.#carrier === undefined && stream.chance(lossRate)) return this.#drop(flight);
    const copies = stream.chance(duplicationRate) ? 2 : 1;
    const arriving = carried === bytes ? flight : flightOf({ ...packet, bytes: carried }, flight);
    for (let copy = 0; copy < copies; copy++) {
      const held = stream.chance(reorderingRate) ? stream.between(1, reorderingMs) : 0;
      this.#deliver(arriving, delayMs + held);
    }
  }

  #deliver(flight: Flight, extraMs: number): void {
    const { forward, packet } = flight;
    const { bytes, from, kind, to } = packet;
    if (forward !== undefined) {
      if (extraMs > 0) this.#kernel.after(extraMs, () => forward(bytes));
      else forward(bytes);
      return;
    }
    const { bandwidth, jitterMs, latencyMs } = this.conditions;
    let leaves = this.#kernel.now;
    if (bandwidth > 0) {
      const link = `${from}→${to}`;
      leaves = Math.max(leaves, this.#freeAt.get(link) ?? 0) + Math.ceil((bytes.length * 1_000) / bandwidth);
      this.#freeAt.set(link, leaves);
    }
    const arrives = leaves + latencyMs + Math.floor(this.#streams[kind].unit() * jitterMs) + extraMs;
    this.#kernel.at(arrives, () => this.#arrive(flight));
  }

  #arrive(flight: Flight): void {
    const take = this.#taker(flight);
    if (take === undefined) return this.#drop(flight);
    this.#step("arrive", flight);
    this.#tell("arrives", flight.packet);
    take();
  }

  #tell(moment: Tap["moment"], packet: Packet): void {
    for (const tap of this.#taps) if (tap.moment === moment && tap.kinds.includes(packet.kind)) tap.observer(packet);
  }

  /** What is done with a packet where it arrives; undefined when nobody takes it. */
  #taker({ address, answered, packet, replied: forward, source: known }: Flight): (() => void) | undefined {
    const { bytes, from, kind, to } = packet;
    if (address !== undefined && !this.#isAt(to, address)) return undefined;
    const source = known ?? this.addressOf(from);
    const endpoint = this.#endpoints.get(this.#interference.redirections.get(to)?.(from) ?? to);
    if (kind === "answer") return endpoint && (() => answered?.(bytes));
    if (kind !== "question") {
      const receiver = endpoint?.[kind];
      return receiver && (() => receiver(source, bytes));
    }
    let replied = false;
    const reply = (answer: Uint8Array): void => {
      if (replied) return;
      replied = true;
      this.#carry(flightOf({ kind: "answer", from: to, to: from, bytes: answer.slice() }, { answered, forward }));
    };
    const verdict = this.#interference.answerers.get(to)?.(from, bytes) ?? "pass";
    if (verdict === "drop") return undefined;
    if (verdict !== "pass") return () => reply(verdict);
    const receiver = endpoint?.question;
    return receiver && (() => receiver(source, bytes, reply));
  }

  #drop(flight: Flight): void {
    this.dropped++;
    this.#step("drop", { ...flight, print: NOTHING });
  }

  /** A step of a packet in the trace. Datagrams need no note of their kind. */
  #step(step: "packet" | "arrive" | "drop" | "inject", { packet, print }: Flight, note?: string): void {
    const { bytes, from, kind, to } = packet;
    const noted = note ?? (kind === "datagram" ? undefined : kind);
    this.#note(step, from, { to, bytes: bytes.length, ...(noted === undefined ? {} : { note: noted }) }, print);
  }

  /** Storing peers keep what verifies by itself. `from` undefined: a stranger puts it. */
  putRecord(address: Uint8Array, value: Uint8Array, expires: number, from?: string): void {
    this.#records.put(address, value, expires);
    this.#carrier?.putRecord(from, address, value, expires);
  }

  /** Answers after a round trip; undefined when nothing unexpired is stored there. */
  getRecord(reader: string, address: Uint8Array, done: (value: Uint8Array | undefined) => void): void {
    const found = (value: Uint8Array | undefined): void => done(this.#interference.filtered(value, address, reader));
    if (this.#carrier !== undefined) {
      this.#carrier.getRecord(reader, address, found);
      return;
    }
    const { jitterMs, latencyMs } = this.conditions;
    this.#kernel.after(2 * latencyMs + Math.floor(this.#streams.datagram.unit() * jitterMs), () =>
      found(this.#records.get(address)),
    );
  }

  #note(kind: TimelineEntry["kind"], from: string, rest: Partial<TimelineEntry>, bytes?: Uint8Array): void {
    this.#trace.add({ atMs: this.#kernel.elapsed, kind, from, ...rest }, bytes);
  }
}
