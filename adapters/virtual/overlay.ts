import type { OverlayView, RelayView } from "../../sim/index.ts";
import type { NatKind } from "../../sim/wire/index.ts";
import { overlayOf, type RelayPlace } from "../libp2p/index.ts";
import type { VirtualNode } from "./node.ts";

/** How the overlay looks from a node, with names in the place of peer ids; undefined when it does not run. */
export function viewOf(
  node: VirtualNode,
  nat: NatKind,
  nameOf: (peer: string) => string,
  peerOf: (name: string) => string,
): OverlayView | undefined {
  const { network, transport } = node;
  if (network === undefined || transport === undefined) return undefined;
  const { mesh, relay, score, table } = overlayOf(network);
  const status = transport.status();
  return {
    connected: network.getPeers().map((peer) => nameOf(peer.toString())),
    mesh: mesh.map(nameOf),
    table: table.map(nameOf),
    relays: status.relays.map(({ peer }) => nameOf(peer)),
    nat,
    ...(relay === undefined ? {} : { serves: relayView(relay, nameOf) }),
    score: (name) => score(peerOf(name)),
    refused: status.refusedPeers,
  };
}

function relayView({ circuits, reservations }: RelayPlace, nameOf: (peer: string) => string): RelayView {
  return {
    reservations: reservations.map(({ peer }) => nameOf(peer)),
    reservationsAtOnePlace: most(reservations.map(({ place }) => place)),
    circuits: circuits.to.length,
    circuitsFromOne: most(circuits.from),
    circuitsToOne: most(circuits.to),
  };
}

/** How often the most frequent one occurs. */
function most(all: readonly (string | undefined)[]): number {
  const counts = new Map<string | undefined, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}
