import type { Comparison, RunResult } from "../../sim/result.ts";
import { compareRuns } from "../../sim/run/index.ts";
import type { Job } from "./plan.ts";
import { playAll, type Progress } from "./pool.ts";

/** Runs that were played on the modelled mesh and on libp2p. */
export interface Both {
  /** Of each job the run on the model, then the one on libp2p. */
  readonly results: readonly RunResult[];
  /** One for each job. */
  readonly comparisons: readonly Comparison[];
}

/** Plays every job on either simulated stack, and compares what came of it: {@link compareRuns} says what must be equal. */
export async function playBoth(jobs: readonly Job[], threads: number, progress: Progress): Promise<Both> {
  const on = (stack: Job["stack"]): Promise<RunResult[]> =>
    playAll(
      jobs.map((job) => ({ ...job, stack })),
      threads,
      progress,
    );
  const models = await on("model");
  const others = await on("libp2p");
  const pairs = models.flatMap((model, i) => {
    const other = others[i];
    return other === undefined ? [] : [[model, other] as const];
  });
  return { results: pairs.flat(), comparisons: pairs.map(([model, other]) => compareRuns(model, other)) };
}
