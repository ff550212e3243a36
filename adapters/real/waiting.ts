import { Interrupted } from "./person.ts";

/** Waits for one condition after another, within the time of the whole run, and gives up when a process fails. */
export class Waiting {
  readonly #started: number = performance.now();
  readonly #limitMs: number;
  #failure: string | undefined;
  #check: (() => void) | undefined;

  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /** Milliseconds since the start of the run, integer. */
  get now(): number {
    return Math.round(performance.now() - this.#started);
  }

  /** Rejects with {@link Interrupted}, which names `what`, after `limitMs` or at the end of the run's time. */
  until(what: string, condition: () => boolean, limitMs: number = Number.POSITIVE_INFINITY): Promise<void> {
    return new Promise((resolve, reject) => {
      const finish = (failure?: string): void => {
        clearTimeout(limit);
        this.#check = undefined;
        if (failure === undefined) resolve();
        else reject(new Interrupted(failure));
      };
      const leftMs = Math.max(0, Math.min(this.#limitMs - this.now, limitMs));
      const limit = setTimeout(() => finish(`not in time: ${what}`), leftMs);
      this.#check = () => {
        if (this.#failure !== undefined) finish(this.#failure);
        else if (condition()) finish();
      };
      this.#check();
    });
  }

  /** Lets so much real time pass. */
  async pause(ms: number): Promise<void> {
    let over = false;
    const timer = setTimeout(() => {
      over = true;
      this.recheck();
    }, ms);
    try {
      await this.until("a pause is over", () => over);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Something happened that a condition may depend on. */
  recheck(): void {
    this.#check?.();
  }

  /** Ends the run; the first reason counts. */
  fail(reason: string): void {
    this.#failure ??= reason;
    this.#check?.();
  }
}
