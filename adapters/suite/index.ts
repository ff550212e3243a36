export { nativeSuite } from "./native.ts";
export { systemRandom } from "./random.ts";
export { simulationSuite } from "./simulation.ts";
