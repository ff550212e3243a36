import type { Moment } from "./mesh.ts";
import type { Outcome } from "./workload.ts";

type Figures = Pick<Outcome, "wallMs" | "formingCpuMs" | "messagingCpuMs" | "rssBytes">;

const KIB = 1_024;
const US_PER_MS = 1_000;

/** Measures by the clocks that there were when it was made: make it before a realm replaces them. */
export class Stopwatch {
  readonly #now = performance.now.bind(performance);
  readonly #usage = process.resourceUsage.bind(process);
  readonly #cpuMs = new Map<Moment, number>();
  #startedMs = 0;

  #cpu(): number {
    const { systemCPUTime, userCPUTime } = this.#usage();
    return (systemCPUTime + userCPUTime) / US_PER_MS;
  }

  readonly reached = (moment: Moment): void => {
    if (moment === "started") this.#startedMs = this.#now();
    this.#cpuMs.set(moment, this.#cpu());
  };

  stop(): Figures {
    const cpu = this.#cpu();
    const formed = this.#cpuMs.get("formed") ?? cpu;
    return {
      wallMs: this.#now() - this.#startedMs,
      formingCpuMs: formed - (this.#cpuMs.get("started") ?? 0),
      messagingCpuMs: cpu - formed,
      rssBytes: this.#usage().maxRSS * KIB,
    };
  }
}
