import type { EngineEvent, Inspection, Settings } from "../../core/node/index.ts";
import { assert } from "../../core/safety/index.ts";
import type { Suite } from "../../core/suite/index.ts";
import { type Kernel, type Stream, Trace } from "../kernel/index.ts";
import { Network } from "../network/index.ts";
import type { TimelineEntry } from "../result.ts";
import { Ledger, type Reading, type Said } from "./ledger.ts";
import { Machine } from "./machine.ts";
import { Person } from "./person.ts";

/** What oracles are told as it happens. Each part is optional. */
export interface Observer {
  said?(said: Said): void;
  read?(reading: Reading): void;
  event?(person: Person, event: EngineEvent): void;
  restarted?(person: Person, events: readonly EngineEvent[]): void;
  sent?(from: string, to: string, bytes: Uint8Array): void;
  /** Every virtual minute. */
  sampled?(person: Person, inspection: Inspection): void;
  /** The faults are over. */
  healed?(): void;
  /** The run is over. */
  ended?(): void;
}

/** Prekeys of a simulated device: fewer than of a real one, so that small runs exhaust and replenish them. */
const SIMULATED: Partial<Settings> = { oneTimePrekeys: 8 };

/** A simulated world: people with machines on a network, in virtual time, and what is true of them. */
export class World {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly trace: Trace;
  readonly suite: Suite;
  readonly ledger: Ledger;
  /** Randomness for a scenario's own choices. */
  readonly stream: Stream;
  readonly #root: Stream;
  readonly #people = new Map<string, Person>();
  readonly #adversaries = new Set<Person>();
  readonly #byAccount = new Map<string, Person>();
  readonly #observers = new Set<Observer>();
  readonly counts: Map<string, number> = new Map();
  #healAtMs: number | undefined;
  #livenessMs = 0;
  #healed = false;

  constructor(kernel: Kernel, root: Stream, suite: Suite) {
    this.kernel = kernel;
    this.#root = root;
    this.suite = suite;
    this.stream = root.child("scenario");
    this.trace = new Trace(suite);
    this.network = new Network(kernel, root.child("network"), this.trace);
    this.ledger = new Ledger(suite);
    this.network.tap(({ bytes, from, to }) => {
      for (const observer of this.#observers) observer.sent?.(from, to, bytes);
    });
  }

  /** The honest people, in the order they came. */
  get people(): Person[] {
    return [...this.#people.values()].filter((person) => !this.#adversaries.has(person));
  }

  get nodes(): number {
    return this.#people.size;
  }

  person(name: string, settings: Partial<Settings> = {}): Person {
    assert(!this.#people.has(name), "two people of one name");
    const stream = this.#root.child(`person ${name}`);
    const person: Person = new Person(this, name, stream.child("speech"), () => {
      return new Machine(
        this,
        stream.child("machine"),
        name,
        { ...SIMULATED, ...settings },
        {
          event: (event) => this.#event(name, event),
          restarted: (events) => this.#restarted(name, events),
        },
      );
    });
    this.#people.set(name, person);
    this.#byAccount.set(person.account, person);
    return person;
  }

  /** Somebody with a real node who means harm: no oracle protects what it sends. */
  adversary(name: string): Person {
    const person = this.person(name);
    this.#adversaries.add(person);
    return person;
  }

  /** `count` people called `prefix0`, `prefix1` … */
  crowd(prefix: string, count: number, settings: Partial<Settings> = {}): Person[] {
    return Array.from({ length: count }, (_, i) => this.person(`${prefix}${i}`, settings));
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

  #event(name: string, event: EngineEvent): void {
    const person = this.#people.get(name);
    // While a person comes into being its node has nothing to tell.
    if (person === undefined) return;
    if (event.kind === "refused") this.note({ kind: "event", from: name, note: event.code });
    else if (event.kind !== "message") this.note({ kind: "event", from: name, note: event.kind });
    for (const observer of this.#observers) observer.event?.(person, event);
    person.hears(event);
  }

  #restarted(name: string, events: readonly EngineEvent[]): void {
    const person = this.#people.get(name);
    if (person === undefined) return;
    person.restarted(events);
    for (const observer of this.#observers) observer.restarted?.(person, events);
  }

  /** Runs the script to its end: faults until the moment of healing, then quiet. */
  live(): void {
    assert(this.#healAtMs !== undefined, "a scenario must say when it heals");
    const sampled = this.#healAtMs + this.#livenessMs;
    this.every(60_000, sampled, () => this.#sample());
    this.kernel.runUntil(this.kernel.now - this.kernel.elapsed + this.#healAtMs);
    this.network.heal();
    for (const person of this.#people.values()) {
      person.machine.heal();
      person.restart();
    }
    this.#healed = true;
    for (const observer of this.#observers) observer.healed?.();
    this.kernel.runUntil(this.kernel.now + this.#livenessMs);
    this.#sample();
    for (const observer of this.#observers) observer.ended?.();
  }

  #sample(): void {
    for (const person of this.people) {
      if (!person.machine.up) continue;
      const inspection = person.machine.engine.inspect();
      for (const observer of this.#observers) observer.sampled?.(person, inspection);
    }
  }
}
