import type { Timer, VirtualTimers } from "./timers.ts";

interface Waiting {
  readonly signal?: AbortSignal;
}

/** Of `node:timers/promises`. */
export interface VirtualTimerPromises {
  readonly setTimeout: <T>(ms?: number, value?: T, options?: Waiting) => Promise<T>;
  readonly setImmediate: <T>(value?: T, options?: Waiting) => Promise<T>;
  readonly setInterval: <T>(ms?: number, value?: T, options?: Waiting) => AsyncIterable<T>;
  readonly scheduler: {
    readonly wait: (ms: number, options?: Waiting) => Promise<void>;
    readonly yield: () => Promise<void>;
  };
}

function abortError(signal: AbortSignal): Error {
  const failure = Object.assign(new Error("The operation was aborted", { cause: signal.reason }), {
    code: "ABORT_ERR",
  });
  failure.name = "AbortError";
  return failure;
}

/** Calls back when the signal is aborted, at once if it was before; the returned function makes it stop. */
function onAbort(signal: AbortSignal | undefined, run: (failure: Error) => void): () => void {
  if (signal === undefined) return () => {};
  const aborted = (): void => run(abortError(signal));
  if (signal.aborted) aborted();
  else signal.addEventListener("abort", aborted, { once: true });
  return () => signal.removeEventListener("abort", aborted);
}

function wait<T>(begin: (run: () => void) => Timer, value: T, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortError(signal));
      return;
    }
    const timer = begin(() => {
      forget();
      resolve(value);
    });
    const forget = onAbort(signal, (failure) => {
      timer.close();
      reject(failure);
    });
  });
}

export function virtualTimerPromises({
  setImmediate,
  setInterval,
  setTimeout,
}: Pick<VirtualTimers, "setImmediate" | "setInterval" | "setTimeout">): VirtualTimerPromises {
  async function* every<T>(ms: number | undefined, value: T, signal: AbortSignal | undefined): AsyncGenerator<T> {
    let due = 0;
    let failure: Error | undefined;
    let wake = (): void => {};
    const forget = onAbort(signal, (reason) => {
      failure = reason;
      wake();
    });
    const timer = setInterval(() => {
      due++;
      wake();
    }, ms);
    try {
      for (;;) {
        if (failure !== undefined) throw failure;
        if (due === 0) await new Promise<void>((resolve) => (wake = resolve));
        for (; due > 0; due--) yield value;
      }
    } finally {
      forget();
      timer.close();
    }
  }
  return {
    setTimeout: (ms, value, options) => wait((run) => setTimeout(run, ms), value as never, options?.signal),
    setImmediate: (value, options) => wait((run) => setImmediate(run), value as never, options?.signal),
    setInterval: (ms, value, options) => every(ms, value as never, options?.signal),
    scheduler: {
      wait: (ms, options) => wait((run) => setTimeout(run, ms), undefined, options?.signal),
      yield: () => wait((run) => setImmediate(run), undefined, undefined),
    },
  };
}
