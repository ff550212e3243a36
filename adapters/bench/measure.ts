/** What one thing took, over all its repetitions; milliseconds. */
export interface Measurement {
  readonly median: number;
  readonly p95: number;
  readonly repetitions: number;
}

/** Something that is done again and again. */
export interface Task {
  readonly name: string;
  /** Done in every n-th round only, because it is slow. */
  readonly every?: number;
  /** Gets ready for the round, untimed, and returns what is timed. */
  readonly ready: (round: number) => () => unknown;
}

/** Rounds before the ones that count, in which the compiler learns the code. */
const WARM_UP_ROUNDS = 3;

/** Times by name, in the order in which the names came first. */
export class Samples {
  readonly #times = new Map<string, number[]>();

  /** Times the action and gives its result. */
  time<T>(name: string, action: () => T): T {
    const start = performance.now();
    const result = action();
    this.add(name, performance.now() - start);
    return result;
  }

  add(name: string, ms: number): void {
    const times = this.#times.get(name);
    if (times === undefined) this.#times.set(name, [ms]);
    else times.push(ms);
  }

  /** Does all tasks in turn, round after round, so that a slow moment of the machine falls on all of them. */
  take(tasks: readonly Task[], rounds: number): void {
    const ignored = new Samples();
    for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
      for (const { every = 1, name, ready } of tasks) {
        if (every > 1 && (round < 0 || round % every !== 0)) continue;
        const action = ready(round + WARM_UP_ROUNDS);
        (round < 0 ? ignored : this).time(name, action);
      }
    }
  }

  summary(): ReadonlyMap<string, Measurement> {
    return new Map([...this.#times].map(([name, times]) => [name, summarise(times)]));
  }
}

/** Nearest-rank median and 95th percentile. */
export function summarise(times: readonly number[]): Measurement {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { median: at(0.5), p95: at(0.95), repetitions: sorted.length };
}
