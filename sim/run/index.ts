export { run, type RunOptions } from "./run.ts";
export { ParameterError, type Parameters, parametersOf, type Scenario, scenario } from "./scenario.ts";
