export { playVirtual, type VirtualRun } from "./play.ts";
export { wireTransport } from "./transport.ts";
