import TinyQueue from "tinyqueue";
import { assert } from "../../core/safety/index.ts";

/** When every run begins: 2026-01-01T00:00:00Z, in milliseconds since the Unix epoch. */
export const EPOCH_MS = 1_767_225_600_000;
/** Events of one virtual millisecond; beyond it a node keeps itself busy and the run would never end. */
export const EVENTS_AT_ONCE_MAX = 200_000;
/** Cancelled events that may wait in the queue, however short it is. */
const CANCELLED_MAX = 1_024;

interface Entry {
  readonly time: number;
  readonly sequence: number;
  callback: (() => void) | undefined;
}

/** Sees what happens in a kernel, as it happens. An event goes by its number: how many were asked for before it. */
export interface KernelObserver {
  asked(event: number, time: number): void;
  cancelled(event: number): void;
  begins(event: number, time: number): void;
}

function earlier(a: Entry, b: Entry): number {
  return a.time - b.time || a.sequence - b.sequence;
}

/** Virtual time: a queue of events ordered by time, then by when they were asked for. */
export class Kernel {
  #queue = new TinyQueue<Entry>([], earlier);
  #now: number = EPOCH_MS;
  #sequence = 0;
  #events = 0;
  #atOnce = 0;
  #cancelled = 0;
  #observer: KernelObserver | undefined;
  readonly #settle: () => void;

  /** `settle` is called after every event: what it set going comes to rest before the next. */
  constructor(settle: () => void = () => {}) {
    this.#settle = settle;
  }

  /** From now on, and the only one. */
  observe(observer: KernelObserver): void {
    this.#observer = observer;
  }

  /** Milliseconds since the Unix epoch. */
  get now(): number {
    return this.#now;
  }

  /** Milliseconds since the run began. */
  get elapsed(): number {
    return this.#now - EPOCH_MS;
  }

  get events(): number {
    return this.#events;
  }

  /** How many events wait, with those that were cancelled and not yet forgotten. */
  get waiting(): number {
    return this.#queue.length;
  }

  /** Calls back at `time`, or next when that has passed; the returned function cancels. */
  at(time: number, callback: () => void): () => void {
    const entry: Entry = { time: Math.max(Math.ceil(time), this.#now), sequence: this.#sequence++, callback };
    this.#queue.push(entry);
    this.#observer?.asked(entry.sequence, entry.time);
    return () => {
      if (entry.callback !== undefined) this.#cancel(entry);
    };
  }

  #cancel(entry: Entry): void {
    entry.callback = undefined;
    this.#observer?.cancelled(entry.sequence);
    this.#cancelled++;
    // Whoever sets a distant timer again and again must not fill the queue with those it cancelled.
    if (this.#cancelled <= Math.max(CANCELLED_MAX, this.#queue.length / 2)) return;
    this.#queue = new TinyQueue(
      this.#queue.data.filter(({ callback }) => callback !== undefined),
      earlier,
    );
    this.#cancelled = 0;
  }

  after(ms: number, callback: () => void): () => void {
    return this.at(this.#now + ms, callback);
  }

  /** Runs everything up to and at `end`, then stands there. */
  runUntil(end: number): void {
    for (let next = this.#queue.peek(); next !== undefined && next.time <= end; next = this.#queue.peek()) {
      this.#queue.pop();
      const { callback } = next;
      if (callback === undefined) {
        this.#cancelled--;
        continue;
      }
      next.callback = undefined;
      this.#atOnce = next.time === this.#now ? this.#atOnce + 1 : 0;
      assert(this.#atOnce < EVENTS_AT_ONCE_MAX, "a run does not come to rest");
      this.#now = next.time;
      this.#events++;
      this.#observer?.begins(next.sequence, next.time);
      callback();
      this.#settle();
    }
    this.#now = Math.max(this.#now, end);
  }
}
