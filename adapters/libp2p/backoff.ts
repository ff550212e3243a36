const PAUSE_MS_MIN = 1_000;
const PAUSE_MS_MAX = 60_000;

/** When something that fails is tried again: after a second, and twice as long after each further failure in a row. */
export class Backoff {
  #failures = 0;
  #notBefore = 0;

  get failures(): number {
    return this.#failures;
  }

  /** Milliseconds since the epoch; in the past when nothing failed. */
  get notBefore(): number {
    return this.#notBefore;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#notBefore = 0;
  }

  failed(now: number): void {
    this.#notBefore = now + Math.min(PAUSE_MS_MIN * 2 ** Math.min(this.#failures, 16), PAUSE_MS_MAX);
    this.#failures++;
  }
}
