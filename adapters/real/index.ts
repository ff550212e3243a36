export { type RealOptions, runReal } from "./conversation.ts";
export { REAL_PARAMETERS, REAL_SCENARIO, type RealParameters } from "./parameters.ts";
