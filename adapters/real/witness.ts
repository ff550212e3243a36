import { createHash } from "node:crypto";
import type { EngineEvent } from "../../core/node/index.ts";
import type { OracleVerdict, RunResult, TimelineEntry } from "../../sim/result.ts";
import type { Parameters } from "../../sim/run/index.ts";
import type { Libp2pCounters, Libp2pWire } from "../libp2p/index.ts";
import { Ledger, verdict } from "./ledger.ts";
import type { Report } from "./orders.ts";
import type { Person } from "./person.ts";
import { Timeline } from "./timeline.ts";
import type { Waiting } from "./waiting.ts";

/** What is played. */
export interface Run {
  readonly scenario: string;
  readonly seed: number;
  readonly wire: Libp2pWire;
  readonly parameters: Parameters;
}

/** Sees everything that is said, heard and reported in one run, and judges it at the end. */
export class Witness {
  readonly #run: Run;
  readonly #waiting: Waiting;
  readonly #people: ReadonlyMap<string, Person>;
  readonly #ledger = new Ledger();
  readonly #counts: Record<string, number> = {};
  readonly #timeline = new Timeline();
  readonly #numbers = new Map<string, number>();
  #events = 0;
  #spokenAtMs: number | undefined;
  #heardAtMs: number | undefined;

  /** `people` may grow. */
  constructor(run: Run, waiting: Waiting, people: ReadonlyMap<string, Person>) {
    this.#run = run;
    this.#waiting = waiting;
    this.#people = people;
  }

  /** Notes a body, which is like no other, as said. */
  say(from: Person, to: Person, body: Uint8Array): void {
    this.#spokenAtMs ??= this.#waiting.now;
    const pair = `${from.name} ${to.name}`;
    const number = this.#numbers.get(pair) ?? 0;
    this.#numbers.set(pair, number + 1);
    this.#ledger.say({ from: from.name, to: to.name, number, digest: digestOf(body) });
    this.note({ kind: "say", from: from.name, to: to.name, bytes: body.length });
  }

  note(entry: Omit<TimelineEntry, "atMs">): void {
    this.#timeline.add({ ...entry, atMs: this.#waiting.now });
  }

  /** Everything said was heard. */
  get complete(): boolean {
    return this.#ledger.complete;
  }

  onReport(person: Person, report: Report): void {
    switch (report.kind) {
      case "listening":
        person.addresses = report.addresses;
        break;
      case "ready":
        person.ready = report;
        break;
      case "found":
        person.found = report.found;
        break;
      case "event":
        this.#events++;
        this.#onEvent(person, report.event);
        break;
      case "inspection":
        person.inspection = report.inspection;
        person.counters = report.counters;
        break;
      case "failed":
        this.#waiting.fail(`${person.name}'s process failed: ${report.reason}`);
        break;
    }
    this.#waiting.recheck();
  }

  #onEvent(person: Person, event: EngineEvent): void {
    switch (event.kind) {
      case "message":
        this.#onMessage(person, event);
        return;
      case "contact.added":
        person.knows.add(event.contact);
        return;
      case "queued":
        person.queued.add(event.token);
        return;
      case "delivered":
        person.delivered.add(event.token);
        return;
      case "refused": {
        const name = `refused ${event.code}`;
        this.#counts[name] = (this.#counts[name] ?? 0) + 1;
        return;
      }
      case "command.refused":
        this.#waiting.fail(`${person.name}'s ${event.command} was refused: ${event.code}`);
        return;
      default:
        this.note({ kind: "event", from: person.name, note: event.kind });
    }
  }

  #onMessage(person: Person, { body, contact, id, seq }: EngineEvent & { readonly kind: "message" }): void {
    const from = [...this.#people.values()].find(({ ready }) => ready?.account === contact)?.name ?? "unknown";
    if (this.#ledger.hear({ from, to: person.name, id, seq, digest: digestOf(body) })) {
      this.note({ kind: "deliver", from, to: person.name, bytes: body.length });
      this.#heardAtMs = this.#waiting.now;
    }
    person.process.order({ kind: "confirm", id });
  }

  /** Deliveries that their senders were not told of. A process that was killed took some of the news along. */
  get missingReceipts(): number {
    return this.#told().reduce((sum, { delivered, said }) => sum + said - delivered.size, 0);
  }

  #told(): readonly Person[] {
    return [...this.#people.values()].filter(({ killed }) => !killed);
  }

  #liveness(interruption: string | undefined): OracleVerdict {
    const checks = this.#ledger.said + this.#people.size;
    if (interruption === undefined) return { name: "liveness", verdict: "held", checks };
    return { name: "liveness", verdict: "failed", checks, message: interruption, atMs: this.#waiting.now };
  }

  /** `interruption`: what the play waited for in vain, or which process failed. */
  result(interruption: string | undefined): RunResult {
    const owed = this.#told().reduce((sum, { said }) => sum + said, 0);
    const oracles = [
      this.#ledger.delivery(),
      this.#ledger.attribution(),
      // Where every speaker was killed nobody is left to be told.
      ...(owed > 0 ? [verdict("receipts", owed, { missing: this.missingReceipts })] : []),
      this.#liveness(interruption),
    ];
    const wallMs = this.#waiting.now;
    const people = [...this.#people.values()];
    return {
      scenario: this.#run.scenario,
      seed: this.#run.seed,
      stack: "real",
      wire: this.#run.wire,
      nodes: people.length,
      verdict: oracles.every((oracle) => oracle.verdict === "held") ? "held" : "failed",
      oracles,
      traceHash: this.#ledger.traceHash(),
      virtualMs: wallMs,
      wallMs,
      events: this.#events,
      parameters: this.#run.parameters,
      counts: { ...this.#totals(people, wallMs), ...this.#counts },
      timeline: this.#timeline.entries,
      timelineDropped: this.#timeline.dropped,
      states: Object.fromEntries(people.map(({ inspection, name }) => [name, inspection ?? null])),
    };
  }

  #totals(people: readonly Person[], wallMs: number): Record<string, number> {
    const spokeMs = (this.#heardAtMs ?? wallMs) - (this.#spokenAtMs ?? wallMs);
    const dials = people.flatMap(({ counters }) => counters?.dialMs ?? []);
    const total = (read: (counters: Libp2pCounters) => number): number =>
      people.reduce((sum, { counters }) => sum + (counters === undefined ? 0 : read(counters)), 0);
    return {
      said: this.#ledger.said,
      delivered: this.#ledger.heard,
      packets: total(({ sent }) => sent),
      dropped: total(({ dropped }) => dropped),
      ...(dials.length > 0 ? { "dial ms": Math.round(Math.max(...dials)) } : {}),
      ...(spokeMs > 0 ? { "messages a second": Math.round((this.#ledger.heard * 1_000) / spokeMs) } : {}),
    };
  }
}

/** SHA-256 of a body, 64 hexadecimal characters. */
function digestOf(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}
