import { Worker } from "node:worker_threads";
import type { RunResult } from "../../sim/result.ts";
import { SabotageMistake } from "../../sim/sabotage/index.ts";
import type { Job } from "./plan.ts";

/** Heap of one worker: a mesh of a thousand nodes fits. */
const HEAP_MB = 6_144;

export interface Progress {
  started(job: Job): void;
  finished(job: Job, result: RunResult): void;
}

/** Plays the jobs on `threads` workers; results come back in the order of the jobs. */
export async function playAll(jobs: readonly Job[], threads: number, progress: Progress): Promise<RunResult[]> {
  const results: RunResult[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    if (next >= jobs.length) return;
    const worker = startWorker(jobs[next]?.sabotage);
    try {
      await worker.reply<string>();
      for (let index = next++; index < jobs.length; index = next++) {
        const job = jobs[index] as Job;
        progress.started(job);
        const result = await worker.reply<RunResult>(job);
        results[index] = result;
        progress.finished(job, result);
      }
    } finally {
      await worker.end();
    }
  };
  await Promise.all(Array.from({ length: Math.min(threads, jobs.length) }, work));
  return results;
}

function startWorker(sabotage: string | undefined) {
  // Run from source or from the compiled package, a worker is of the same kind as this module.
  const url = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
  const worker = new Worker(url, { workerData: { sabotage }, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
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
