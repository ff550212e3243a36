import type { Clock, Millis } from "../../../core/node/index.ts";
import { BoundedMap } from "../../../core/safety/index.ts";

/**
 * What the engine has not passed on after this long is not passed on. The router forgets messages after five seconds,
 * and cannot forward them any more.
 */
export const GOSSIP_VERDICT_MS = 3_000;
/** Messages that wait for the engine; beyond it the oldest is not passed on. */
export const PENDING_VERDICTS_MAX = 1_024;

/** One delivery of a message. */
export interface Delivery {
  /** The router's name of the message. */
  readonly id: string;
  /** The peer that it came from. */
  readonly source: string;
}

interface Pending extends Delivery {
  /** Names the content, whatever message it came in. */
  readonly content: string;
  readonly due: Millis;
}

export type Verdict = "accept" | "ignore";

/**
 * The messages that the engine was given and has not passed on. The engine never says that something is not worth
 * forwarding: it publishes what is.
 */
export class Verdicts {
  readonly #clock: Clock;
  readonly #report: (delivery: Delivery, verdict: Verdict) => void;
  /** By message, oldest first. */
  readonly #pending = new BoundedMap<string, Pending>(PENDING_VERDICTS_MAX);
  #cancel: (() => void) | undefined;

  /** `report` is called once for each delivery. */
  constructor(clock: Clock, report: (delivery: Delivery, verdict: Verdict) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** The engine is about to be given this. */
  await(delivery: Delivery, content: string): void {
    const due = this.#clock.now() + GOSSIP_VERDICT_MS;
    const evicted = this.#pending.set(delivery.id, { ...delivery, content, due });
    if (evicted !== undefined) this.#report(evicted[1], "ignore");
    this.#cancel ??= this.#clock.at(due, () => this.#expire());
  }

  /** The engine passes this content on. False when it came in no message that still waits. */
  accept(content: string): boolean {
    const [first, ...others] = [...this.#pending.values()].filter((pending) => pending.content === content);
    if (first === undefined) return false;
    this.#decide(first, "accept");
    // The same in another wrapping need not travel twice.
    for (const other of others) this.#decide(other, "ignore");
    return true;
  }

  /** Nothing that waits is passed on. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const pending of [...this.#pending.values()]) this.#decide(pending, "ignore");
  }

  #decide(pending: Pending, verdict: Verdict): void {
    this.#pending.delete(pending.id);
    this.#report(pending, verdict);
  }

  #expire(): void {
    this.#cancel = undefined;
    const now = this.#clock.now();
    for (const pending of [...this.#pending.values()]) {
      // A clock that was set back must not keep anything for longer.
      if (pending.due <= now || pending.due > now + GOSSIP_VERDICT_MS) this.#decide(pending, "ignore");
    }
    const [next] = this.#pending.values();
    if (next !== undefined) this.#cancel = this.#clock.at(next.due, () => this.#expire());
  }
}
