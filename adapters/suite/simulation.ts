import { portableSuite, type Suite } from "../../core/suite/index.ts";
import { nativeSuite } from "./native.ts";

/**
 * The suite of a reproducible run: native wherever the result is a function of the arguments, portable for
 * ML-KEM encapsulation, whose coins `node:crypto` cannot be given.
 */
export const simulationSuite: Suite = {
  ...nativeSuite,
  name: "simulation",
  mlKemEncapsulate: portableSuite.mlKemEncapsulate,
};
