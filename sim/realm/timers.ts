import { promisify } from "node:util";
import type { Kernel } from "../kernel/index.ts";
import { virtualTimerPromises, type VirtualTimerPromises } from "./timer-promises.ts";

/** As Node has it: a timer of 0 ms, or of more than fits 32 bits, is one of 1 ms. */
const DELAY_MS_MIN = 1;
const DELAY_MS_MAX = 2_147_483_647;

type Callback = (...values: unknown[]) => void;

function delayOf(ms: unknown): number {
  const delay = Math.trunc(Number(ms));
  return delay >= DELAY_MS_MIN && delay <= DELAY_MS_MAX ? delay : DELAY_MS_MIN;
}

/** The timers whose number somebody asked for. */
type Numbered = Map<number, Timer>;

/** What the timers of a realm share. */
interface Timekeeper {
  readonly kernel: Kernel;
  readonly numbered: Numbered;
  made: number;
}

/** A timer in virtual time, with the methods of Node's. */
export class Timer {
  readonly #keeper: Timekeeper;
  readonly #run: () => void;
  readonly #delayMs: number;
  readonly #repeats: boolean;
  readonly #number: number;
  #closed = false;
  #refed = true;
  #cancel: (() => void) | undefined;

  constructor(keeper: Timekeeper, run: () => void, delayMs: number, repeats: boolean) {
    this.#keeper = keeper;
    this.#run = run;
    this.#delayMs = delayMs;
    this.#repeats = repeats;
    this.#number = ++keeper.made;
    this.#begin();
  }

  #begin(): void {
    this.#cancel = this.#keeper.kernel.after(this.#delayMs, () => this.#fire());
  }

  #fire(): void {
    this.#cancel = undefined;
    try {
      this.#run();
    } finally {
      // What it set itself comes before its next turn. It may have begun again by `refresh`.
      if (this.#cancel === undefined && !this.#closed) {
        if (this.#repeats) this.#begin();
        else this.#keeper.numbered.delete(this.#number);
      }
    }
  }

  close(): this {
    this.#closed = true;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#keeper.numbered.delete(this.#number);
    return this;
  }

  refresh(): this {
    if (this.#closed) return this;
    this.#cancel?.();
    this.#begin();
    return this;
  }

  ref(): this {
    this.#refed = true;
    return this;
  }

  /** A run ends when it is over, not when nothing is left to wait for. */
  unref(): this {
    this.#refed = false;
    return this;
  }

  hasRef(): boolean {
    return this.#refed;
  }

  [Symbol.toPrimitive](): number {
    if (this.#cancel !== undefined) this.#keeper.numbered.set(this.#number, this);
    return this.#number;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

type SetTimer = (run: Callback, ms?: number, ...values: unknown[]) => Timer;

/** `setTimeout` and its family over a kernel. */
export interface VirtualTimers {
  readonly setTimeout: SetTimer;
  readonly setInterval: SetTimer;
  readonly setImmediate: (run: Callback, ...values: unknown[]) => Timer;
  readonly clearTimeout: (timer: unknown) => void;
  readonly clearInterval: (timer: unknown) => void;
  readonly clearImmediate: (timer: unknown) => void;
  readonly promises: VirtualTimerPromises;
}

export function virtualTimers(kernel: Kernel): VirtualTimers {
  const keeper: Timekeeper = { kernel, numbered: new Map(), made: 0 };
  const timer = (run: unknown, values: unknown[], delayMs: number, repeats: boolean): Timer => {
    if (typeof run !== "function") {
      const failure = new TypeError('The "callback" argument must be of type function.');
      throw Object.assign(failure, { code: "ERR_INVALID_ARG_TYPE" });
    }
    const call = values.length === 0 ? () => (run as Callback)() : () => (run as Callback)(...values);
    return new Timer(keeper, call, delayMs, repeats);
  };
  const clear = (asked: unknown): void => {
    if (asked instanceof Timer) asked.close();
    else if (typeof asked === "number" || typeof asked === "string") keeper.numbered.get(Number(asked))?.close();
  };
  const setTimeout: SetTimer = (run, ms, ...values) => timer(run, values, delayOf(ms), false);
  const setInterval: SetTimer = (run, ms, ...values) => timer(run, values, delayOf(ms), true);
  const setImmediate: VirtualTimers["setImmediate"] = (run, ...values) => timer(run, values, 0, false);
  const promises = virtualTimerPromises({ setTimeout, setInterval, setImmediate });
  // Attributes of Node's, which are not enumerable.
  Object.defineProperty(setTimeout, promisify.custom, { get: () => promises.setTimeout });
  Object.defineProperty(setImmediate, promisify.custom, { get: () => promises.setImmediate });
  return {
    setTimeout,
    setInterval,
    setImmediate,
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
    promises,
  };
}
