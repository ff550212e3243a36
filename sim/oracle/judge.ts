import type { OracleVerdict } from "../result.ts";
import type { Observer, World } from "../world/index.ts";

/** Collects what one oracle compared. The first violation is kept: what follows is often only its echo. */
export class Judge {
  readonly #name: string;
  readonly #clock: { readonly elapsed: number };
  #checks = 0;
  #violations = 0;
  #first: { readonly message: string; readonly atMs: number } | undefined;

  constructor(name: string, clock: { readonly elapsed: number }) {
    this.#name = name;
    this.#clock = clock;
  }

  /** One comparison. `message` says what was violated, without contents. */
  check(holds: boolean, message: () => string): void {
    this.#checks++;
    if (holds) return;
    this.#violations++;
    this.#first ??= { message: message(), atMs: this.#clock.elapsed };
  }

  /** An oracle that compared nothing has not held. */
  verdict(): OracleVerdict {
    const name = this.#name;
    const checks = this.#checks;
    if (checks === 0) return { name, verdict: "failed", checks, message: "nothing was checked" };
    if (this.#first === undefined) return { name, verdict: "held", checks };
    const { atMs, message } = this.#first;
    const more = this.#violations > 1 ? ` (and ${this.#violations - 1} more)` : "";
    return { name, verdict: "failed", checks, message: message + more, atMs };
  }
}

/** A property of a run, judged from outside the nodes. */
export interface Oracle {
  readonly name: string;
  /** What it demands, in one line. */
  readonly demand: string;
  watch(world: World, judge: Judge): Observer;
}
