import { RealmBreach } from "./breach.ts";
import { Census } from "./census.ts";
import { type Guard, putGates } from "./gates.ts";
import { refuseLoading } from "./loading.ts";
import type { Patches } from "./patches.ts";

/** Breaches that are kept: one is enough to void a run, and what causes one may do so at every event. */
export const BREACHES_MAX = 100;

/** Refuses what a deterministic world does not control, and remembers who asked: libraries swallow errors. */
export class Guards implements Guard {
  readonly breaches: RealmBreach[] = [];
  readonly #census = new Census((breach) => this.#keep(breach));
  #lift: (() => void) | undefined;

  get raised(): boolean {
    return this.#lift !== undefined;
  }

  /** Nothing is refused yet. */
  put(patches: Patches): void {
    putGates(this, patches);
  }

  raise(): void {
    this.#lift = refuseLoading(this);
    this.#census.begin();
  }

  lower(): void {
    this.#census.end();
    this.#lift?.();
    this.#lift = undefined;
  }

  readonly refuse = (what: string, below: (...values: never[]) => unknown): never => {
    const breach = RealmBreach.by(what, below);
    this.#keep(breach);
    throw breach;
  };

  #keep(breach: RealmBreach): void {
    if (this.breaches.length < BREACHES_MAX) this.breaches.push(breach);
  }
}
