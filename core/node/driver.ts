import { assert, BoundedQueue } from "../safety/index.ts";
import type { Engine } from "./engine.ts";
import type { EngineEvent } from "./events.ts";
import type { Clock, Command, Effect, IndexStorage, Input, LogStorage, Transport } from "./ports.ts";
import { Questions } from "./questions.ts";

/** Effects that may wait for the disk; beyond it the driver stops rather than lose one. */
export const EFFECTS_WAITING_MAX = 65_536;
/** Inputs that are dropped, as a network would, while this many effects wait for the disk. */
export const EFFECTS_BEFORE_DROP = 32_768;
/** Own questions under way; a further one goes unanswered without having been asked. */
export const ASKS_WAITING_MAX = 1_024;

export interface Ports {
  readonly clock: Clock;
  readonly transport: Transport;
  readonly storage: LogStorage;
  /** What a node needs that keeps the tree of a directory. */
  readonly index?: IndexStorage;
}

/**
 * Performs an engine's effects over the ports, strictly in order: what follows an `append`, `replace` or `store`
 * waits until the bytes are durable, whatever arrives meanwhile. A simulated node and a real one run this
 * same code. A failing disk stops the node: sending without having persisted could reuse a key after a crash.
 */
export class Driver {
  readonly engine: Engine;
  readonly #ports: Ports;
  readonly #onEvent: (event: EngineEvent) => void;
  readonly #onFailure: (failure: Error) => void;
  readonly #waiting = new BoundedQueue<Effect>(EFFECTS_WAITING_MAX);
  #writing = false;
  #draining = false;
  #stopped = false;
  #cancelWake: (() => void) | undefined;
  readonly #questions = new Questions();
  #asks = 0;

  constructor(
    engine: Engine,
    ports: Ports,
    onEvent: (event: EngineEvent) => void,
    onFailure: (failure: Error) => void,
  ) {
    this.engine = engine;
    this.#ports = ports;
    this.#onEvent = onEvent;
    this.#onFailure = onFailure;
    const { transport } = ports;
    transport.onRelocated(() => this.#relocate());
    transport.onReceive((from, bytes) => {
      if (!this.#isBehind) this.#input({ kind: "receive", from, bytes });
    });
    transport.onGossip((from, bytes) => {
      if (!this.#isBehind) this.#input({ kind: "gossip", from, bytes });
    });
    transport.onQuestion((from, bytes, reply) => {
      if (this.#isBehind) return;
      this.#input({ kind: "question", from, id: this.#questions.add(from, reply), bytes });
    });
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** Performs what creating or opening the engine gave: call it once, first. */
  perform(effects: readonly Effect[]): void {
    this.#enqueue(effects);
    this.#relocate();
  }

  /** What the local user decides; outcomes arrive as events. */
  command(command: Command): void {
    this.#input({ kind: "command", command });
  }

  /** Performs nothing further; what the disk has is what a restart finds. */
  stop(): void {
    this.#stopped = true;
    this.#cancelWake?.();
    this.#cancelWake = undefined;
  }

  /** Backpressure of the disk shows to peers as loss, which the protocol repairs. */
  get #isBehind(): boolean {
    return this.#waiting.size >= EFFECTS_BEFORE_DROP;
  }

  #relocate(): void {
    this.#input({ kind: "relocated", addresses: this.#ports.transport.addresses });
  }

  #input(input: Input): void {
    if (this.#stopped) return;
    let effects: readonly Effect[];
    try {
      effects = this.engine.handle(input, this.#ports.clock.now());
    } catch (failure) {
      // A bug: what the engine holds may be half a turn, and must not be built on.
      this.#fail(failure instanceof Error ? failure : new Error("the engine failed"));
      return;
    }
    this.#enqueue(effects);
  }

  #enqueue(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (!this.#waiting.push(effect)) {
        this.#fail(new Error("too many effects wait for the disk"));
        return;
      }
    }
    this.#drain();
  }

  #fail(failure: Error): void {
    this.stop();
    this.#onFailure(failure);
  }

  #drain(): void {
    // An event's handler may issue a command: its effects are appended and this loop takes them in order.
    if (this.#draining) return;
    this.#draining = true;
    while (!this.#writing && !this.#stopped) {
      const effect = this.#waiting.shift();
      if (effect === undefined) break;
      this.#perform(effect);
    }
    this.#draining = false;
  }

  /** Nothing is performed until the write is done; then `next`, and what waits. */
  #write(write: (done: (failure?: Error) => void) => void, next: () => void): void {
    this.#writing = true;
    write((failure) => {
      if (this.#stopped) return;
      this.#writing = false;
      if (failure === undefined) next();
      else this.#fail(failure);
    });
  }

  #perform(effect: Effect): void {
    const { clock, index, storage, transport } = this.#ports;
    switch (effect.kind) {
      case "append":
      case "replace":
        this.#write(
          (done) => storage[effect.kind](effect.bytes, effect.anchor, done),
          () => this.#drain(),
        );
        return;
      case "store":
        assert(index !== undefined, "a node that stores needs an index");
        this.#write(
          (done) => index.write(effect.writes, done),
          () => this.#input({ kind: "stored", sequence: effect.sequence }),
        );
        return;
      case "send":
        transport.send(effect.to, effect.bytes);
        return;
      case "put-record":
        transport.putRecord(effect.address, effect.value, effect.expires);
        return;
      case "get-record":
        transport.getRecord(effect.address, (value) => {
          this.#input({ kind: "record", request: effect.request, value });
        });
        return;
      case "publish":
        transport.publish(effect.bytes);
        return;
      case "ask":
        this.#ask(effect);
        return;
      case "reply":
        this.#questions.take(effect.id)?.(effect.bytes);
        return;
      case "wake":
        this.#cancelWake?.();
        this.#cancelWake = clock.at(effect.at, () => {
          this.#cancelWake = undefined;
          this.#input({ kind: "wake" });
        });
        return;
      case "event":
        this.#onEvent(effect.event);
        return;
    }
  }

  #ask({ bytes, request, to }: Effect & { readonly kind: "ask" }): void {
    const { clock, transport } = this.#ports;
    if (this.#asks >= ASKS_WAITING_MAX) {
      clock.at(clock.now(), () => this.#input({ kind: "answer", request, bytes: undefined }));
      return;
    }
    this.#asks++;
    transport.ask(to, bytes, (answer) => {
      this.#asks--;
      this.#input({ kind: "answer", request, bytes: answer });
    });
  }
}
