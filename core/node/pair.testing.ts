import { countingRandom } from "../suite/testing.ts";
import { portableSuite, type Suite } from "../suite/index.ts";
import { type Command, type Effect, Engine, type EngineEvent, type Settings, type StoredLog } from "./index.ts";

/** A tiny world for engine tests: named nodes, instant delivery unless a filter says otherwise, a manual clock. */
export class Bench {
  now = 1_700_000_000_000;
  readonly nodes: Map<string, BenchNode> = new Map();
  readonly records: Map<string, Uint8Array> = new Map();
  readonly wire: { from: string; to: string; bytes: Uint8Array }[] = [];
  /** Answers of the record store that are under way. */
  readonly later: (() => void)[] = [];
  /** Envelopes for which it returns false are lost. */
  filter: (from: string, to: string, bytes: Uint8Array) => boolean = () => true;
  readonly suite: Suite;

  constructor(suite: Suite = portableSuite) {
    this.suite = suite;
  }

  add(name: string, settings: Partial<Settings> = {}): BenchNode {
    const node = new BenchNode(this, name, { oneTimePrekeys: 2, ...settings });
    this.nodes.set(name, node);
    return node;
  }

  meet(a: BenchNode, b: BenchNode): void {
    a.command({ kind: "add-contact", name: b.name, card: b.engine.cardBytes() });
    b.command({ kind: "add-contact", name: a.name, card: a.engine.cardBytes() });
  }

  /** Delivers what is under way until nothing is left. */
  settle(): void {
    for (;;) {
      this.later.shift()?.();
      const packet = this.wire.shift();
      if (packet === undefined && this.later.length === 0) return;
      if (packet === undefined) continue;
      if (!this.filter(packet.from, packet.to, packet.bytes)) continue;
      this.nodes.get(packet.to)?.receive(packet.from, packet.bytes);
    }
  }

  /** Lets time pass, waking every node that asked for it. */
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      this.settle();
      const due = [...this.nodes.values()].filter((node) => node.up && node.wakeAt <= end);
      const next = due.sort((a, b) => a.wakeAt - b.wakeAt)[0];
      if (next === undefined) break;
      this.now = Math.max(this.now, next.wakeAt);
      next.wake();
    }
    this.now = end;
  }
}

export class BenchNode {
  readonly bench: Bench;
  readonly name: string;
  readonly events: EngineEvent[] = [];
  readonly settings: Partial<Settings>;
  engine: Engine;
  stored: StoredLog = { log: new Uint8Array(0), anchor: undefined };
  wakeAt: number = Number.POSITIVE_INFINITY;
  up = true;
  restarts = 0;
  /** Texts that were durably queued, and texts that the person stored, each once an announcement. */
  readonly queued: string[] = [];
  readonly read: string[] = [];
  /** Confirms each message as soon as it is announced. */
  confirms = false;
  firstRecordBytes = 0;
  onEffects: ((effects: readonly Effect[]) => void) | undefined;
  readonly #stored = new Set<string>();
  readonly #sent = new Set<string>();
  readonly #said = new Map<number, string>();
  #token = 0;
  #effectsLeft: number | undefined;

  constructor(bench: Bench, name: string, settings: Partial<Settings>) {
    this.bench = bench;
    this.name = name;
    this.settings = settings;
    const { effects, engine } = Engine.create(this.#environment(), { label: name, addresses: [name] }, bench.now);
    this.engine = engine;
    this.#perform(effects);
  }

  #environment() {
    const random = countingRandom(`${this.name}/${this.restarts}`);
    return { suite: this.bench.suite, random, settings: this.settings };
  }

  /** Loses the memory and comes back from the log. */
  restart(): void {
    this.restarts++;
    const opened = Engine.open(this.#environment(), this.stored, this.bench.now);
    if (!opened.ok) throw new Error(opened.error);
    this.engine = opened.value.engine;
    this.wakeAt = Number.POSITIVE_INFINITY;
    this.#perform(opened.value.effects);
  }

  command(command: Command): void {
    if (!this.up) return;
    this.#perform(this.engine.handle({ kind: "command", command }, this.bench.now));
  }

  receive(from: string, bytes: Uint8Array): void {
    if (this.up) this.#perform(this.engine.handle({ kind: "receive", from, bytes }, this.bench.now));
  }

  wake(): void {
    this.wakeAt = Number.POSITIVE_INFINITY;
    this.#perform(this.engine.handle({ kind: "wake" }, this.bench.now));
  }

  say(to: BenchNode, text: string): void {
    if (!this.up) return;
    const token = this.#token++;
    this.#said.set(token, text);
    this.command({ kind: "send", contact: to.engine.account, body: new TextEncoder().encode(text), token });
  }

  /** The texts announced, in order, without repetitions of one id. */
  heard(): string[] {
    const seen = new Map<string, string>();
    for (const event of this.events) {
      if (event.kind === "message") seen.set(event.id, new TextDecoder().decode(event.body));
    }
    return [...seen.values()];
  }

  confirmAll(): void {
    for (const event of [...this.events]) {
      if (event.kind === "message") this.command({ kind: "confirm", id: event.id });
    }
  }

  /** Crashes in the middle of a turn, after so many more effects; undefined for never. */
  killAfterEffects(effects: number | undefined): void {
    this.#effectsLeft = effects;
  }

  restartIfDown(): void {
    if (this.up) return;
    this.up = true;
    this.#effectsLeft = undefined;
    this.restart();
  }

  /** Another engine from the same log, without touching this one. */
  reopened(): Engine {
    const opened = Engine.open(this.#environment(), this.stored, this.bench.now);
    if (!opened.ok) throw new Error(opened.error);
    return opened.value.engine;
  }

  /** Whether everything that these effects send was sent before. */
  sentBefore(effects: readonly Effect[]): boolean {
    return effects.every(
      (effect) => effect.kind !== "send" || this.#sent.has(Buffer.from(effect.bytes).toString("hex")),
    );
  }

  count(kind: EngineEvent["kind"]): number {
    return this.events.filter((event) => event.kind === kind).length;
  }

  #perform(effects: readonly Effect[]): void {
    this.onEffects?.(effects);
    for (const effect of effects) {
      if (!this.up) return;
      if (this.#effectsLeft !== undefined && this.#effectsLeft-- <= 0) {
        this.up = false;
        return;
      }
      switch (effect.kind) {
        case "append": {
          const log = new Uint8Array(this.stored.log.length + effect.bytes.length);
          log.set(this.stored.log);
          log.set(effect.bytes, this.stored.log.length);
          this.stored = { log, anchor: effect.anchor };
          break;
        }
        case "replace":
          this.stored = { log: effect.bytes, anchor: effect.anchor };
          this.firstRecordBytes = effect.bytes.length;
          break;
        case "send":
          this.#sent.add(Buffer.from(effect.bytes).toString("hex"));
          this.bench.wire.push({ from: this.name, to: effect.to, bytes: effect.bytes });
          break;
        case "put-record":
          this.bench.records.set(Buffer.from(effect.address).toString("hex"), effect.value);
          break;
        case "get-record": {
          const value = this.bench.records.get(Buffer.from(effect.address).toString("hex"));
          const { engine } = this;
          const { request } = effect;
          this.bench.later.push(() => {
            if (this.up && this.engine === engine) {
              this.#perform(engine.handle({ kind: "record", request, value }, this.bench.now));
            }
          });
          break;
        }
        case "wake":
          this.wakeAt = effect.at;
          break;
        case "event":
          this.events.push(effect.event);
          if (effect.event.kind === "queued") this.queued.push(this.#said.get(effect.event.token) ?? "");
          if (effect.event.kind === "message" && this.confirms) {
            // A person stores what it reads under the message's id, so a repeated announcement changes nothing.
            if (!this.#stored.has(effect.event.id)) this.read.push(new TextDecoder().decode(effect.event.body));
            this.#stored.add(effect.event.id);
            this.command({ kind: "confirm", id: effect.event.id });
          }
          break;
      }
    }
  }
}
