/** How fast, and how much at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

const SECOND_MS = 1_000;

/** A token bucket: holds at most `burst`, filled at `perSecond`. Starts full. */
export class Bucket {
  readonly #rate: Rate;
  /** In thousandths, so that what a millisecond brings is a whole number. */
  #thousandths: number;
  #at: number;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#thousandths = rate.burst * SECOND_MS;
    this.#at = now;
  }

  /** Milliseconds until so much may pass, which is at most the burst; 0: now. */
  delayMs(amount: number, now: number): number {
    // A clock that was set back fills nothing, and takes nothing away.
    const passed = Math.max(0, now - this.#at);
    const { burst, perSecond } = this.#rate;
    this.#thousandths = Math.min(burst * SECOND_MS, this.#thousandths + passed * perSecond);
    this.#at = now;
    return Math.max(0, Math.ceil((amount * SECOND_MS - this.#thousandths) / perSecond));
  }

  /** Call it when there is so much. */
  take(amount: number): void {
    this.#thousandths -= amount * SECOND_MS;
  }
}
