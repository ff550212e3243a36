import type { EngineEvent, Inspection, Roles, Settings } from "../../core/node/index.ts";
import { assert } from "../../core/safety/index.ts";
import type { Suite } from "../../core/suite/index.ts";
import { type Kernel, type Stream, Trace } from "../kernel/index.ts";
import { type Carrier, Network } from "../network/index.ts";
import type { TimelineEntry } from "../result.ts";
import { Institution, type Party } from "./institution.ts";
import type { SimLog } from "./log.ts";
import { Ledger, type Reading, type Said } from "./ledger.ts";
import { Machine, type Setup } from "./machine.ts";
import { Person } from "./person.ts";
import { Titles } from "./titles.ts";

/** What oracles are told as it happens. Each part is optional. */
export interface Observer {
  said?(said: Said): void;
  read?(reading: Reading): void;
  event?(party: Party, event: EngineEvent): void;
  restarted?(party: Party, events: readonly EngineEvent[]): void;
  /** Somebody asks their directories about a label; the outcome names the token. */
  asked?(person: Person, label: string, token: number): void;
  /** Datagrams only; an oracle that wants more taps the network. */
  sent?(from: string, to: string, bytes: Uint8Array): void;
  /** Every virtual minute; in a run of more than a thousand of them, a thousand times. */
  sampled?(party: Party, inspection: Inspection): void;
  /** The faults are over. */
  healed?(): void;
  /** The run is over. */
  ended?(): void;
}

/** Prekeys of a simulated device: fewer than of a real one, so that small runs exhaust and replenish them. */
const SIMULATED: Partial<Settings> = { oneTimePrekeys: 8 };
/** Nobody starts a conversation with an institution. */
const SILENT: Partial<Settings> = { oneTimePrekeys: 0 };
const SAMPLE_MS_MIN = 60_000;
const SAMPLES_MAX = 1_000;

/** A simulated world: people and institutions with machines on a network, in virtual time, and what is true of them. */
export class World {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly trace: Trace;
  readonly suite: Suite;
  readonly ledger: Ledger;
  readonly titles: Titles = new Titles();
  /** Every log that was established, honest or not. */
  readonly logs: SimLog[] = [];
  /** Randomness for a scenario's own choices. */
  readonly stream: Stream;
  readonly #root: Stream;
  readonly #people = new Map<string, Person>();
  readonly #institutions = new Map<string, Institution>();
  readonly #adversaries = new Set<Party>();
  readonly #byAccount = new Map<string, Person>();
  readonly #observers = new Set<Observer>();
  readonly counts: Map<string, number> = new Map();
  #healAtMs: number | undefined;
  #livenessMs = 0;
  #healed = false;

  /** `carrier`: what packets go over, instead of modelled links. */
  constructor(kernel: Kernel, root: Stream, suite: Suite, carrier?: Carrier) {
    this.kernel = kernel;
    this.#root = root;
    this.suite = suite;
    this.stream = root.child("scenario");
    this.trace = new Trace(suite);
    this.network = new Network(kernel, root.child("network"), this.trace, suite, carrier);
    this.ledger = new Ledger(suite);
    this.network.tap(({ bytes, from, to }) => {
      for (const observer of this.#observers) observer.sent?.(from, to, bytes);
    });
  }

  /** The honest people, in the order they came. */
  get people(): Person[] {
    return [...this.#people.values()].filter((person) => !this.#adversaries.has(person));
  }

  /** Everybody honest with a machine, people first. */
  get parties(): Party[] {
    return [...this.people, ...[...this.#institutions.values()].filter((party) => !this.#adversaries.has(party))];
  }

  get nodes(): number {
    return this.#people.size + this.#institutions.size;
  }

  person(name: string, settings: Partial<Settings> = {}, roles: Roles = {}): Person {
    const stream = this.#root.child(`person ${name}`);
    const setup = { settings: { ...SIMULATED, ...settings }, roles };
    const person = new Person(this, name, stream.child("speech"), () => this.#machine(name, stream, setup));
    this.#people.set(name, person);
    this.#byAccount.set(person.account, person);
    return person;
  }

  /** A machine without speech. It is off until somebody restarts it, so that its disks can be given contents first. */
  institution(name: string, roles: Roles, settings: Partial<Settings> = {}): Institution {
    const setup = { settings: { ...SILENT, ...settings }, roles };
    const institution = new Institution(name, this.#machine(name, this.#root.child(`institution ${name}`), setup));
    this.#institutions.set(name, institution);
    return institution;
  }

  /** A second machine set up like this one, off and empty. */
  twin(of: Party, name: string): Institution {
    return this.institution(name, of.machine.setup.roles, of.machine.setup.settings);
  }

  #machine(name: string, stream: Stream, setup: Setup): Machine {
    assert(!this.#people.has(name) && !this.#institutions.has(name), "two parties of one name");
    return new Machine(this, stream.child("machine"), name, setup, {
      event: (event) => this.#event(name, event),
      restarted: (events) => this.#restarted(name, events),
    });
  }

  /** Randomness of a component that the scenario adds, by its name. */
  streamOf(component: string): Stream {
    return this.#root.child(component);
  }

  /** Somebody with a real node who means harm: no oracle protects what it sends. */
  adversary(name: string, settings: Partial<Settings> = {}, roles: Roles = {}): Person {
    const person = this.person(name, settings, roles);
    this.corrupt(person);
    return person;
  }

  /** From now on no oracle protects this party, or believes it. */
  corrupt(party: Party): void {
    this.#adversaries.add(party);
  }

  isHonest(party: Party): boolean {
    return !this.#adversaries.has(party);
  }

  /** `count` people called `prefix0`, `prefix1` … */
  crowd(prefix: string, count: number, settings: Partial<Settings> = {}, roles: Roles = {}): Person[] {
    return Array.from({ length: count }, (_, i) => this.person(`${prefix}${i}`, settings, roles));
  }

  /** Adds bystanders that follow every log and want nothing, until there are so many nodes. */
  populate(nodes: number): void {
    const roles: Roles = { logs: this.logs.map(({ followed }) => followed) };
    for (let i = 0; this.nodes < nodes; i++) this.institution(`bystander${i}`, roles).restart();
  }

  /** Does something at a moment of the run, in milliseconds since its beginning. */
  at(ms: number, action: () => void): void {
    this.kernel.after(ms - this.kernel.elapsed, action);
  }

  /** Does something again and again, first after one interval, until `untilMs`. `intervalMs` may be drawn anew each time. */
  every(intervalMs: number | (() => number), untilMs: number, action: () => void): void {
    const next = typeof intervalMs === "number" ? intervalMs : intervalMs();
    if (this.kernel.elapsed + next >= untilMs) return;
    this.kernel.after(next, () => {
      action();
      this.every(intervalMs, untilMs, action);
    });
  }

  /** When the faults end, and how long after that everything has to be well again. Every scenario says so once. */
  healAt(ms: number, livenessMs: number): void {
    this.#healAtMs = ms;
    this.#livenessMs = livenessMs;
  }

  watch(observer: Observer): void {
    this.#observers.add(observer);
  }

  get isHealed(): boolean {
    return this.#healed;
  }

  get livenessMs(): number {
    return this.#livenessMs;
  }

  asks(person: Person, label: string, token: number): void {
    this.note({ kind: "event", from: person.name, note: "asks" });
    for (const observer of this.#observers) observer.asked?.(person, label, token);
  }

  say(from: Person, to: Person, body: Uint8Array): Said {
    const said = this.ledger.say(from.name, to.name, body, this.kernel.elapsed);
    this.note({ kind: "say", from: from.name, to: to.name, bytes: body.length }, body);
    if (!this.#adversaries.has(from)) for (const observer of this.#observers) observer.said?.(said);
    return said;
  }

  read(reader: Person, event: EngineEvent & { readonly kind: "message" }): void {
    const author = this.#byAccount.get(event.contact)?.name;
    const { assurance, body } = event;
    const reading = { reader: reader.name, author, assurance, ...this.ledger.name(body), atMs: this.kernel.elapsed };
    this.note({ kind: "deliver", from: author ?? "?", to: reader.name, bytes: body.length }, body);
    if (!this.#adversaries.has(reader)) for (const observer of this.#observers) observer.read?.(reading);
  }

  /** Adds a step to the trace. */
  note(entry: Omit<TimelineEntry, "atMs">, bytes?: Uint8Array): void {
    this.count(entry.kind === "event" ? `event ${entry.note ?? ""}` : entry.kind);
    this.trace.add({ atMs: this.kernel.elapsed, ...entry }, bytes);
  }

  count(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  #party(name: string): Party | undefined {
    return this.#people.get(name) ?? this.#institutions.get(name);
  }

  #event(name: string, event: EngineEvent): void {
    const party = this.#party(name);
    // While a person comes into being its node has nothing to tell.
    if (party === undefined) return;
    if (event.kind === "refused") this.note({ kind: "event", from: name, note: event.code });
    else if (event.kind !== "message") this.note({ kind: "event", from: name, note: event.kind });
    for (const observer of this.#observers) observer.event?.(party, event);
    if (party instanceof Person) party.hears(event);
  }

  #restarted(name: string, events: readonly EngineEvent[]): void {
    const party = this.#party(name);
    if (party === undefined) return;
    if (party instanceof Person) party.restarted(events);
    for (const observer of this.#observers) observer.restarted?.(party, events);
  }

  /** Runs the script to its end: faults until the moment of healing, then quiet. */
  live(): void {
    assert(this.#healAtMs !== undefined, "a scenario must say when it heals");
    const endMs = this.#healAtMs + this.#livenessMs;
    this.every(Math.max(SAMPLE_MS_MIN, Math.ceil(endMs / SAMPLES_MAX)), endMs, () => this.#sample());
    this.kernel.runUntil(this.kernel.now - this.kernel.elapsed + this.#healAtMs);
    this.network.heal();
    for (const party of [...this.#people.values(), ...this.#institutions.values()]) {
      party.machine.heal();
      party.restart();
    }
    this.#healed = true;
    for (const observer of this.#observers) observer.healed?.();
    this.kernel.runUntil(this.kernel.now + this.#livenessMs);
    this.#sample();
    for (const observer of this.#observers) observer.ended?.();
  }

  #sample(): void {
    for (const party of this.parties) {
      if (!party.machine.up) continue;
      const inspection = party.machine.engine.inspect();
      for (const observer of this.#observers) observer.sampled?.(party, inspection);
    }
  }
}
