import {
  type Command,
  Driver,
  Engine,
  type EngineEvent,
  type Ports,
  type Roles,
  type Settings,
  type StoredLog,
} from "../../core/node/index.ts";
import { assert } from "../../core/safety/index.ts";
import type { Suite } from "../../core/suite/index.ts";
import { type IndexEntries, SimDisk, SimIndex } from "../disk/index.ts";
import type { Kernel, Stream, Trace } from "../kernel/index.ts";
import type { Network } from "../network/index.ts";
import type { TimelineEntry } from "../result.ts";

/** What every machine of a world shares. */
export interface Surroundings {
  readonly kernel: Kernel;
  readonly network: Network;
  readonly trace: Trace;
  readonly suite: Suite;
}

/** What a machine tells about its node. */
export interface MachineListener {
  event(event: EngineEvent): void;
  /** A restart gave these events at once; messages among them are legitimate repetitions. */
  restarted(events: readonly EngineEvent[]): void;
}

/** What a machine holds that is off: its log and its index. */
export interface Image {
  readonly stored: StoredLog;
  readonly entries: IndexEntries;
}

/** What its operator set up: handed over at every start. */
export interface Setup {
  readonly settings: Partial<Settings>;
  readonly roles: Roles;
}

/** A device: disks that survive, a clock that may be wrong, and a node that runs or does not. */
export class Machine {
  readonly name: string;
  readonly disk: SimDisk;
  readonly index: SimIndex;
  readonly #around: Surroundings;
  readonly #stream: Stream;
  readonly setup: Setup;
  readonly #listener: MachineListener;
  #driver: Driver | undefined;
  #boots = 0;
  /** Counts effects down to a crash. */
  #effectsLeft: number | undefined;
  /** Added to the true time, in milliseconds. */
  skewMs = 0;

  constructor(around: Surroundings, stream: Stream, name: string, setup: Setup, listener: MachineListener) {
    this.name = name;
    this.#around = around;
    this.#stream = stream;
    this.setup = setup;
    this.#listener = listener;
    this.disk = new SimDisk(around.kernel, stream.child("disk"));
    this.index = new SimIndex(around.kernel, stream.child("index"));
  }

  get up(): boolean {
    return this.#driver !== undefined;
  }

  get engine(): Engine {
    assert(this.#driver !== undefined, "the machine is down");
    return this.#driver.engine;
  }

  /** Starts the node: a new identity on an empty disk, else what its log holds. */
  boot(): void {
    assert(this.#driver === undefined, "the machine is up already");
    const { suite } = this.#around;
    const environment = {
      suite,
      random: this.#stream.child(`boot ${this.#boots++}`),
      ...this.setup,
      index: this.index,
    };
    const stored = this.disk.stored();
    const now = this.#now();
    const isNew = stored.log.length === 0 && stored.anchor === undefined;
    const profile = { label: this.name, addresses: this.#around.network.addressesOf(this.name) };
    const opened = isNew ? Engine.create(environment, profile, now) : recovered(environment, stored, now);
    const driver = new Driver(
      opened.engine,
      this.#ports(),
      (event) => this.#perform(() => this.#listener.event(event)),
      (failure) => {
        throw failure;
      },
    );
    this.#driver = driver;
    if (!isNew) {
      this.#note("restart");
      this.#listener.restarted(opened.effects.flatMap((effect) => (effect.kind === "event" ? [effect.event] : [])));
    }
    driver.perform(opened.effects);
  }

  command(command: Command): void {
    this.#driver?.command(command);
  }

  /** Power fails now: memory and unsynced writes are lost. */
  crash(): void {
    if (this.#driver === undefined) return;
    this.#driver.stop();
    this.#driver = undefined;
    this.#effectsLeft = undefined;
    this.#around.network.detach(this.name);
    this.disk.crash();
    this.index.crash();
    this.#note("crash");
  }

  /** A copy of what is durable now. */
  image(): Image {
    return { stored: this.disk.stored(), entries: this.index.entries() };
  }

  /** Puts an older or another machine's image in the place of what is on the disks of a machine that is down. */
  restore({ entries, stored }: Image): void {
    assert(this.#driver === undefined, "the machine is up");
    this.disk.overwrite(stored);
    this.index.overwrite(entries);
  }

  /** Power fails between two effects: after so many more. */
  crashAfterEffects(effects: number): void {
    this.#effectsLeft = effects;
  }

  /** Its faults end: the clock is right, and no crash is pending. */
  heal(): void {
    this.skewMs = 0;
    this.#effectsLeft = undefined;
  }

  #now(): number {
    return this.#around.kernel.now + this.skewMs;
  }

  /** One effect, unless power fails before it. */
  #perform(effect: () => void): void {
    if (this.#effectsLeft !== undefined && this.#effectsLeft-- <= 0) this.crash();
    else effect();
  }

  #ports(): Ports {
    const { kernel, network } = this.#around;
    const { disk, index } = this;
    const transport = network.transport(this.name);
    return {
      clock: {
        now: () => this.#now(),
        at: (time, callback) => kernel.at(time - this.skewMs, callback),
      },
      storage: {
        read: (done) => disk.read(done),
        append: (bytes, anchor, done) => this.#perform(() => disk.append(bytes, anchor, done)),
        replace: (bytes, anchor, done) => this.#perform(() => disk.replace(bytes, anchor, done)),
      },
      transport: {
        ...transport,
        get addresses() {
          return transport.addresses;
        },
        send: (to, bytes) => this.#perform(() => transport.send(to, bytes)),
        putRecord: (address, value, expires) =>
          this.#perform(() => transport.putRecord(address, value, expires - this.skewMs)),
        getRecord: (address, done) => this.#perform(() => transport.getRecord(address, done)),
        publish: (bytes) => this.#perform(() => transport.publish(bytes)),
        ask: (to, bytes, done) => this.#perform(() => transport.ask(to, bytes, done)),
        onQuestion: (handler) =>
          transport.onQuestion((from, bytes, reply) =>
            handler(from, bytes, (answer) => this.#perform(() => reply(answer))),
          ),
      },
      index: {
        get: (key) => index.get(key),
        write: (writes, done) => this.#perform(() => index.write(writes, done)),
      },
    };
  }

  #note(kind: TimelineEntry["kind"]): void {
    this.#around.trace.add({ atMs: this.#around.kernel.elapsed, kind, from: this.name });
  }
}

function recovered(...[environment, stored, now]: Parameters<typeof Engine.open>) {
  const opened = Engine.open(environment, stored, now);
  // An honest crash never loses the identity: whatever oracle watches, the run has failed.
  assert(opened.ok, "a node could not be opened from its own log");
  return opened.value;
}
