import {
  type Chapter,
  describeDivergence,
  type Divergence,
  findDivergence,
  type Play,
  toldBy,
} from "../../sim/divergence/index.ts";
import type { OracleVerdict, RunResult } from "../../sim/result.ts";
import type { Job } from "./plan.ts";
import { startThread } from "./thread.ts";

/** A run that was played twice, and what was not the same. */
export interface Twice {
  readonly result: RunResult;
  /** For people, with both stacks; undefined when nothing differs. */
  readonly divergence: string | undefined;
}

/** Plays a job twice at once, in two threads, and compares the runs event by event as they go. */
export async function playTwice(job: Job): Promise<Twice> {
  const results: RunResult[] = [];
  const play: Play = (_seed, capture) => watch(job, capture, (result) => results.push(result));
  const divergence = await findDivergence(job.seed, play);
  const [result] = results;
  // Runs are cut short where they differ.
  return {
    result: judged(result ?? (await played(job)), divergence),
    divergence: divergence && describeDivergence(divergence),
  };
}

async function* watch(
  job: Job,
  capture: number | undefined,
  done: (result: RunResult) => void,
): AsyncGenerator<Chapter> {
  const thread = startThread(job);
  thread.on("message", (message: unknown) => {
    if (message === "ready") thread.postMessage({ ...job, watch: { capture } });
    else if (typeof message === "object" && message !== null && "traceHash" in message) done(message as RunResult);
  });
  yield* toldBy(thread);
}

function played(job: Job): Promise<RunResult> {
  return new Promise((resolve, reject) => {
    void (async () => {
      for await (const _ of watch(job, undefined, resolve));
    })().catch(reject);
  });
}

function judged(result: RunResult, divergence: Divergence | undefined): RunResult {
  const verdict: OracleVerdict =
    divergence === undefined
      ? { name: "determinism", verdict: "held", checks: result.events }
      : {
          name: "determinism",
          verdict: "failed",
          checks: divergence.event,
          message: `a second run of the same seed differs from event ${divergence.event} on`,
        };
  return {
    ...result,
    verdict: divergence === undefined ? result.verdict : "failed",
    oracles: [...result.oracles, verdict],
  };
}
