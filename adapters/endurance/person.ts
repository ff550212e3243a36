import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Child } from "../child/index.ts";
import type { Home } from "../home/index.ts";
import type { EnvelopeTally } from "./envelopes.ts";
import type { Row, Side } from "./judge.ts";
import type { Order, Report } from "./orders.ts";

/** How long a process may take until it runs, or does what it was told. */
const STEP_MS_MAX = 60_000;

/** A step did not come about: the sweep has failed, whatever else is in order. */
export class Stuck extends Error {
  override readonly name = "Stuck";
}

/** What the sweep counts of processes. */
export interface StartCounts {
  torn: number;
  damaged: number;
  /** From the fork until the node runs, in milliseconds; of starts that came so far. */
  readonly startMs: number[];
}

/** One of the two: a home, and the process that has it open, one after the other. */
export class Person {
  readonly side: Side;
  readonly #home: Home;
  readonly #counts: StartCounts;
  readonly #tally: EnvelopeTally;
  readonly #onQueued: (number: number) => void;
  account = "";
  card = "";
  /** What its history was seen to hold. */
  rows: readonly Row[] = [];
  #child: Child<Order, Report> | undefined;
  #number = 0;
  #mayEnd = true;
  #state: "loading" | "opening" | "ready" | "ended" = "ended";
  #listed: (Report & { readonly kind: "rows" }) | undefined;
  #met = false;
  #failure: string | undefined;
  #wake: () => void = () => {};
  /** Messages it was told to send and has not said yet that they are durable. */
  readonly #pending = new Set<number>();
  /** Those that are durable, and not delivered when it was looked at, and those since. */
  #waiting = 0;

  constructor(side: Side, home: Home, counts: StartCounts, tally: EnvelopeTally, onQueued: (number: number) => void) {
    this.side = side;
    this.#home = home;
    this.#counts = counts;
    this.#tally = tally;
    this.#onQueued = onQueued;
  }

  get isReady(): boolean {
    return this.#state === "ready";
  }

  get isMet(): boolean {
    return this.#met;
  }

  start(): void {
    this.#number++;
    this.#state = "loading";
    this.#mayEnd = false;
    const started = performance.now();
    const child = new Child<Order, Report>(import.meta.url, "member", [this.#home.path, this.#notes], (report) => {
      if (report.kind === "ready") this.#counts.startMs.push(performance.now() - started);
      this.#take(report);
    });
    this.#child = child;
    void child.ended.then((code) => {
      if (this.#child !== child) return;
      this.#state = "ended";
      if (!this.#mayEnd) this.#failure ??= `its process ended by itself (${code ?? "signal"})`;
      this.#wake();
    });
  }

  /** Resolves when its process has everything loaded. */
  opening(): Promise<void> {
    return this.#until("it opens its home", () => this.#state === "opening" || this.#state === "ready");
  }

  ready(): Promise<void> {
    return this.#until("it runs", () => this.#state === "ready");
  }

  async kill(): Promise<void> {
    this.#mayEnd = true;
    await this.#child?.kill();
    this.#afterEnd();
  }

  /** Stops it as a person would. */
  async stop(): Promise<void> {
    this.#mayEnd = true;
    this.#child?.order({ kind: "stop" });
    await this.#until("it stops", () => this.#state === "ended");
    this.#afterEnd();
  }

  async meet(card: string): Promise<void> {
    this.#child?.order({ kind: "meet", card });
    await this.#until("it has the other's card", () => this.#met);
  }

  say(number: number, body: Uint8Array): void {
    this.#pending.add(number);
    this.#child?.order({ kind: "say", number, body });
  }

  /** Its history above a row, and how many messages are not delivered. */
  async list(after: number): Promise<{ readonly rows: readonly Row[]; readonly waiting: number }> {
    this.#listed = undefined;
    this.#child?.order({ kind: "list", after });
    await this.#until("it lists its history", () => this.#listed !== undefined);
    return this.#listed ?? { rows: [], waiting: 0 };
  }

  /** Messages that have to be delivered yet, as far as is known; exactly, after a look while nothing is said. */
  get undelivered(): number {
    return this.#pending.size + this.#waiting;
  }

  /** Sees how its history has grown, and what is not delivered. */
  async look(): Promise<void> {
    const { rows, waiting } = await this.list(this.rows.at(-1)?.row ?? 0);
    this.rows = [...this.rows, ...rows];
    this.#waiting = waiting;
  }

  get #notes(): string {
    return join(this.#home.path, "..", `${this.side}-${this.#number}.envelopes`);
  }

  /** What it had not acknowledged may be lost; what it sent is counted. */
  #afterEnd(): void {
    this.#pending.clear();
    try {
      this.#tally.take(readFileSync(this.#notes));
    } catch (failure) {
      // It had not opened it yet.
      if (!(failure instanceof Error && "code" in failure && failure.code === "ENOENT")) throw failure;
    }
    rmSync(this.#notes, { force: true });
  }

  #take(report: Report): void {
    switch (report.kind) {
      case "opening":
        this.#state = "opening";
        break;
      case "ready":
        this.#state = "ready";
        this.account = report.account;
        this.card = report.card;
        break;
      case "met":
        this.#met = true;
        break;
      case "queued":
        this.#pending.delete(report.number);
        this.#waiting++;
        this.#onQueued(report.number);
        break;
      case "refused":
        this.#pending.delete(report.number);
        break;
      case "rows":
        this.#listed = report;
        break;
      case "recovered":
        this.#counts[report.status]++;
        break;
      case "failed":
        this.#failure ??= report.reason;
        break;
    }
    this.#wake();
  }

  /** One at a time. */
  #until(what: string, reached: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Stuck(`${this.side}: not in time: ${what}`)), STEP_MS_MAX);
      this.#wake = () => {
        if (this.#failure !== undefined) reject(new Stuck(`${this.side}: ${this.#failure}`));
        else if (!reached()) return;
        else resolve();
        clearTimeout(limit);
        this.#wake = () => {};
      };
      this.#wake();
    });
  }
}
