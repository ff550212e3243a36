import type { Connection, Stream } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";

/** Connections of one peer; beyond it the oldest is closed. */
export const PEER_CONNECTIONS_MAX = 4;
/** On a connection that exists, a stream opens within this time or the connection is dead. */
export const STREAM_OPEN_MS_MAX = 3_000;

/** `dialMs`: the first dial that succeeded, until the connection was secured. */
export interface DialCounters {
  dialled: number;
  dialMs: number | undefined;
}

/**
 * The open connections of each peer, whoever opened them. A stream takes the newest: a peer that restarted on another
 * port is reached again as soon as it has spoken.
 */
export class Connections {
  readonly #network: Libp2p;
  readonly #counters: DialCounters;
  readonly #onReturn: (peer: string) => void;
  /** Peer id → open connections, newest last. */
  readonly #open = new Map<string, Connection[]>();

  /** `onReturn`: a peer opened a connection beside another, which may be dead without having said so. */
  constructor(network: Libp2p, counters: DialCounters, onReturn: (peer: string) => void) {
    this.#network = network;
    this.#counters = counters;
    this.#onReturn = onReturn;
    network.addEventListener("connection:open", ({ detail }) => this.#add(detail));
    network.addEventListener("connection:close", ({ detail }) => this.#remove(detail));
    // The library's address book keeps every peer that ever connected; anybody can make up peers.
    network.addEventListener("peer:disconnect", ({ detail }) => void network.peerStore.delete(detail).catch(() => {}));
  }

  /** The ids of the peers that are connected. */
  get peers(): Iterable<string> {
    return this.#open.keys();
  }

  /** Dials `candidates` when no connection with the peer is open. Rejects once `signal` aborts. */
  async openStream(
    peer: string,
    protocol: string,
    candidates: readonly Multiaddr[],
    signal: AbortSignal,
  ): Promise<Stream> {
    for (;;) {
      signal.throwIfAborted();
      const existing = this.#open.get(peer)?.findLast(({ status }) => status === "open");
      if (existing === undefined) return open(await this.#dial(candidates, signal), protocol, signal);
      const late = AbortSignal.timeout(STREAM_OPEN_MS_MAX);
      try {
        return await open(existing, protocol, AbortSignal.any([signal, late]));
      } catch (failure) {
        if (!late.aborted) throw failure;
        existing.abort(new Error("no stream in time"));
        this.#remove(existing);
      }
    }
  }

  #add(connection: Connection): void {
    const peer = connection.remotePeer.toString();
    const open = this.#open.get(peer) ?? [];
    this.#open.set(peer, [...open, connection]);
    if (open.length >= PEER_CONNECTIONS_MAX) open[0]?.abort(new Error("too many connections of one peer"));
    if (open.length > 0 && connection.direction === "inbound") this.#onReturn(peer);
  }

  #remove(connection: Connection): void {
    const peer = connection.remotePeer.toString();
    const open = (this.#open.get(peer) ?? []).filter((other) => other !== connection);
    if (open.length > 0) this.#open.set(peer, open);
    else this.#open.delete(peer);
  }

  async #dial(candidates: readonly Multiaddr[], signal: AbortSignal): Promise<Connection> {
    if (candidates.length === 0) throw new Error("no address to dial");
    const started = performance.now();
    const connection = await until(this.#network.dial([...candidates], { signal }), signal, () => {});
    this.#counters.dialled++;
    this.#counters.dialMs ??= performance.now() - started;
    return connection;
  }
}

function open(connection: Connection, protocol: string, signal: AbortSignal): Promise<Stream> {
  return until(connection.newStream(protocol, { signal }), signal, (late) => late.abort(new Error("opened too late")));
}

/** Rejects once `signal` aborts, though the native side heeds no signal; what comes of `pending` later is discarded. */
function until<T>(pending: Promise<T>, signal: AbortSignal, discard: (late: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    let waiting = true;
    const give = (): void => {
      waiting = false;
      reject(new Error("not in time"));
    };
    if (signal.aborted) give();
    else signal.addEventListener("abort", give, { once: true });
    pending.then(
      (value) => {
        signal.removeEventListener("abort", give);
        if (waiting) resolve(value);
        else discard(value);
      },
      (failure: unknown) => {
        signal.removeEventListener("abort", give);
        reject(failure);
      },
    );
  });
}
