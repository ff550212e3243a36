export { Institution, type Party } from "./institution.ts";
export { BODY_BYTES_MIN, type Reading, type Said } from "./ledger.ts";
export { type Community, community, establish, type LogPlan, setOf, type SimLog, type SimWitness } from "./log.ts";
export { type Image, Machine } from "./machine.ts";
export { Person } from "./person.ts";
export type { Title } from "./titles.ts";
export { rotate, type Term } from "./rotation.ts";
export { type Observer, World } from "./world.ts";
