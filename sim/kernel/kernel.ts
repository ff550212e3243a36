import TinyQueue from "tinyqueue";
import { assert } from "../../core/safety/index.ts";

/** When every run begins: 2026-01-01T00:00:00Z, in milliseconds since the Unix epoch. */
export const EPOCH_MS = 1_767_225_600_000;
/** Events of one virtual millisecond; beyond it a node keeps itself busy and the run would never end. */
export const EVENTS_AT_ONCE_MAX = 200_000;

interface Entry {
  readonly time: number;
  readonly sequence: number;
  callback: (() => void) | undefined;
}

/** Virtual time: a queue of events ordered by time, then by when they were asked for. */
export class Kernel {
  readonly #queue = new TinyQueue<Entry>([], (a, b) => a.time - b.time || a.sequence - b.sequence);
  #now: number = EPOCH_MS;
  #sequence = 0;
  #events = 0;
  #atOnce = 0;

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

  /** Calls back at `time`, or next when that has passed; the returned function cancels. */
  at(time: number, callback: () => void): () => void {
    const entry: Entry = { time: Math.max(Math.ceil(time), this.#now), sequence: this.#sequence++, callback };
    this.#queue.push(entry);
    return () => {
      entry.callback = undefined;
    };
  }

  after(ms: number, callback: () => void): () => void {
    return this.at(this.#now + ms, callback);
  }

  /** Runs everything up to and at `end`, then stands there. */
  runUntil(end: number): void {
    for (let next = this.#queue.peek(); next !== undefined && next.time <= end; next = this.#queue.peek()) {
      this.#queue.pop();
      if (next.callback === undefined) continue;
      this.#atOnce = next.time === this.#now ? this.#atOnce + 1 : 0;
      assert(this.#atOnce < EVENTS_AT_ONCE_MAX, "a run does not come to rest");
      this.#now = next.time;
      this.#events++;
      next.callback();
    }
    this.#now = Math.max(this.#now, end);
  }
}
