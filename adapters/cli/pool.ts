import type { RunResult } from "../../sim/result.ts";
import { SabotageMistake } from "../../sim/sabotage/index.ts";
import type { Job } from "./plan.ts";
import { startThread } from "./thread.ts";

export interface Progress {
  started(job: Job): void;
  finished(job: Job, result: RunResult): void;
}

/** Plays the jobs on `threads` workers; results come back in the order of the jobs. */
export async function playAll(jobs: readonly Job[], threads: number, progress: Progress): Promise<RunResult[]> {
  const results: RunResult[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    let worker: PlayingWorker | undefined;
    try {
      for (let index = next++; index < jobs.length; index = next++) {
        const job = jobs[index] as Job;
        if (worker === undefined) {
          worker = startWorker(job);
          await worker.reply<string>();
        }
        progress.started(job);
        const result = await worker.reply<RunResult>(job);
        results[index] = result;
        progress.finished(job, result);
        // Libraries keep state in their modules: a run must not see another's.
        if (job.stack === "libp2p") {
          await worker.end();
          worker = undefined;
        }
      }
    } finally {
      await worker?.end();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, work));
  return results;
}

type PlayingWorker = ReturnType<typeof startWorker>;

function startWorker(job: Job) {
  const worker = startThread(job);
  return {
    /** Sends a message, if any, and waits for the next that comes back. */
    reply: <T>(message?: unknown): Promise<T> =>
      new Promise<T>((resolve, reject) => {
        const settle = (): void => {
          worker.off("message", heard).off("error", failed);
        };
        const heard = (answer: T): void => {
          settle();
          resolve(answer);
        };
        const failed = (failure: Error): void => {
          settle();
          // An error loses its class between threads, not its name.
          reject(failure.name === "SabotageMistake" ? new SabotageMistake(failure.message) : failure);
        };
        worker.on("message", heard).on("error", failed);
        if (message !== undefined) worker.postMessage(message);
      }),
    end: (): Promise<number> => worker.terminate(),
  };
}
