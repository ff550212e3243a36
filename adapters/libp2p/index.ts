export { parseAddress } from "./address.ts";
export { ASK_PROTOCOL } from "./ask-exchange.ts";
export { LIBP2P_WIRES, type Libp2pWire, loopbackOptions, type NetworkOptions } from "./options.ts";
export { type OverlayPlace, overlayOf, type RelayPlace } from "./overlay.ts";
export type { Scope } from "./reach.ts";
export { startLibp2p } from "./start.ts";
export type { NetworkStatus } from "./status.ts";
export { RELAYED } from "./relay-transport.ts";
export { ENVELOPE_PROTOCOL, type Libp2pCounters, Libp2pTransport } from "./transport.ts";
