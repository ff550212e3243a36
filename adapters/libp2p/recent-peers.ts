import type { AbortOptions, Peer, PeerData, PeerId, PeerStore } from "@libp2p/interface";
import { BoundedMap } from "../../core/safety/index.ts";
import { PEERS_REMEMBERED_MAX } from "./peer-book.ts";

/** How long what was written is taken for what is there; of what the book holds, addresses end soonest, after an hour. */
export const RECENT_MS = 30_000;

interface Recent {
  readonly peer: Peer;
  readonly until: number;
}

/**
 * The library writes down what it hears as often as it hears it: for each stream that its protocol is spoken, and for
 * each peer in an answer of the DHT where it is; and for each peer that it names it looks that up. All of that goes
 * through locks and encodings, and was most of what a node did while it found its place. Here what was just written is
 * read without them, and what it has is not written again. Everything else goes to the book itself.
 */
export function recallRecent(store: PeerStore, self: PeerId): void {
  const recent = new BoundedMap<string, Recent>(PEERS_REMEMBERED_MAX);
  const underWay = new Map<string, number>();
  const { delete: remove, get, merge, patch, save } = store;

  const recall = (id: PeerId, options: AbortOptions | undefined): Peer | undefined => {
    options?.signal?.throwIfAborted();
    const found = recent.get(id.toString());
    return found !== undefined && performance.now() < found.until ? found.peer : undefined;
  };
  /** What two writers at once leave, the one that the book takes last decides: it answers last. */
  const write = async <T extends Peer | void>(id: PeerId, action: () => Promise<T>): Promise<T> => {
    const name = id.toString();
    recent.delete(name);
    underWay.set(name, (underWay.get(name) ?? 0) + 1);
    let written: Peer | void = undefined;
    try {
      const result = await action();
      written = result;
      return result;
    } finally {
      const others = (underWay.get(name) ?? 1) - 1;
      if (others > 0) underWay.set(name, others);
      else underWay.delete(name);
      // Of itself, a node keeps addresses for longer than what a write gives back.
      if (others === 0 && written !== undefined && !id.equals(self)) {
        recent.set(name, { peer: copyOf(written), until: performance.now() + RECENT_MS });
      }
    }
  };

  Object.assign(store, {
    get: async (id: PeerId, options?: AbortOptions): Promise<Peer> => {
      const found = recall(id, options);
      return found === undefined ? get.call(store, id, options) : copyOf(found);
    },
    merge: async (id: PeerId, data: PeerData, options?: AbortOptions): Promise<Peer> => {
      const found = recall(id, options);
      if (found !== undefined && addsNothing(found, data)) return copyOf(found);
      return write(id, () => merge.call(store, id, data, options));
    },
    patch: (id: PeerId, data: PeerData, options?: AbortOptions) =>
      write(id, () => patch.call(store, id, data, options)),
    save: (id: PeerId, data: PeerData, options?: AbortOptions) => write(id, () => save.call(store, id, data, options)),
    delete: (id: PeerId, options?: AbortOptions) => write(id, () => remove.call(store, id, options)),
  });
}

/** Whoever is given a peer may change it. */
function copyOf(peer: Peer): Peer {
  return {
    ...peer,
    addresses: peer.addresses.map((address) => ({ ...address })),
    protocols: [...peer.protocols],
    metadata: new Map(peer.metadata),
    tags: new Map(peer.tags),
  };
}

/** Only of what is added all the time. */
function addsNothing(peer: Peer, { multiaddrs = [], protocols = [], ...others }: PeerData): boolean {
  return (
    Object.keys(others).length === 0 &&
    protocols.every((protocol) => peer.protocols.includes(protocol)) &&
    multiaddrs.every((address) => peer.addresses.some(({ multiaddr }) => multiaddr.equals(address)))
  );
}
