import { bytesToHex } from "@noble/hashes/utils.js";
import { ENVELOPE_BYTES_MAX } from "../../core/envelope/index.ts";
import type { Transport } from "../../core/node/index.ts";
import type { Kernel, Stream, Trace } from "../kernel/index.ts";
import type { TimelineEntry } from "../result.ts";
import { CALM, type Conditions } from "./conditions.ts";

/** Bytes on their way. `from` and `to` are node names. */
export interface Packet {
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
}

/** What a rule decides about a packet. The first rule that does not pass it wins, in the order they were added. */
export type RuleVerdict = "pass" | "drop" | { readonly delayMs: number };
export type Rule = (packet: Packet) => RuleVerdict;

/** What the network puts in the place of a packet: itself, something else, or nothing. */
export type Alteration = (packet: Packet) => Uint8Array | undefined;

type Receiver = (from: string, bytes: Uint8Array) => void;

interface StoredRecord {
  readonly value: Uint8Array;
  readonly expires: number;
}

/** Records that the modelled record store keeps; a crawler's view of it is {@link Network.records}. */
export const RECORDS_MAX = 1_000_000;

/** The modelled mesh: directed links under one set of conditions, fault rules, an adversary's hands, and a record store. */
export class Network {
  readonly #kernel: Kernel;
  readonly #stream: Stream;
  readonly #trace: Trace;
  readonly #receivers = new Map<string, Receiver>();
  readonly #rules = new Map<string, Rule>();
  readonly #alterations = new Set<Alteration>();
  readonly #taps = new Set<(packet: Packet) => void>();
  readonly #recordFilters = new Set<(value: Uint8Array) => Uint8Array | undefined>();
  readonly #freeAt = new Map<string, number>();
  /** Every record by its address in hexadecimal: what any storing peer, or a crawler of all, can see. */
  readonly records: Map<string, StoredRecord> = new Map();
  conditions: Conditions = CALM;
  packets = 0;
  bytes = 0;
  dropped = 0;

  constructor(kernel: Kernel, stream: Stream, trace: Trace) {
    this.#kernel = kernel;
    this.#stream = stream;
    this.#trace = trace;
  }

  /** The port of the node with this name. */
  transport(name: string): Transport {
    return {
      address: name,
      onReceive: (handler) => this.attach(name, handler),
      send: (to, bytes) => this.send(name, to, bytes),
      putRecord: (address, value, expires) => this.putRecord(address, value, expires),
      getRecord: (address, done) => this.getRecord(address, done),
    };
  }

  attach(name: string, receiver: Receiver): void {
    this.#receivers.set(name, receiver);
  }

  detach(name: string): void {
    this.#receivers.delete(name);
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

  /** Sees every packet as it leaves its node, before any fault. */
  tap(observer: (packet: Packet) => void): void {
    this.#taps.add(observer);
  }

  /** Lets an adversary on the path change or swallow packets. */
  alter(alteration: Alteration): void {
    this.#alterations.add(alteration);
  }

  /** Lets storing peers return other bytes, or nothing, for a record. */
  alterRecords(filter: (value: Uint8Array) => Uint8Array | undefined): void {
    this.#recordFilters.add(filter);
  }

  /** All faults and adversaries on the path end. */
  heal(): void {
    for (const name of [...this.#rules.keys()]) this.removeRule(name);
    this.#alterations.clear();
    this.#recordFilters.clear();
    this.conditions = CALM;
    this.#note("fault", "network", { note: "healed" });
  }

  send(from: string, to: string, bytes: Uint8Array): void {
    const packet = { from, to, bytes: bytes.slice() };
    if (bytes.length > ENVELOPE_BYTES_MAX) return this.#drop(packet);
    this.packets++;
    this.bytes += bytes.length;
    for (const tap of this.#taps) tap(packet);
    this.#note("packet", from, { to, bytes: bytes.length }, bytes);
    let delayMs = 0;
    for (const rule of this.#rules.values()) {
      const verdict = rule(packet);
      if (verdict === "pass") continue;
      if (verdict === "drop") return this.#drop(packet);
      delayMs = verdict.delayMs;
      break;
    }
    let carried: Uint8Array | undefined = packet.bytes;
    for (const alteration of this.#alterations) {
      if (carried === undefined) break;
      carried = alteration({ from, to, bytes: carried });
    }
    if (carried === undefined) return this.#drop(packet);
    const { duplicationRate, lossRate, reorderingMs, reorderingRate } = this.conditions;
    if (this.#stream.chance(lossRate)) return this.#drop(packet);
    const copies = this.#stream.chance(duplicationRate) ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const held = this.#stream.chance(reorderingRate) ? this.#stream.between(1, reorderingMs) : 0;
      this.#deliver({ from, to, bytes: carried }, delayMs + held);
    }
  }

  /** Puts bytes on the wire that no node sent, as if `from` had. */
  inject(from: string, to: string, bytes: Uint8Array, note: string): void {
    this.#note("inject", from, { to, bytes: bytes.length, note }, bytes);
    this.#deliver({ from, to, bytes }, 0);
  }

  #deliver({ bytes, from, to }: Packet, extraMs: number): void {
    const { bandwidth, jitterMs, latencyMs } = this.conditions;
    let leaves = this.#kernel.now;
    if (bandwidth > 0) {
      const link = `${from}→${to}`;
      leaves = Math.max(leaves, this.#freeAt.get(link) ?? 0) + Math.ceil((bytes.length * 1_000) / bandwidth);
      this.#freeAt.set(link, leaves);
    }
    const arrives = leaves + latencyMs + Math.floor(this.#stream.unit() * jitterMs) + extraMs;
    this.#kernel.at(arrives, () => {
      const receiver = this.#receivers.get(to);
      if (receiver === undefined) return this.#drop({ from, to, bytes });
      this.#note("arrive", from, { to, bytes: bytes.length }, bytes);
      receiver(from, bytes);
    });
  }

  #drop({ bytes, from, to }: Packet): void {
    this.dropped++;
    this.#note("drop", from, { to, bytes: bytes.length });
  }

  putRecord(address: Uint8Array, value: Uint8Array, expires: number): void {
    if (value.length > ENVELOPE_BYTES_MAX || this.records.size >= RECORDS_MAX) return;
    this.records.set(bytesToHex(address), { value: value.slice(), expires });
  }

  /** Answers after a round trip; undefined when nothing unexpired is stored there. */
  getRecord(address: Uint8Array, done: (value: Uint8Array | undefined) => void): void {
    const { jitterMs, latencyMs } = this.conditions;
    this.#kernel.after(2 * latencyMs + Math.floor(this.#stream.unit() * jitterMs), () => {
      const record = this.records.get(bytesToHex(address));
      let value = record !== undefined && record.expires > this.#kernel.now ? record.value : undefined;
      for (const filter of this.#recordFilters) value = value === undefined ? undefined : filter(value);
      done(value);
    });
  }

  #note(kind: TimelineEntry["kind"], from: string, rest: Partial<TimelineEntry>, bytes?: Uint8Array): void {
    this.#trace.add({ atMs: this.#kernel.elapsed, kind, from, ...rest }, bytes);
  }
}
