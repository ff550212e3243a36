import type { Connection } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import { locate } from "./address.ts";
import { networkOf, placeOf } from "./mesh/index.ts";

/** Of what one is to go: the last that came from the place that most came from, in the network that most came from. */
export function mostCrowded<T>(all: readonly T[], addressOf: (one: T) => Multiaddr): T | undefined {
  const sourceOf = (one: T): string => sourceAt(addressOf(one)) ?? "";
  const around = largest(all, (one) => networkOf(sourceOf(one)));
  return largest(around, sourceOf).at(-1);
}

/** What a peer's connection comes from that it cannot make more of at will: a place, or the relay that brings it. */
function sourceAt(address: Multiaddr): string | undefined {
  return locate(address)?.relay ?? placeOf(address);
}

/** Those that have in common what most have, in their order; of groups that are as large, the one that begins last. */
function largest<T>(all: readonly T[], keyOf: (one: T) => string): readonly T[] {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = keyOf(one);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()].reduce<readonly T[]>((most, group) => (group.length >= most.length ? group : most), []);
}

/** Connections with strangers; the rest of what a node has room for is for peers that it named itself. */
export const STRANGERS_MAX = 192;

/** Which connection is to go, so that strangers leave room for others; undefined when they do. */
export function excessOf(
  connections: readonly Connection[],
  isAcquainted: (peer: string) => boolean,
): Connection | undefined {
  if (connections.length <= STRANGERS_MAX) return undefined;
  const strangers = connections.filter(({ remotePeer }) => !isAcquainted(remotePeer.toString()));
  return strangers.length > STRANGERS_MAX ? mostCrowded(strangers, ({ remoteAddr }) => remoteAddr) : undefined;
}
