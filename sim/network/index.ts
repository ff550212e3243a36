export { CALM, type Conditions } from "./conditions.ts";
export { Network, type Packet, type Rule, type RuleVerdict } from "./network.ts";
