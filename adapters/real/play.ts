import { Child } from "../child/index.ts";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunResult } from "../../sim/result.ts";
import { type Parameters, parametersOf, type Scenario } from "../../sim/run/index.ts";
import type { Libp2pWire } from "../libp2p/index.ts";
import type { Order, Report } from "./orders.ts";
import { Interrupted, type Person, readyOf, waitingOf } from "./person.ts";
import { rehearse } from "./rehearse.ts";
import type { Role, Script, Step } from "./script.ts";
import { Waiting } from "./waiting.ts";
import { Witness } from "./witness.ts";

export interface RealOptions {
  /** As {@link onRealStack} gives it. */
  readonly scenario: Scenario;
  /** Decides what is said and when; keys, ports and the order of events are the system's. */
  readonly seed: number;
  readonly transport: Libp2pWire;
  readonly parameters?: Parameters;
  /** The whole run, from the first process to the last; TIME_LIMIT_MS when absent. */
  readonly timeLimitMs?: number;
}

/**
 * Real milliseconds that a scenario's faults and talk last: virtual time until the healing, shrunk evenly. Where order
 * alone would not do what hours did, the play waits until it has happened instead; see {@link Play}.
 */
const PLAY_MS = 3_000;
const TIME_LIMIT_MS = 120_000;
/** A process that was told to stop has this long to end. */
const STOP_MS_MAX = 10_000;
const INSPECTION_PAUSE_MS = 250;
const SEARCH_PAUSE_MS = 50;
/** Addresses that a process is told at its start, of those that run. */
const NEIGHBOURS_MAX = 4;

/**
 * Plays a scenario with a process for each person, an engine over libp2p and durable storage in each; then oracles
 * judge what was heard. Throws what {@link rehearse} throws before any process starts.
 */
export async function runReal(options: RealOptions): Promise<RunResult> {
  const { parameters, scenario, seed } = options;
  const script = rehearse(scenario, seed, parameters);
  const directory = await mkdtemp(join(tmpdir(), "chhaya-"));
  const play = new Play(directory, options, script);
  try {
    return await play.perform();
  } finally {
    await play.end();
    await rm(directory, { recursive: true, force: true });
  }
}

/**
 * Performs a script's steps one after another. Before anything is said, all who meet have each other's cards. Before a
 * process is killed, what its person said is durable, since nobody says it again, and somebody else finds the prekeys
 * that it has published, as in the time that the scenario leaves for it. A restart is over when the process is ready.
 */
class Play {
  readonly #directory: string;
  readonly #wire: Libp2pWire;
  readonly #script: Script;
  readonly #people = new Map<string, Person>();
  readonly #waiting: Waiting;
  readonly #witness: Witness;

  constructor(directory: string, options: RealOptions, script: Script) {
    const { parameters = {}, scenario, seed, timeLimitMs, transport } = options;
    this.#directory = directory;
    this.#wire = transport;
    this.#script = script;
    this.#waiting = new Waiting(timeLimitMs ?? TIME_LIMIT_MS);
    const run = { scenario: scenario.name, seed, wire: transport, parameters: parametersOf(scenario, parameters) };
    this.#witness = new Witness(run, this.#waiting, this.#people);
  }

  async perform(): Promise<RunResult> {
    try {
      await this.#act();
      return this.#witness.result(undefined);
    } catch (failure) {
      if (!(failure instanceof Interrupted)) throw failure;
      return this.#witness.result(failure.message);
    }
  }

  async #act(): Promise<void> {
    for (const role of this.#script.people) await this.#enter(role);
    await this.#join([...this.#people.values()]);
    const { healAtMs, livenessMs, steps } = this.#script;
    let virtualMs = 0;
    let owedMs = 0;
    let met = true;
    for (const step of steps) {
      owedMs += ((step.atMs - virtualMs) * PLAY_MS) / Math.max(healAtMs, 1);
      virtualMs = step.atMs;
      if (!met && step.kind !== "meet") {
        await this.#waiting.until("all have the cards of whom they met", () => this.#acquainted);
        met = true;
      }
      if (owedMs >= 1) {
        await this.#waiting.pause(owedMs);
        owedMs = 0;
      }
      met &&= step.kind !== "meet";
      await this.#perform(step);
    }
    await this.#settle(livenessMs);
    await this.#leave();
  }

  async #perform(step: Step): Promise<void> {
    const person = this.#person(step.who);
    switch (step.kind) {
      case "meet": {
        const other = this.#person(step.other);
        this.#introduce(person, other);
        this.#introduce(other, person);
        return;
      }
      case "say": {
        const to = this.#person(step.to);
        const token = person.said++;
        this.#witness.say(person, to, step.body);
        person.process.order({ kind: "say", contact: readyOf(to).account, token, body: step.body });
        return;
      }
      case "crash":
        await this.#crash(person);
        return;
      case "restart":
        this.#start(person);
        await this.#join([person]);
        this.#witness.note({ kind: "restart", from: person.name });
        return;
    }
  }

  get #acquainted(): boolean {
    return [...this.#people.values()].every(({ acquaintances, knows }) =>
      [...acquaintances].every((name) => knows.has(readyOf(this.#person(name)).account)),
    );
  }

  #person(name: string): Person {
    const person = this.#people.get(name);
    if (person === undefined) throw new RangeError(`nobody is called ${name}`);
    return person;
  }

  get #up(): Person[] {
    return [...this.#people.values()].filter(({ isUp }) => isUp);
  }

  async #enter(role: Role): Promise<void> {
    const directory = join(this.#directory, role.name);
    await mkdir(directory, { mode: 0o700 });
    const person: Person = {
      name: role.name,
      role,
      directory,
      process: this.#process(role.name),
      isUp: false,
      addresses: undefined,
      ready: undefined,
      found: undefined,
      acquaintances: new Set(),
      knows: new Set(),
      said: 0,
      queued: new Set(),
      delivered: new Set(),
      inspection: undefined,
      counters: undefined,
      mayEnd: false,
      killed: false,
      exitCode: undefined,
    };
    this.#people.set(role.name, person);
    this.#listen(person);
  }

  #process(name: string): Child<Order, Report> {
    const process: Child<Order, Report> = new Child(import.meta.url, "peer", [], (report: Report) => {
      const person = this.#person(name);
      // Nothing that a killed process still had on its way counts for the next one.
      if (person.process === process) this.#witness.onReport(person, report);
    });
    return process;
  }

  #start(person: Person): void {
    person.process = this.#process(person.name);
    this.#listen(person);
  }

  #listen(person: Person): void {
    const { directory, process } = person;
    Object.assign(person, { addresses: undefined, mayEnd: false, exitCode: undefined, isUp: true });
    process.order({ kind: "listen", directory, wire: this.#wire });
    void process.ended.then((code) => {
      if (person.process !== process) return;
      person.exitCode = code;
      if (!person.mayEnd) this.#waiting.fail(`${person.name}'s process ended by itself`);
      this.#waiting.recheck();
    });
  }

  /** Those who listen join whoever runs, and are ready. */
  async #join(people: readonly Person[]): Promise<void> {
    await this.#waiting.until("all processes listen", () => people.every(({ addresses }) => addresses !== undefined));
    const up = this.#up;
    const before = people.map(({ ready }) => ready);
    for (const person of people) {
      const { name: label, role } = person;
      const at = up.indexOf(person);
      const others = [...up.slice(at + 1), ...up.slice(0, at)].slice(0, NEIGHBOURS_MAX);
      const peers = others.flatMap(({ addresses }) => addresses ?? []);
      person.process.order({ kind: "join", label, settings: role.settings, peers });
    }
    await this.#waiting.until("all processes are ready", () => people.every(({ ready }, i) => ready !== before[i]));
  }

  #introduce(person: Person, other: Person): void {
    person.acquaintances.add(other.name);
    person.process.order({ kind: "meet", name: other.name, card: readyOf(other).card });
  }

  async #crash(person: Person): Promise<void> {
    await this.#waiting.until(`what ${person.name} said is durable`, () => person.queued.size === person.said);
    await this.#findable(person);
    Object.assign(person, { mayEnd: true, killed: true, isUp: false });
    await person.process.kill();
    this.#witness.note({ kind: "crash", from: person.name });
  }

  /** Until somebody else who runs finds what the person published. */
  async #findable(person: Person): Promise<void> {
    const seeker = this.#up.find((other) => other !== person);
    if (seeker === undefined) return;
    const what = `${person.name}'s prekeys are found`;
    for (;;) {
      seeker.found = undefined;
      seeker.process.order({ kind: "find", card: readyOf(person).card });
      await this.#waiting.until(what, () => seeker.found !== undefined);
      if (seeker.found === true) return;
      await this.#waiting.pause(SEARCH_PAUSE_MS);
    }
  }

  /**
   * Until everything was heard, and every message is acknowledged and reported so: no retransmission can come later and
   * go unnoticed.
   */
  async #settle(livenessMs: number): Promise<void> {
    const people = [...this.#people.values()];
    const settled = (): boolean =>
      people.every(({ inspection }) => inspection !== undefined && waitingOf(inspection) === 0) &&
      this.#witness.missingReceipts === 0;
    const ask = (): void => people.forEach(({ process }) => process.order({ kind: "inspect" }));
    ask();
    const asking = setInterval(ask, INSPECTION_PAUSE_MS);
    try {
      await this.#waiting.until("everything was heard", () => this.#witness.complete, livenessMs);
      await this.#waiting.until("everything was acknowledged", settled);
    } finally {
      clearInterval(asking);
    }
  }

  async #leave(): Promise<void> {
    const people = [...this.#people.values()];
    for (const person of people) {
      person.mayEnd = true;
      person.process.order({ kind: "stop" });
    }
    const ended = (): boolean => people.every(({ exitCode }) => exitCode === 0);
    await this.#waiting.until("all processes ended", ended, STOP_MS_MAX);
  }

  /** Whatever happened before, no process is left. */
  async end(): Promise<void> {
    await Promise.all([...this.#people.values()].map(({ process }) => process.kill()));
  }
}
