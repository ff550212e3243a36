export { EPOCH_MS, Kernel } from "./kernel.ts";
export { Stream } from "./stream.ts";
export { Trace } from "./trace.ts";
