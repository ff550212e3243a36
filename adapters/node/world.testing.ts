import { type Clock, Driver, Engine, type LogStorage, type StoredLog, type Transport } from "../../core/node/index.ts";
import { nativeSuite, systemRandom } from "../suite/index.ts";
import { type Archive, Correspondence } from "./correspondence.ts";

/** The end of a process, in the middle of whatever it did. */
export class Crash extends Error {
  override readonly name = "Crash";
}

interface Kept {
  readonly row: number;
  readonly direction: "in" | "out";
  readonly contact: string;
  readonly body: Uint8Array;
  readonly id?: string;
  readonly token?: number;
  state: "received" | "offered" | "queued" | "delivered" | "failed";
  provisional: boolean;
}

/** The contract of the history, in memory: each call is durable when it returns, and not before. */
export class MemoryHistory implements Archive {
  readonly rows: Kept[] = [];
  /** Called before and after each change. */
  step: () => void = () => {};

  receive({ body, contact, id, provisional }: Parameters<Archive["receive"]>[0]): boolean {
    return this.#change(() => {
      if (this.rows.some((row) => row.id === id)) return false;
      this.rows.push({ row: this.rows.length + 1, direction: "in", contact, body, id, state: "received", provisional });
      return true;
    });
  }

  confirmProvisional(id: string): void {
    this.#change(() => {
      for (const row of this.rows) if (row.id === id) row.provisional = false;
    });
  }

  offer(contact: string, body: Uint8Array): number {
    return this.#change(() => {
      const token = this.rows.length + 1;
      this.rows.push({ row: token, direction: "out", contact, body, token, state: "offered", provisional: false });
      return token;
    });
  }

  mark(token: number, state: "queued" | "delivered" | "failed"): void {
    this.#change(() => {
      const row = this.rows.find((each) => each.token === token);
      if (row !== undefined && row.state !== "delivered" && !(row.state === "failed" && state === "queued"))
        row.state = state;
    });
  }

  unsettled(after = 0): ReturnType<Archive["unsettled"]> {
    return this.rows.flatMap(({ body, contact, state, token }) =>
      token !== undefined && token > after && (state === "offered" || state === "queued")
        ? [{ token, contact, body, state }]
        : [],
    );
  }

  #change<T>(change: () => T): T {
    this.step();
    const result = change();
    this.step();
    return result;
  }
}

/** Time that passes when it is told to, and a network without faults. */
export class World {
  now = 1_800_000_000_000;
  readonly people: Map<string, Person> = new Map();
  readonly records: Map<string, Uint8Array> = new Map();
  #tasks: { readonly at: number; readonly order: number; readonly act: () => void }[] = [];
  #order = 0;

  readonly clock: Clock = {
    now: () => this.now,
    at: (time, callback) => {
      const task = { at: Math.max(time, this.now), order: this.#order++, act: callback };
      this.#tasks.push(task);
      return () => {
        this.#tasks = this.#tasks.filter((other) => other !== task);
      };
    },
  };

  soon(act: () => void): void {
    this.clock.at(this.now, act);
  }

  /** Whatever is due within this time; a crash ends whom it hits. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = this.#tasks.sort((a, b) => a.at - b.at || a.order - b.order);
      if (next === undefined || next.at > end) break;
      this.#tasks.shift();
      this.now = Math.max(this.now, next.at);
      next.act();
    }
    this.now = end;
  }
}

/** One account: what is durable of it, and the process that runs while it is up. */
export class Person {
  readonly history: MemoryHistory = new MemoryHistory();
  readonly account: string;
  readonly card: Uint8Array;
  /** Messages that the user was told are safe. */
  readonly acknowledged: Set<string> = new Set();
  /** Steps until the process is killed; undefined for never. */
  killAfter: number | undefined;
  steps = 0;
  /** Left out in a test that has to fail. */
  settles = true;
  readonly #world: World;
  readonly #name: string;
  #stored: StoredLog = { log: new Uint8Array(0), anchor: undefined };
  #process: Process | undefined;

  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
    world.people.set(name, this);
    this.history.step = () => this.#step();
    const environment = { suite: nativeSuite, random: systemRandom, settings: { oneTimePrekeys: 2 } };
    const { effects, engine } = Engine.create(environment, { label: name, addresses: [name] }, world.now);
    this.account = engine.account;
    this.card = engine.cardBytes();
    this.#process = new Process(world, name, this, engine);
    this.#process.driver.perform(effects);
  }

  get isUp(): boolean {
    return this.#process !== undefined;
  }

  read(): StoredLog {
    return this.#stored;
  }

  write(stored: StoredLog): void {
    this.#step();
    this.#stored = stored;
    this.#step();
  }

  transmit(): void {
    this.#step();
  }

  meet(other: Person, name: string): void {
    this.#process?.driver.command({ kind: "add-contact", name, card: other.card });
  }

  say(other: Person, text: string): void {
    const process = this.#process;
    if (process === undefined) return;
    this.#guard(() => {
      const command = process.correspondence.offer(other.account, new TextEncoder().encode(text));
      process.correspondence.follow(command.token, () => this.acknowledged.add(text));
      process.driver.command(command);
    });
  }

  receive(from: string, bytes: Uint8Array): void {
    this.#guard(() => this.#process?.onReceive(from, bytes));
  }

  /** Runs a part of the process; where it crashes, it is down until it starts again. */
  guarded(process: Process, act: () => void): void {
    if (this.#process === process) this.#guard(act);
  }

  texts(direction: "in" | "out"): string[] {
    return this.history.rows
      .filter((row) => row.direction === direction)
      .map(({ body }) => new TextDecoder().decode(body));
  }

  #step(): void {
    this.steps++;
    if (this.killAfter === undefined || this.killAfter-- > 0) return;
    this.killAfter = undefined;
    throw new Crash();
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (failure) {
      if (!(failure instanceof Crash)) throw failure;
      this.#process?.driver.stop();
      this.#process = undefined;
      this.#world.clock.at(this.#world.now + 1_000, () => this.#start());
    }
  }

  #start(): void {
    const environment = { suite: nativeSuite, random: systemRandom, settings: { oneTimePrekeys: 2 } };
    const opened = Engine.open(environment, this.#stored, this.#world.now);
    if (!opened.ok) throw new Error(opened.error);
    const { effects, engine } = opened.value;
    const process = new Process(this.#world, this.#name, this, engine);
    this.#process = process;
    this.#guard(() => {
      const settlement = this.settles ? process.correspondence.settle(engine, false) : { again: [], uncertain: 0 };
      process.driver.perform(effects);
      for (const command of settlement.again) process.driver.command(command);
    });
  }
}

class Process {
  readonly driver: Driver;
  readonly correspondence: Correspondence;
  onReceive: (from: string, bytes: Uint8Array) => void = () => {};

  constructor(world: World, name: string, person: Person, engine: Engine) {
    this.correspondence = new Correspondence(person.history, () => world.now);
    const later = (act: () => void): void => world.soon(() => person.guarded(this, act));
    const storage: LogStorage = {
      read: (done) => later(() => done(person.read())),
      append: (bytes, anchor, done) =>
        later(() => {
          person.write({ log: Buffer.concat([person.read().log, bytes]), anchor });
          done();
        }),
      replace: (log, anchor, done) =>
        later(() => {
          person.write({ log, anchor });
          done();
        }),
    };
    const transport: Transport = {
      addresses: [name],
      onRelocated() {},
      send: (to, bytes) => {
        person.transmit();
        world.soon(() => world.people.get(to)?.receive(name, bytes));
      },
      onReceive: (handler) => {
        this.onReceive = handler;
      },
      putRecord: (address, value) => world.records.set(Buffer.from(address).toString("hex"), value),
      getRecord: (address, done) => later(() => done(world.records.get(Buffer.from(address).toString("hex")))),
      publish() {},
      onGossip() {},
      ask: (_to, _bytes, done) => later(() => done(undefined)),
      onQuestion() {},
    };
    const clock: Clock = {
      now: () => world.now,
      at: (time, callback) => world.clock.at(time, () => person.guarded(this, callback)),
    };
    this.driver = new Driver(
      engine,
      { clock, transport, storage },
      (event) => this.correspondence.take(event, (command) => this.driver.command(command)),
      (failure) => {
        throw failure;
      },
    );
  }
}
