import type { Multiaddr } from "@multiformats/multiaddr";
import { BoundedMap } from "../../core/safety/index.ts";
import { Link, type LinkCounters, type LinkLimits, type OutboundStream } from "./link.ts";

interface Entry {
  readonly link: Link;
  /** Where the peer was last said to be. */
  to: Multiaddr | undefined;
}

/** A link to each of many peers, for the frames of one protocol. */
export class Links {
  readonly #limits: LinkLimits;
  readonly #open: (peer: string, to: Multiaddr | undefined, signal: AbortSignal) => Promise<OutboundStream>;
  readonly #counters: LinkCounters;
  readonly #entries: BoundedMap<string, Entry>;

  /** Beyond `capacity` the link that was unused longest is cut off. */
  constructor(
    capacity: number,
    limits: LinkLimits,
    open: (peer: string, to: Multiaddr | undefined, signal: AbortSignal) => Promise<OutboundStream>,
    counters: LinkCounters,
  ) {
    this.#entries = new BoundedMap(capacity);
    this.#limits = limits;
    this.#open = open;
    this.#counters = counters;
  }

  send(peer: string, to: Multiaddr | undefined, bytes: Uint8Array): void {
    const entry = this.#entries.get(peer) ?? this.#entryOf(peer);
    entry.to = to ?? entry.to;
    this.#entries.set(peer, entry)?.[1].link.close();
    entry.link.send(bytes);
  }

  has(peer: string): boolean {
    return this.#entries.has(peer);
  }

  /** See {@link Link.reopen}. */
  reopen(peer: string): void {
    this.#entries.get(peer)?.link.reopen();
  }

  close(): void {
    for (const { link } of this.#entries.values()) link.close();
  }

  #entryOf(peer: string): Entry {
    const link = new Link((signal) => this.#open(peer, entry.to, signal), this.#counters, this.#limits);
    const entry: Entry = { link, to: undefined };
    return entry;
  }
}
