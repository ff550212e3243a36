export { benchLibp2p, type Comparison } from "./bench.ts";
export type { Outcome, Workload } from "./workload.ts";
