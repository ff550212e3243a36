import type { Clock, Millis } from "../../core/node/index.ts";

/**
 * The longest sleep before the wall clock is read again. Timers run on a monotonic clock, which stands still while a
 * machine is suspended and knows nothing of a corrected time: what is due then is late by this much at most. It is
 * also far below the 2^31-1 ms beyond which `setTimeout` fires at once.
 */
export const SLEEP_MS_MAX = 60_000;

/** The system's wall clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  at(time: Millis, callback: () => void): () => void {
    let timer: NodeJS.Timeout;
    const sleep = (): void => {
      const left = Math.min(Math.max(time - Date.now(), 0), SLEEP_MS_MAX);
      timer = setTimeout(() => {
        // The two clocks round differently, and the wall clock may have been set back: never early.
        if (Date.now() >= time) callback();
        else sleep();
      }, left);
    };
    sleep();
    return () => clearTimeout(timer);
  },
};
