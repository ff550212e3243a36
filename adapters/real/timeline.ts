import type { TimelineEntry } from "../../sim/result.ts";

/** Steps kept at each end of the timeline. */
export const TIMELINE_HALF_MAX = 500;

/** The first and the last steps of a run. */
export class Timeline {
  readonly #first: TimelineEntry[] = [];
  readonly #last: TimelineEntry[] = [];
  #dropped = 0;

  add(entry: TimelineEntry): void {
    if (this.#first.length < TIMELINE_HALF_MAX) {
      this.#first.push(entry);
      return;
    }
    this.#last.push(entry);
    if (this.#last.length <= TIMELINE_HALF_MAX) return;
    this.#last.shift();
    this.#dropped++;
  }

  get entries(): readonly TimelineEntry[] {
    return [...this.#first, ...this.#last];
  }

  get dropped(): number {
    return this.#dropped;
  }
}
