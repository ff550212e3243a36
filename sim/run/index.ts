export { compareRuns } from "./compare.ts";
export { run, type RunOptions, type Underlay } from "./run.ts";
export { ParameterError, type Parameters, parametersOf, scaledFor, type Scenario, scenario } from "./scenario.ts";
