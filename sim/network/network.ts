import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Transport } from "../../core/node/index.ts";
import { RECORD_LIFE_MS_MAX, supersedes, type VerifiedRecord, verifyRecord } from "../../core/record/index.ts";
import { equalConstantTime } from "../../core/safety/index.ts";
import type { Suite } from "../../core/suite/index.ts";
import type { Kernel, Stream, Trace } from "../kernel/index.ts";
import type { TimelineEntry } from "../result.ts";
import { CALM, type Conditions } from "./conditions.ts";
import { Mesh } from "./mesh.ts";
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

type Receiver = (from: string, bytes: Uint8Array) => void;
type QuestionReceiver = (from: string, bytes: Uint8Array, reply: (answer: Uint8Array) => void) => void;

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

/** A packet between two nodes, what stands for its bytes in the trace, and who takes the answer to a question. */
interface Flight {
  readonly packet: Packet;
  readonly print: Uint8Array;
  /** Where it was sent, while its receiver may move away from there. */
  readonly address?: string | undefined;
  readonly answered?: ((answer: Uint8Array) => void) | undefined;
}

type InjectedKind = Exclude<PacketKind, "answer">;

interface StoredRecord {
  readonly value: Uint8Array;
  readonly verified: VerifiedRecord;
  readonly expires: number;
}

/** Records that the modelled record store keeps; a crawler's view of it is {@link Network.records}. */
export const RECORDS_MAX = 1_000_000;
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
  readonly #suite: Suite;
  readonly #mesh: Mesh;
  readonly #endpoints = new Map<string, Endpoint>();
  readonly #rules = new Map<string, Rule>();
  readonly #alterations = new Set<Alteration>();
  readonly #answerers = new Map<string, Answerer>();
  readonly #taps = new Set<Tap>();
  readonly #redirections = new Map<string, Redirection>();
  readonly #recordFilters = new Set<RecordFilter>();
  /** Addresses of nodes that are not reached under their name any more. */
  readonly #moved = new Map<string, readonly string[]>();
  /** Who moved to an address, the last that did. */
  readonly #residents = new Map<string, string>();
  readonly #freeAt = new Map<string, number>();
  /** Every record by its address in hexadecimal: what any storing peer, or a crawler of all, can see. */
  readonly records: Map<string, StoredRecord> = new Map();
  conditions: Conditions = CALM;
  packets = 0;
  bytes = 0;
  dropped = 0;
  /** Records that no storing peer took, since they did not verify. */
  refusedRecords = 0;

  constructor(kernel: Kernel, stream: Stream, trace: Trace, suite: Suite) {
    this.#kernel = kernel;
    this.#suite = suite;
    this.#streams = {
      datagram: stream,
      gossip: stream.child("gossip"),
      question: stream.child("question"),
      answer: stream.child("answer"),
    };
    this.#mesh = new Mesh(stream.child("mesh"));
    this.#trace = trace;
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
      putRecord: (address, value, expires) => this.putRecord(address, value, expires),
      getRecord: (address, done) => this.getRecord(name, address, done),
    };
  }

  /** Where this node is reached: under its name, until it moves. */
  addressesOf(name: string): readonly string[] {
    return this.#moved.get(name) ?? [name];
  }

  /** From now on this node, up or down, is reached at these addresses, and nobody else is, and at no other. */
  relocate(name: string, addresses: readonly string[]): void {
    this.#moved.set(name, addresses);
    for (const address of addresses) this.#residents.set(address, name);
    this.#note("fault", name, { note: "moves" });
    this.#kernel.after(0, () => this.#endpoints.get(name)?.relocated?.());
  }

  /** The node that is reached at an address, or was. */
  #residentOf(address: string): string {
    return this.#residents.get(address) ?? address;
  }

  #isAt(name: string, address: string): boolean {
    return this.#residentOf(address) === name && this.addressesOf(name).includes(address);
  }

  attach(name: string, receiver: Receiver): void {
    this.#endpoint(name).datagram = receiver;
  }

  /** Whoever takes anything from the network is on the mesh. */
  #endpoint(name: string): Endpoint {
    const endpoint = this.#endpoints.get(name) ?? {};
    this.#endpoints.set(name, endpoint);
    this.#mesh.join(name);
    return endpoint;
  }

  detach(name: string): void {
    this.#endpoints.delete(name);
    this.#mesh.leave(name);
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
    this.#rules.set(name, rule);
  }

  removeRule(name: string): void {
    if (this.#rules.delete(name)) this.#note("fault", name, { note: "ends" });
  }

  /** Cuts every link between the two groups, in both directions or only from the first to the second. */
  partition(name: string, left: readonly string[], right: readonly string[], oneWay = false): void {
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
    this.#alterations.add(alteration);
  }

  /** Lets an adversary take the questions to a node, up or down, before it does; a later one replaces an earlier. */
  answerFor(name: string, answerer: Answerer): void {
    this.#answerers.set(name, answerer);
  }

  /** Lets an adversary that runs several nodes behind one name choose, by the sender, which of them takes a packet. */
  redirect(name: string, redirection: Redirection): void {
    this.#redirections.set(name, redirection);
  }

  /** Lets storing peers return other bytes, or nothing, for a record. */
  alterRecords(filter: RecordFilter): void {
    this.#recordFilters.add(filter);
  }

  /** All faults and adversaries on the path end. */
  heal(): void {
    for (const name of [...this.#rules.keys()]) this.removeRule(name);
    this.#alterations.clear();
    this.#answerers.clear();
    this.#redirections.clear();
    this.#recordFilters.clear();
    this.#mesh.reset();
    this.conditions = CALM;
    this.#note("fault", "network", { note: "healed" });
  }

  /** Sends from a node, by its name, to an address. */
  send(from: string, address: string, bytes: Uint8Array): void {
    const to = this.#residentOf(address);
    this.#carry({ ...flightOf({ kind: "datagram", from, to, bytes: bytes.slice() }), address });
  }

  /** Spreads bytes to the neighbours of `from`, each in its own packet. */
  publish(from: string, bytes: Uint8Array): void {
    const first = flightOf({ kind: "gossip", from, to: from, bytes: bytes.slice() });
    for (const to of this.#mesh.neighbours(from)) this.#carry({ ...first, packet: { ...first.packet, to } });
  }

  /** Calls back once, later: with the first answer that reaches `from` while it is attached, or after ASK_MS_MAX. */
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
    this.#carry({ ...flightOf({ kind: "question", from, to, bytes: bytes.slice() }, answered), address });
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
    let delayMs = 0;
    for (const rule of this.#rules.values()) {
      const verdict = rule(packet);
      if (verdict === "pass") continue;
      if (verdict === "drop") return this.#drop(flight);
      delayMs = verdict.delayMs;
      break;
    }
    let carried: Uint8Array | undefined = bytes;
    for (const alteration of this.#alterations) {
      if (carried === undefined) break;
      carried = alteration({ ...packet, bytes: carried });
    }
    if (carried === undefined) return this.#drop(flight);
    const { duplicationRate, lossRate, reorderingMs, reorderingRate } = this.conditions;
    const stream = this.#streams[kind];
    if (stream.chance(lossRate)) return this.#drop(flight);
    const copies = stream.chance(duplicationRate) ? 2 : 1;
    const arriving = carried === bytes ? flight : { ...flight, ...flightOf({ ...packet, bytes: carried }) };
    for (let copy = 0; copy < copies; copy++) {
      const held = stream.chance(reorderingRate) ? stream.between(1, reorderingMs) : 0;
      this.#deliver(arriving, delayMs + held);
    }
  }

  #deliver(flight: Flight, extraMs: number): void {
    const { bytes, from, kind, to } = flight.packet;
    const { bandwidth, jitterMs, latencyMs } = this.conditions;
    let leaves = this.#kernel.now;
    if (bandwidth > 0) {
      const link = `${from}→${to}`;
      leaves = Math.max(leaves, this.#freeAt.get(link) ?? 0) + Math.ceil((bytes.length * 1_000) / bandwidth);
      this.#freeAt.set(link, leaves);
    }
    const arrives = leaves + latencyMs + Math.floor(this.#streams[kind].unit() * jitterMs) + extraMs;
    this.#kernel.at(arrives, () => {
      const take = this.#taker(flight);
      if (take === undefined) return this.#drop(flight);
      this.#step("arrive", flight);
      this.#tell("arrives", flight.packet);
      take();
    });
  }

  #tell(moment: Tap["moment"], packet: Packet): void {
    for (const tap of this.#taps) if (tap.moment === moment && tap.kinds.includes(packet.kind)) tap.observer(packet);
  }

  /** What is done with a packet where it arrives; undefined when nobody takes it. */
  #taker({ address, answered, packet }: Flight): (() => void) | undefined {
    const { bytes, from, kind, to } = packet;
    if (address !== undefined && !this.#isAt(to, address)) return undefined;
    const source = this.addressesOf(from)[0] ?? from;
    const endpoint = this.#endpoints.get(this.#redirections.get(to)?.(from) ?? to);
    if (kind === "answer") return endpoint && (() => answered?.(bytes));
    if (kind !== "question") {
      const receiver = endpoint?.[kind];
      return receiver && (() => receiver(source, bytes));
    }
    let replied = false;
    const reply = (answer: Uint8Array): void => {
      if (replied) return;
      replied = true;
      this.#carry(flightOf({ kind: "answer", from: to, to: from, bytes: answer.slice() }, answered));
    };
    const verdict = this.#answerers.get(to)?.(from, bytes) ?? "pass";
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

  /** Storing peers keep what verifies by itself, and of two records of one address the one that supersedes the other. */
  putRecord(address: Uint8Array, value: Uint8Array, expires: number): void {
    const { now } = this.#kernel;
    const verified = verifyRecord(this.#suite, address, value, now);
    if (!verified.ok) return void this.refusedRecords++;
    const until = Math.min(expires, verified.value.expires ?? now + RECORD_LIFE_MS_MAX);
    const name = bytesToHex(address);
    const held = this.records.get(name);
    if (until <= now || (held === undefined && this.records.size >= RECORDS_MAX)) return;
    if (held !== undefined && held.expires > now) {
      if (equalConstantTime(held.value, value)) {
        this.records.set(name, { ...held, expires: Math.max(held.expires, until) });
        return;
      }
      if (!supersedes(verified.value, held.verified, value, held.value)) return;
    }
    this.records.set(name, { value: value.slice(), verified: verified.value, expires: until });
  }

  /** Answers after a round trip; undefined when nothing unexpired is stored there. */
  getRecord(reader: string, address: Uint8Array, done: (value: Uint8Array | undefined) => void): void {
    const { jitterMs, latencyMs } = this.conditions;
    this.#kernel.after(2 * latencyMs + Math.floor(this.#streams.datagram.unit() * jitterMs), () => {
      const record = this.records.get(bytesToHex(address));
      let value = record !== undefined && record.expires > this.#kernel.now ? record.value : undefined;
      for (const filter of this.#recordFilters)
        value = value === undefined ? undefined : filter(value, address, reader);
      done(value);
    });
  }

  #note(kind: TimelineEntry["kind"], from: string, rest: Partial<TimelineEntry>, bytes?: Uint8Array): void {
    this.#trace.add({ atMs: this.#kernel.elapsed, kind, from, ...rest }, bytes);
  }
}

function flightOf(packet: Packet, answered?: (answer: Uint8Array) => void): Flight {
  const { bytes, kind } = packet;
  // An envelope's ends tell it from any other; of other packets the digest does.
  const print = kind === "datagram" ? bytes : sha256(bytes);
  return answered === undefined ? { packet, print } : { packet, print, answered };
}
