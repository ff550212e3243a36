export { CALM, type Conditions } from "./conditions.ts";
export { type Alteration, Network, type Packet, RECORDS_MAX, type Rule, type RuleVerdict } from "./network.ts";
