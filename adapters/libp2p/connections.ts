import type { Connection, Stream } from "@libp2p/interface";
import type { Multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import { locate } from "./address.ts";
import { excessOf } from "./crowd.ts";
import { placeOf } from "./mesh/index.ts";

/** Connections of one peer; beyond it the worst is closed. */
export const PEER_CONNECTIONS_MAX = 4;
/** On a connection that exists, a stream opens within this time or the connection is dead. */
export const STREAM_OPEN_MS_MAX = 3_000;

/** `dialMs`: the first dial that succeeded, until the connection was secured. */
export interface DialCounters {
  dialled: number;
  dialMs: number | undefined;
}

/**
 * The open connections of each peer, whoever opened them. A stream takes a direct one before a relayed one, and the
 * newest of those: a peer that restarted on another port is reached again as soon as it has spoken.
 */
export class Connections {
  readonly #network: Libp2p;
  readonly #counters: DialCounters;
  readonly #onBetter: (peer: string) => void;
  readonly #isAcquainted: (peer: string) => boolean;
  /** Peer id → open connections, best last. */
  readonly #open = new Map<string, readonly Connection[]>();

  /**
   * `onBetter`: a connection came beside those that a peer had, and is to be used instead: it is the first direct one,
   * or the peer opened it, who may know that the others are dead. `isAcquainted`: this node named the peer itself, and
   * keeps room for it.
   */
  constructor(
    network: Libp2p,
    counters: DialCounters,
    onBetter: (peer: string) => void,
    isAcquainted: (peer: string) => boolean,
  ) {
    this.#network = network;
    this.#counters = counters;
    this.#onBetter = onBetter;
    this.#isAcquainted = isAcquainted;
    network.addEventListener("connection:open", ({ detail }) => this.#add(detail));
    network.addEventListener("connection:close", ({ detail }) => this.#remove(detail));
  }

  get all(): readonly Connection[] {
    return [...this.#open.values()].flat();
  }

  /** Direct connections with peers at this place. */
  countFrom(place: string): number {
    return this.all.filter(({ remoteAddr }) => placeOf(remoteAddr) === place).length;
  }

  /** Whether a peer is connected directly from a local network. */
  isLocal(peer: string): boolean {
    return (this.#open.get(peer) ?? []).some(({ remoteAddr }) => {
      const location = locate(remoteAddr);
      return location?.relay === undefined && location?.scope === "private";
    });
  }

  /** Where a peer is connected from directly, by the newest such connection. */
  addressOf(peer: string): Multiaddr | undefined {
    return this.#open.get(peer)?.findLast(isDirect)?.remoteAddr;
  }

  /** Cuts a peer off. */
  abort(peer: string, reason: string): void {
    for (const connection of this.#open.get(peer) ?? []) connection.abort(new Error(reason));
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
      if (existing === undefined) return open(await this.#dial(peer, candidates, signal), protocol, signal);
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
    const before = this.#open.get(peer) ?? [];
    const after = [...before, connection].toSorted((a, b) => Number(isDirect(a)) - Number(isDirect(b)));
    this.#open.set(peer, after);
    if (after.length > PEER_CONNECTIONS_MAX) after[0]?.abort(new Error("too many connections of one peer"));
    excessOf(this.all, this.#isAcquainted)?.abort(new Error("no room for strangers"));
    if (before.length === 0 || after.at(-1) !== connection) return;
    if (connection.direction === "inbound" || !before.some(isDirect)) this.#onBetter(peer);
  }

  #remove(connection: Connection): void {
    const peer = connection.remotePeer.toString();
    const open = (this.#open.get(peer) ?? []).filter((other) => other !== connection);
    if (open.length > 0) this.#open.set(peer, open);
    else this.#open.delete(peer);
  }

  async #dial(peer: string, candidates: readonly Multiaddr[], signal: AbortSignal): Promise<Connection> {
    if (candidates.length === 0) throw new Error("no address to dial");
    const started = performance.now();
    const connection = await until(this.#network.dial([...candidates], { signal }), signal, () => {});
    // Every transport checks it too; nothing is sent to anybody else, whatever a transport does.
    if (connection.remotePeer.toString() !== peer) throw new Error("not the peer that was dialled");
    this.#counters.dialled++;
    this.#counters.dialMs ??= performance.now() - started;
    return connection;
  }
}

function isDirect({ direct, limits }: Connection): boolean {
  return direct && limits === undefined;
}

function open(connection: Connection, protocol: string, signal: AbortSignal): Promise<Stream> {
  const opened = connection.newStream(protocol, { signal, runOnLimitedConnection: true });
  return until(opened, signal, (late) => late.abort(new Error("opened too late")));
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
