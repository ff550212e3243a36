export { BODY_BYTES_MIN, type Reading, type Said } from "./ledger.ts";
export { Machine } from "./machine.ts";
export { Person } from "./person.ts";
export { type Observer, World } from "./world.ts";
