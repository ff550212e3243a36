import { BoundedQueue } from "../../core/safety/index.ts";

/** Runs a few tasks at once; a bounded number of others wait for their turn, in order. */
export class Turns {
  readonly #atOnce: number;
  readonly #waiting: BoundedQueue<() => Promise<void>>;
  #running = 0;

  constructor(atOnce: number, waitingMax: number) {
    this.#atOnce = atOnce;
    this.#waiting = new BoundedQueue(waitingMax);
  }

  /** False, and the task never runs, when too many wait. */
  take(task: () => Promise<void>): boolean {
    if (this.#running >= this.#atOnce) return this.#waiting.push(task);
    this.#run(task);
    return true;
  }

  #run(task: () => Promise<void>): void {
    this.#running++;
    void task().finally(() => {
      this.#running--;
      const next = this.#waiting.shift();
      if (next !== undefined) this.#run(next);
    });
  }
}
