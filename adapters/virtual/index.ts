export { playVirtual } from "./play.ts";
export { wireTransport } from "./transport.ts";
