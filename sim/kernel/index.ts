export { EPOCH_MS, Kernel, type KernelObserver } from "./kernel.ts";
export { Stream } from "./stream.ts";
export { Trace } from "./trace.ts";
