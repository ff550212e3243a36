import { Child } from "../../child/index.ts";
import type { Clock, Order, Report } from "./program.ts";
import type { Outcome, Workload } from "./workload.ts";

/** One workload in virtual time, and in real time right after it. */
export interface Comparison {
  readonly workload: Workload;
  readonly virtual: Outcome;
  /** Undefined when it was not asked for, and where there is no @libp2p/memory. */
  readonly real: Outcome | undefined;
}

/** One after another, each in processes of its own. */
export async function benchLibp2p(
  workloads: readonly Workload[],
  inRealTime: boolean,
  onPlay: (workload: Workload, clock: Clock) => void,
): Promise<Comparison[]> {
  const comparisons: Comparison[] = [];
  for (const workload of workloads) {
    onPlay(workload, "virtual");
    const virtual = await play("virtual", workload);
    if (virtual === undefined) throw new Error("a measured process gave no figures");
    let real: Outcome | undefined;
    if (inRealTime) {
      onPlay(workload, "real");
      real = await play("real", workload);
    }
    comparisons.push({ workload, virtual, real });
  }
  return comparisons;
}

export async function play(clock: Clock, workload: Workload): Promise<Outcome | undefined> {
  const { promise, reject, resolve } = Promise.withResolvers<Outcome | undefined>();
  const child = new Child<Order, Report>(import.meta.url, "program", [], (report) => {
    if (report.kind === "failed") reject(new Error(`a measured process ended: ${report.reason}`));
    else resolve(report.kind === "outcome" ? report.outcome : undefined);
  });
  child.order({ clock, workload });
  void child.ended.then((code) => reject(new Error(`a measured process ended with ${code}`)));
  try {
    return await promise;
  } finally {
    await child.kill();
  }
}
