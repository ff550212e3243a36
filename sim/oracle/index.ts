export { attribution } from "./attribution.ts";
export { boundedMemory } from "./bounded-memory.ts";
export { delivery } from "./delivery.ts";
export { Judge, type Oracle } from "./judge.ts";
export { Seals, keyUse } from "./key-use.ts";
export { liveness } from "./liveness.ts";
export { recovery } from "./recovery.ts";
export { declareTheft, secrecy, type Theft } from "./secrecy.ts";
