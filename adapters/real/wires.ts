import type { Libp2pWire } from "../libp2p/index.ts";

/** Named here again, since a runner that only starts processes loads no network stack. */
const WIRES: Readonly<Record<Libp2pWire, true>> = { quic: true, tcp: true, ws: true, "webrtc-direct": true };

export const WIRE_NAMES: readonly string[] = Object.keys(WIRES);

export function isWire(text: string): text is Libp2pWire {
  return Object.hasOwn(WIRES, text);
}
