import type { EngineEvent } from "../../core/node/index.ts";
import type { OracleVerdict, RunResult, TimelineEntry } from "../../sim/result.ts";
import type { Libp2pCounters } from "../libp2p/index.ts";
import { Ledger, verdict } from "./ledger.ts";
import type { Report } from "./orders.ts";
import { REAL_SCENARIO, type RealParameters } from "./parameters.ts";
import type { Person } from "./person.ts";
import { bodyOf, digestOf } from "./speech.ts";
import { Timeline } from "./timeline.ts";
import type { Waiting } from "./waiting.ts";

/** Sees everything that is said, heard and reported in one run, and judges it at the end. */
export class Witness {
  readonly #seed: number;
  readonly #parameters: RealParameters;
  readonly #waiting: Waiting;
  readonly #people: readonly Person[];
  readonly #ledger = new Ledger();
  readonly #counts: Record<string, number> = {};
  readonly #timeline = new Timeline();
  #events = 0;
  #spokenAtMs: number | undefined;
  #heardAtMs: number | undefined;

  /** `people` may grow. */
  constructor(seed: number, parameters: RealParameters, waiting: Waiting, people: readonly Person[]) {
    this.#seed = seed;
    this.#parameters = parameters;
    this.#waiting = waiting;
    this.#people = people;
  }

  /** The `number`th body that `from` says to `to`, noted as said. */
  say(from: Person, to: Person, number: number): Uint8Array {
    this.#spokenAtMs ??= this.#waiting.now;
    const body = bodyOf(this.#seed, from.name, number, this.#parameters.messageBytesMax);
    this.#ledger.say({ from: from.name, to: to.name, number, digest: digestOf(body) });
    this.note({ kind: "say", from: from.name, to: to.name, bytes: body.length });
    return body;
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
      case "ready":
        person.ready = report;
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
        person.knows = true;
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
    const from = this.#people.find(({ ready }) => ready?.account === contact)?.name ?? "unknown";
    if (this.#ledger.hear({ from, to: person.name, id, seq, digest: digestOf(body) })) {
      this.note({ kind: "deliver", from, to: person.name, bytes: body.length });
      this.#heardAtMs = this.#waiting.now;
    }
    person.process.order({ kind: "confirm", id });
  }

  /** Deliveries that their senders were not told of. A process that was killed took some of the news along. */
  get missingReceipts(): number {
    return this.#told().reduce((sum, { delivered }) => sum + this.#parameters.messages - delivered.size, 0);
  }

  #told(): readonly Person[] {
    return this.#people.filter(({ killed }) => !killed);
  }

  #liveness(interruption: string | undefined): OracleVerdict {
    const checks = this.#ledger.said + this.#people.length;
    if (interruption === undefined) return { name: "liveness", verdict: "held", checks };
    return { name: "liveness", verdict: "failed", checks, message: interruption, atMs: this.#waiting.now };
  }

  /** `interruption`: what the play waited for in vain, or which process failed. */
  result(interruption: string | undefined): RunResult {
    const receipts = verdict("receipts", this.#told().length * this.#parameters.messages, {
      missing: this.missingReceipts,
    });
    const oracles = [this.#ledger.delivery(), this.#ledger.attribution(), receipts, this.#liveness(interruption)];
    const wallMs = this.#waiting.now;
    return {
      scenario: REAL_SCENARIO,
      seed: this.#seed,
      stack: "real",
      nodes: this.#people.length,
      verdict: oracles.every((oracle) => oracle.verdict === "held") ? "held" : "failed",
      oracles,
      traceHash: this.#ledger.traceHash(),
      virtualMs: wallMs,
      wallMs,
      events: this.#events,
      parameters: { ...this.#parameters },
      counts: { ...this.#totals(wallMs), ...this.#counts },
      timeline: this.#timeline.entries,
      timelineDropped: this.#timeline.dropped,
      states: Object.fromEntries(this.#people.map(({ inspection, name }) => [name, inspection ?? null])),
    };
  }

  #totals(wallMs: number): Record<string, number> {
    const spokeMs = (this.#heardAtMs ?? wallMs) - (this.#spokenAtMs ?? wallMs);
    const dials = this.#people.flatMap(({ counters }) => counters?.dialMs ?? []);
    const total = (read: (counters: Libp2pCounters) => number): number =>
      this.#people.reduce((sum, { counters }) => sum + (counters === undefined ? 0 : read(counters)), 0);
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
