export { EPOCH_MS, EVENTS_MAX, Kernel } from "./kernel.ts";
export { Stream } from "./stream.ts";
export { TIMELINE_ENTRIES_MAX, Trace } from "./trace.ts";
