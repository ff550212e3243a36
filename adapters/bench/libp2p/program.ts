// Plays one workload and reports what it took: in virtual time in a thread, or in real time over @libp2p/memory.
import { Worker } from "node:worker_threads";
import { type Failed, runner } from "../../child/index.ts";
import { Stream } from "../../../sim/kernel/index.ts";
import { Stopwatch } from "./stopwatch.ts";
import type { Outcome, Workload } from "./workload.ts";

export type Clock = "virtual" | "real";

export interface Order {
  readonly clock: Clock;
  readonly workload: Workload;
}

export type Report = { readonly kind: "outcome"; readonly outcome: Outcome } | { readonly kind: "no-memory" } | Failed;

/** A slow machine may be behind when the schedule is over. */
const GRACE_MS = 30_000;
/** As for the runs of scenarios. */
const LIMITS = { maxOldGenerationSizeMb: 6_144, maxYoungGenerationSizeMb: 256 };

const { fail, report, take } = runner<Order, Report>();

take(async ({ clock, workload }) => {
  if (clock === "virtual") report({ kind: "outcome", outcome: await playVirtually(workload) });
  else await playReally(workload);
});

function playVirtually(workload: Workload): Promise<Outcome> {
  const kind = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new Worker(new URL(`./virtual-worker.${kind}`, import.meta.url), { resourceLimits: LIMITS });
  return new Promise((resolve, reject) => {
    worker.once("error", reject);
    worker.on("message", (message: "ready" | Outcome) => {
      if (message === "ready") worker.postMessage(workload);
      else resolve(message);
    });
  });
}

async function playReally(workload: Workload): Promise<void> {
  const found = await import("@libp2p/memory").catch(() => undefined);
  if (found === undefined) return report({ kind: "no-memory" });
  const { playMesh } = await import("./mesh.ts");
  const watch = new Stopwatch();
  const random = Stream.seeded(workload.seed).child("mesh");
  const started = performance.now();
  const site = (index: number) => ({ transport: found.memory(), listen: `/memory/${index}` });
  const played = await playMesh(workload, random, site, GRACE_MS, watch.reached).catch(fail);
  if (played === undefined) return;
  const clockMs = performance.now() - started;
  report({ kind: "outcome", outcome: { ...played, ...watch.stop(), clockMs } });
}
