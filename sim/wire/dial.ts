import type { Stream } from "../kernel/index.ts";
import type { Medium, Place } from "./medium.ts";

/** Nobody at the address takes wires there; this host is on no network. */
export type DialFailure = "refused" | "unreachable";

/** When the first packet of a dial is sent again, in milliseconds after it was sent first (RFC 6298, Linux). */
const ATTEMPTS_MS = [0, 1_000, 3_000, 7_000, 15_000, 31_000];

/** What the first packet of a dial finds where it arrives; undefined when nobody answers it. */
export interface Answer {
  readonly place: Place;
  readonly taken: boolean;
}

interface Plan<A extends Answer> {
  readonly medium: Medium;
  readonly stream: Stream;
  readonly from: Place;
  /** Asked when a packet arrives. */
  readonly answer: () => A | undefined;
  /** Called once; never when nobody answers, or after it was cancelled. */
  readonly done: (answer: A) => void;
}

/** Knocks until somebody answers, or this end gives up: the three-way handshake's first two packets. */
export class Dial<A extends Answer> {
  readonly #plan: Plan<A>;
  readonly #startedAt: number;
  #attempts = 0;
  #over = false;
  #cancelRetry: () => void = () => {};

  constructor(plan: Plan<A>) {
    this.#plan = plan;
    this.#startedAt = plan.medium.kernel.now;
    this.#attempt();
  }

  cancel(): void {
    this.#over = true;
    this.#cancelRetry();
  }

  readonly #attempt = (): void => {
    const { medium } = this.#plan;
    const next = ATTEMPTS_MS[++this.#attempts];
    if (next !== undefined) this.#cancelRetry = medium.kernel.at(this.#startedAt + next, this.#attempt);
    if (!this.#lost()) medium.kernel.after(this.#delayMs(), this.#arrive);
  };

  readonly #arrive = (): void => {
    const { answer, from, medium } = this.#plan;
    if (this.#over) return;
    const found = answer();
    if (found === undefined || !medium.reaches(from, found.place) || this.#lost()) return;
    medium.kernel.after(this.#delayMs(), () => this.#return(found));
  };

  #return(found: A): void {
    const { done, from, medium } = this.#plan;
    if (this.#over || !medium.reaches(found.place, from)) return;
    this.cancel();
    done(found);
  }

  #delayMs(): number {
    return this.#plan.medium.delayMs(this.#plan.stream);
  }

  #lost(): boolean {
    const { conditions, counts } = this.#plan.medium;
    const lost = conditions.lossRate > 0 && this.#plan.stream.chance(conditions.lossRate);
    if (lost) counts.lost++;
    return lost;
  }
}
