import { Worker } from "node:worker_threads";
import type { Job, SimulatedStack } from "./plan.ts";

/** Heap of one worker: a mesh of a thousand nodes fits. */
const HEAP_MB = 6_144;
/** Of it, what is young: most of what a run makes lives for one event, and a small nursery is swept all the time. */
const YOUNG_HEAP_MB = 256;

const ENTRIES: Readonly<Record<SimulatedStack, string>> = { model: "./worker", libp2p: "./libp2p-worker" };

/** What a worker is sent: a run, and whether to tell all that it does, and of one event everything. */
export interface Order extends Job {
  readonly watch?: { readonly capture: number | undefined };
}

/** A thread that says "ready", takes a {@link Order} and posts its result. */
export function startThread({ sabotage, stack }: Pick<Job, "sabotage" | "stack">): Worker {
  // Run from source or from the compiled package, a worker is of the same kind as this module.
  const kind = import.meta.url.endsWith(".ts") ? "ts" : "js";
  return new Worker(new URL(`${ENTRIES[stack]}.${kind}`, import.meta.url), {
    workerData: { sabotage },
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MB, maxYoungGenerationSizeMb: YOUNG_HEAP_MB },
  });
}
