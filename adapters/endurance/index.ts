export { loopbackConfig, makeHome, openHome } from "./home.ts";
export { killSweep, type SweepResult } from "./sweep.ts";
