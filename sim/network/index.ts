export type { Arrivals, Carrier } from "./carrier.ts";
export { CALM, type Conditions } from "./conditions.ts";
export { ASK_MS_MAX, Network } from "./network.ts";
export type { Attacker, AttackerAims, AttackerKind, Overlay, OverlayView, RelayView } from "./overlay.ts";
export type { Packet, PacketKind, Rule, RuleVerdict } from "./packet.ts";
