export { CALM, type Conditions } from "./conditions.ts";
export { ASK_MS_MAX, Network } from "./network.ts";
export type { Packet, PacketKind, Rule, RuleVerdict } from "./packet.ts";
