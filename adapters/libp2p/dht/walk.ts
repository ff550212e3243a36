import type { AbortOptions, PeerId } from "@libp2p/interface";
import { EventTypes, type FinalPeerEvent, type QueryEvent } from "@libp2p/kad-dht";
import type { Suite } from "../../../core/suite/index.ts";

/** A walk towards a key takes at most so long. */
export const WALK_MS_MAX = 8_000;
/** One towards this node itself: after a start, lookups and puts wait for the first. */
export const SELF_WALK_MS_MAX = 3_000;

interface WalkOptions extends AbortOptions {
  readonly isSelfQuery?: boolean;
}

type Walk = (key: Uint8Array, options?: WalkOptions) => AsyncIterable<QueryEvent>;

/** What of the library walks: it asks for peers nearer and nearer to a key, and ends with `FINAL_PEER` for the nearest. */
export interface Walker {
  getClosestPeers: Walk;
}

/**
 * Cuts walks short. The library's ends when there is nobody left to ask who is nearer, and tells only then who is near:
 * whoever names peers that there are not, nearer than anybody, could keep a node from putting and finding anything. Out of
 * time, the nearest are the nearest of those who have answered and of those whom this node knows.
 */
export function hurry(
  walker: Walker,
  suite: Pick<Suite, "sha256">,
  known: (hash: Uint8Array) => readonly PeerId[],
  peersMax: number,
  limits: { readonly walkMs: number; readonly selfWalkMs: number } = {
    walkMs: WALK_MS_MAX,
    selfWalkMs: SELF_WALK_MS_MAX,
  },
): void {
  const walk = walker.getClosestPeers.bind(walker);
  walker.getClosestPeers = async function* (key, options = {}) {
    const late = AbortSignal.timeout(options.isSelfQuery === true ? limits.selfWalkMs : limits.walkMs);
    const signal = options.signal === undefined ? late : AbortSignal.any([options.signal, late]);
    const answered: PeerId[] = [];
    try {
      for await (const event of walk(key, { ...options, signal })) {
        if (event.name === "PEER_RESPONSE") answered.push(event.from);
        yield event;
      }
    } catch (failure) {
      if (!late.aborted || options.signal?.aborted === true) throw failure;
      const hash = suite.sha256(key);
      for (const peer of nearest(suite, hash, [...answered, ...known(hash)]).slice(0, peersMax)) yield final(peer);
    }
  };
}

/** The nearest first, each once. */
function nearest(suite: Pick<Suite, "sha256">, hash: Uint8Array, peers: readonly PeerId[]): PeerId[] {
  const named = new Map(peers.map((peer) => [peer.toString(), peer]));
  return [...named.values()]
    .map((peer) => ({ peer, distance: distance(suite.sha256(peer.toMultihash().bytes), hash) }))
    .toSorted((a, b) => (a.distance < b.distance ? -1 : 1))
    .map(({ peer }) => peer);
}

/** As hexadecimal digits, which compare as the numbers do. */
function distance(a: Uint8Array, b: Uint8Array): string {
  return Buffer.from(a.map((byte, i) => byte ^ (b[i] ?? 0))).toString("hex");
}

function final(peer: PeerId): FinalPeerEvent {
  const path = { index: -1, queued: 0, running: 0, total: 0 };
  return { type: EventTypes.FINAL_PEER, name: "FINAL_PEER", from: peer, peer: { id: peer, multiaddrs: [] }, path };
}
