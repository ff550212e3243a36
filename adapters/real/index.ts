export { runReal } from "./play.ts";
export { obstacleTo, onRealStack } from "./rehearse.ts";
export { isWire, WIRE_NAMES } from "./wires.ts";
