export { damage, Impersonator, Recorder, tamperWithPackets, tamperWithRecords, Thief } from "./adversary/index.ts";
export { SimDisk, type DiskSpeed } from "./disk/index.ts";
export { EPOCH_MS, Kernel, Stream, Trace } from "./kernel/index.ts";
export { CALM, type Conditions, Network, type Packet, type Rule, type RuleVerdict } from "./network/index.ts";
export {
  attribution,
  boundedMemory,
  declareTheft,
  delivery,
  Judge,
  keyUse,
  liveness,
  type Oracle,
  recovery,
  Seals,
  secrecy,
  type Theft,
} from "./oracle/index.ts";
export type { OracleVerdict, RunResult, Stack, TimelineEntry, Verdict } from "./result.ts";
export {
  ParameterError,
  type Parameters,
  parametersOf,
  run,
  type RunOptions,
  type Scenario,
  scenario,
} from "./run/index.ts";
export { Machine, type Observer, Person, type Reading, type Said, World } from "./world/index.ts";
