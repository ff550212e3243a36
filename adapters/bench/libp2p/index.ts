export { benchLibp2p, type Comparison } from "./bench.ts";
export { deliveriesWanted, type Outcome, type Workload } from "./workload.ts";
