export { CALM, type Conditions } from "./conditions.ts";
export { MESH_NEIGHBOURS } from "./mesh.ts";
export { ASK_MS_MAX, Network } from "./network.ts";
export type { Alteration, Answerer, Packet, PacketKind, Rule, RuleVerdict } from "./packet.ts";
