export type { DialFailure } from "./dial.ts";
export { SEGMENT_BYTES_MAX, WINDOW_BYTES, WIRE_SILENCE_MS_MAX } from "./flow.ts";
export { Host, type Listening } from "./host.ts";
export type { WireConditions } from "./medium.ts";
export type { NatKind } from "./nat.ts";
export type { Endpoint, Wire, WireEnding } from "./wire.ts";
export { type HostOptions, Wires } from "./wires.ts";
