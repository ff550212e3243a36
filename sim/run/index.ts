export { compareRuns } from "./compare.ts";
export { run, type RunOptions } from "./run.ts";
export { ParameterError, type Parameters, parametersOf, scaledFor, type Scenario, scenario } from "./scenario.ts";
