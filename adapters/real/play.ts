import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunResult } from "../../sim/result.ts";
import type { Wire } from "../libp2p/index.ts";
import { checkParameters, REAL_PARAMETERS, type RealParameters } from "./parameters.ts";
import { Interrupted, type Person, readyOf, waitingOf } from "./person.ts";
import { PeerProcess } from "./process.ts";
import { Waiting } from "./waiting.ts";
import { Witness } from "./witness.ts";

export interface RealOptions {
  /** Decides what is said; keys, ports and the order of events are the system's. */
  readonly seed: number;
  readonly transport: Wire;
  readonly parameters?: Partial<RealParameters>;
  /** The whole run, from the first process to the last; TIME_LIMIT_MS when absent. */
  readonly timeLimitMs?: number;
}

const TIME_LIMIT_MS = 60_000;
/** A process that was told to stop has this long to end. */
const STOP_MS_MAX = 5_000;
const INSPECTION_PAUSE_MS = 100;

/** Two people, each a process with an engine over libp2p, talk both ways at once; then oracles judge what was heard. */
export async function runReal(options: RealOptions): Promise<RunResult> {
  const parameters = { ...REAL_PARAMETERS, ...options.parameters };
  checkParameters(parameters);
  const directory = await mkdtemp(join(tmpdir(), "chhaya-"));
  const conversation = new Conversation(directory, options, parameters);
  try {
    return await conversation.play();
  } finally {
    await conversation.end();
    await rm(directory, { recursive: true, force: true });
  }
}

class Conversation {
  readonly #directory: string;
  readonly #transport: Wire;
  readonly #parameters: RealParameters;
  readonly #people: Person[] = [];
  readonly #waiting: Waiting;
  readonly #witness: Witness;

  constructor(directory: string, { seed, timeLimitMs, transport }: RealOptions, parameters: RealParameters) {
    this.#directory = directory;
    this.#transport = transport;
    this.#parameters = parameters;
    this.#waiting = new Waiting(timeLimitMs ?? TIME_LIMIT_MS);
    this.#witness = new Witness(seed, parameters, this.#waiting, this.#people);
  }

  async play(): Promise<RunResult> {
    try {
      await this.#act();
      return this.#witness.result(undefined);
    } catch (failure) {
      if (!(failure instanceof Interrupted)) throw failure;
      return this.#witness.result(failure.message);
    }
  }

  async #act(): Promise<void> {
    const alice = await this.#enter("alice");
    const bob = await this.#enter("bob");
    await this.#waiting.until("both processes are ready", () => alice.ready !== undefined && bob.ready !== undefined);
    this.#meet(alice, bob);
    this.#meet(bob, alice);
    await this.#waiting.until("both have the other's card", () => alice.knows && bob.knows);

    const { kill, messages } = this.#parameters;
    const half = Math.ceil(messages / 2);
    this.#say(alice, bob, 0, half);
    this.#say(bob, alice, 0, half);
    if (kill === 1) {
      // What a person was not told to be kept, they would say again; here nobody does, so everything is to be kept first.
      await this.#waiting.until("bob's first half is durable", () => bob.queued.size === half);
      await this.#crash(bob, alice);
    }
    this.#say(alice, bob, half, messages);
    this.#say(bob, alice, half, messages);
    await this.#waiting.until("everything was heard", () => this.#witness.complete);
    await this.#settle();
    await this.#leave();
  }

  async #enter(name: string): Promise<Person> {
    const directory = join(this.#directory, name);
    await mkdir(directory, { mode: 0o700 });
    const person: Person = {
      name,
      directory,
      process: new PeerProcess((report) => this.#witness.onReport(person, report)),
      mayEnd: false,
      killed: false,
      ready: undefined,
      knows: false,
      queued: new Set(),
      delivered: new Set(),
      inspection: undefined,
      counters: undefined,
      exitCode: undefined,
    };
    this.#people.push(person);
    this.#start(person, []);
    return person;
  }

  #start(person: Person, peers: readonly string[]): void {
    const { directory, name: label } = person;
    person.mayEnd = false;
    person.process.order({ kind: "start", directory, wire: this.#transport, label, peers });
    void person.process.ended.then((code) => {
      person.exitCode = code;
      if (!person.mayEnd) this.#waiting.fail(`${person.name}'s process ended by itself`);
      this.#waiting.recheck();
    });
  }

  #meet(person: Person, other: Person): void {
    const { address, card } = readyOf(other);
    person.process.order({ kind: "meet", name: other.name, card, address });
  }

  #say(from: Person, to: Person, start: number, end: number): void {
    for (let token = start; token < end; token++) {
      const body = this.#witness.say(from, to, token);
      from.process.order({ kind: "say", contact: readyOf(to).account, token, body });
    }
  }

  async #crash(person: Person, other: Person): Promise<void> {
    person.mayEnd = true;
    person.killed = true;
    await person.process.kill();
    this.#witness.note({ kind: "crash", from: person.name });
    const before = person.ready;
    person.process = new PeerProcess((report) => this.#witness.onReport(person, report));
    this.#start(person, [readyOf(other).address]);
    await this.#waiting.until("the killed process is ready again", () => person.ready !== before);
    this.#witness.note({ kind: "restart", from: person.name });
  }

  /** Until every message is acknowledged and reported so: no retransmission can come later and go unnoticed. */
  async #settle(): Promise<void> {
    const settled = (): boolean =>
      this.#people.every(({ inspection }) => inspection !== undefined && waitingOf(inspection) === 0) &&
      this.#witness.missingReceipts === 0;
    const ask = (): void => this.#people.forEach(({ process }) => process.order({ kind: "inspect" }));
    ask();
    const asking = setInterval(ask, INSPECTION_PAUSE_MS);
    try {
      await this.#waiting.until("everything was acknowledged", settled);
    } finally {
      clearInterval(asking);
    }
  }

  async #leave(): Promise<void> {
    for (const person of this.#people) {
      person.mayEnd = true;
      person.process.order({ kind: "stop" });
    }
    const ended = (): boolean => this.#people.every(({ exitCode }) => exitCode === 0);
    await this.#waiting.until("both processes ended", ended, STOP_MS_MAX);
  }

  /** Whatever happened before, no process is left. */
  async end(): Promise<void> {
    await Promise.all(this.#people.map(({ process }) => process.kill()));
  }
}
