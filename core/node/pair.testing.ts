import { countingRandom } from "../suite/testing.ts";
import { portableSuite, type Suite } from "../suite/index.ts";
import type { Roles } from "./directory/roles.ts";
import {
  type Command,
  type Effect,
  Engine,
  type EngineEvent,
  type Input,
  type Settings,
  type StoredLog,
} from "./index.ts";
import { MemoryIndex } from "./memory-index.testing.ts";

/** What passes between nodes beside datagrams. */
export interface BenchPacket {
  readonly kind: "gossip" | "question" | "answer";
  readonly from: string;
  readonly to: string;
  readonly bytes: Uint8Array;
}

interface OpenAsk {
  readonly from: string;
  readonly to: string;
  readonly done: (answer: Uint8Array | undefined) => void;
}

/** A tiny world for engine tests: named nodes, instant delivery unless a filter says otherwise, a manual clock. */
export class Bench {
  now = 1_700_000_000_000;
  readonly nodes: Map<string, BenchNode> = new Map();
  readonly records: Map<string, Uint8Array> = new Map();
  readonly wire: { from: string; to: string; bytes: Uint8Array }[] = [];
  /** Whatever is under way beside datagrams, in order. */
  readonly later: (() => void)[] = [];
  readonly #asks = new Set<OpenAsk>();
  /** Envelopes for which it returns false are lost. */
  filter: (from: string, to: string, bytes: Uint8Array) => boolean = () => true;
  /** What arrives of a packet; undefined: nothing. */
  carry: (packet: BenchPacket) => Uint8Array | undefined = ({ bytes }) => bytes;
  /** Whom a node's gossip goes to: all others, unless set. */
  neighbours: (name: string) => readonly string[] = (name) => [...this.nodes.keys()].filter((other) => other !== name);
  /** Who answers questions in the place of a node, or under a name that no node has; undefined: not at all. */
  readonly answerers: Map<string, (from: string, question: Uint8Array) => Uint8Array | undefined> = new Map();
  readonly suite: Suite;

  constructor(suite: Suite = portableSuite) {
    this.suite = suite;
  }

  add(name: string, settings: Partial<Settings> = {}, roles?: Roles): BenchNode {
    const node = new BenchNode(this, name, { oneTimePrekeys: 2, ...settings }, roles);
    this.nodes.set(name, node);
    return node;
  }

  meet(a: BenchNode, b: BenchNode): void {
    a.command({ kind: "add-contact", name: b.name, card: b.engine.cardBytes() });
    b.command({ kind: "add-contact", name: a.name, card: a.engine.cardBytes() });
  }

  publish(from: string, bytes: Uint8Array): void {
    for (const to of this.neighbours(from)) {
      this.#send({ kind: "gossip", from, to, bytes }, (arrived) => this.nodes.get(to)?.hear(from, arrived));
    }
  }

  /** Calls back once, later: undefined when nothing is under way any more and no answer came. */
  ask(from: string, to: string, bytes: Uint8Array, done: (answer: Uint8Array | undefined) => void): void {
    const ask: OpenAsk = { from, to, done };
    this.#asks.add(ask);
    this.#send({ kind: "question", from, to, bytes }, (question) => {
      const answerer = this.answerers.get(to);
      if (answerer === undefined) this.nodes.get(to)?.question(from, question, (answer) => this.#answer(ask, answer));
      else {
        const answer = answerer(from, question);
        if (answer !== undefined) this.#answer(ask, answer);
      }
    });
  }

  #answer(ask: OpenAsk, answer: Uint8Array): void {
    this.#send({ kind: "answer", from: ask.to, to: ask.from, bytes: answer }, (arrived) => this.#close(ask, arrived));
  }

  #close(ask: OpenAsk, answer: Uint8Array | undefined): void {
    if (this.#asks.delete(ask)) ask.done(answer);
  }

  #send(packet: BenchPacket, arrive: (bytes: Uint8Array) => void): void {
    this.later.push(() => {
      const bytes = this.carry(packet);
      if (bytes !== undefined) arrive(bytes);
    });
  }

  /** Delivers what is under way until nothing is left; then questions without an answer have waited long enough. */
  settle(): void {
    for (;;) {
      this.later.shift()?.();
      const packet = this.wire.shift();
      if (packet === undefined && this.later.length === 0) {
        if (this.#asks.size === 0) return;
        for (const ask of [...this.#asks]) this.#close(ask, undefined);
      }
      if (packet === undefined) continue;
      if (!this.filter(packet.from, packet.to, packet.bytes)) continue;
      this.residentOf(packet.to)?.receive(packet.from, packet.bytes);
    }
  }

  /** Who is reached at an address. */
  residentOf(address: string): BenchNode | undefined {
    return [...this.nodes.values()].find(({ addresses }) => addresses.includes(address));
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
  readonly roles: Roles | undefined;
  /** Survives a restart, as the log does. */
  readonly index: MemoryIndex;
  engine: Engine;
  stored: StoredLog = { log: new Uint8Array(0), anchor: undefined };
  wakeAt: number = Number.POSITIVE_INFINITY;
  up = true;
  /** Where it is reached. */
  addresses: readonly string[];
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
  readonly #questions = new Map<number, (answer: Uint8Array) => void>();
  #nextQuestion = 0;
  #token = 0;
  #effectsLeft: number | undefined;

  constructor(bench: Bench, name: string, settings: Partial<Settings>, roles?: Roles) {
    this.bench = bench;
    this.name = name;
    this.settings = settings;
    this.roles = roles;
    this.index = new MemoryIndex((task) => bench.later.push(task));
    this.addresses = [name];
    const profile = { label: name, addresses: this.addresses };
    const { effects, engine } = Engine.create(this.#environment(), profile, bench.now);
    this.engine = engine;
    this.#perform(effects);
  }

  #environment() {
    const { index, roles, settings } = this;
    const random = countingRandom(`${this.name}/${this.restarts}`);
    return { suite: this.bench.suite, random, settings, index, ...(roles === undefined ? {} : { roles }) };
  }

  /** Loses the memory and comes back from the log. */
  restart(): void {
    this.restarts++;
    const opened = Engine.open(this.#environment(), this.stored, this.bench.now);
    if (!opened.ok) throw new Error(opened.error);
    this.engine = opened.value.engine;
    this.wakeAt = Number.POSITIVE_INFINITY;
    this.#perform(opened.value.effects);
    this.#relocated();
  }

  /** From now on it is reached at these addresses, and at no other. */
  move(...addresses: readonly string[]): void {
    this.addresses = addresses;
    this.#relocated();
  }

  #relocated(): void {
    this.#input({ kind: "relocated", addresses: this.addresses });
  }

  command(command: Command): void {
    this.#input({ kind: "command", command });
  }

  receive(from: string, bytes: Uint8Array): void {
    this.#input({ kind: "receive", from, bytes });
  }

  /** Gossip. */
  hear(from: string, bytes: Uint8Array): void {
    this.#input({ kind: "gossip", from, bytes });
  }

  question(from: string, bytes: Uint8Array, reply: (answer: Uint8Array) => void): void {
    const id = this.#nextQuestion++;
    this.#questions.set(id, reply);
    this.#input({ kind: "question", from, id, bytes });
  }

  wake(): void {
    this.wakeAt = Number.POSITIVE_INFINITY;
    this.#input({ kind: "wake" });
  }

  #input(input: Input): void {
    if (this.up) this.#perform(this.engine.handle(input, this.bench.now));
  }

  /** What a later callback may do: nothing, once the node went down that asked for it. */
  #later(input: (value: Uint8Array | undefined) => Input): (value: Uint8Array | undefined) => void {
    const { engine } = this;
    return (value) => {
      if (this.engine === engine) this.#input(input(value));
    };
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
          this.bench.wire.push({ from: this.addresses[0] ?? this.name, to: effect.to, bytes: effect.bytes });
          break;
        case "put-record":
          this.bench.records.set(Buffer.from(effect.address).toString("hex"), effect.value);
          break;
        case "get-record": {
          const found = this.bench.records.get(Buffer.from(effect.address).toString("hex"));
          const { request } = effect;
          const answer = this.#later((value) => ({ kind: "record", request, value }));
          this.bench.later.push(() => answer(found));
          break;
        }
        case "publish":
          this.bench.publish(this.name, effect.bytes);
          break;
        case "ask": {
          const { request } = effect;
          const answer = this.#later((bytes) => ({ kind: "answer", request, bytes }));
          this.bench.ask(this.name, effect.to, effect.bytes, answer);
          break;
        }
        case "reply":
          this.#questions.get(effect.id)?.(effect.bytes);
          this.#questions.delete(effect.id);
          break;
        case "store": {
          // Durable before the effects after it, as a driver has it.
          this.index.apply(effect.writes);
          const { sequence } = effect;
          const stored = this.#later(() => ({ kind: "stored", sequence }));
          this.bench.later.push(() => stored(undefined));
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
