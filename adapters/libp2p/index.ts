export { type Libp2pCounters, Libp2pTransport, startLibp2p, type Libp2pOptions } from "./transport.ts";
export { type Wire, WIRES } from "./network.ts";
