import { isDeepStrictEqual } from "node:util";
import { multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import { assert } from "../../core/safety/index.ts";
import { locate } from "./address.ts";

/** Addresses often change several at a time, when a relay goes or a network comes: they are told once, this much later. */
const SETTLING_MS = 250;
/**
 * That a node is reached from its local network alone, or from nowhere, is told only after so long: who loses all relays
 * soon has others, and contacts that were told of a place that they cannot reach would not look again for minutes.
 */
export const NARROWING_MS = 60_000;

/** Where this node is reached, and whoever is to know when that changes. */
export class Whereabouts {
  readonly #network: Pick<Libp2p, "getMultiaddrs" | "addEventListener">;
  #addresses: readonly string[] = [];
  #handler: (() => void) | undefined;
  #settling: NodeJS.Timeout | undefined;
  #narrowing: NodeJS.Timeout | undefined;
  #stopped = false;

  /** `network` tells only addresses that others are to know. */
  constructor(network: Pick<Libp2p, "getMultiaddrs" | "addEventListener">) {
    this.#network = network;
    network.addEventListener("self:peer:update", () => {
      if (!this.#stopped) this.#settling ??= setTimeout(() => this.refresh(), SETTLING_MS);
    });
  }

  /** Best first. */
  get addresses(): readonly string[] {
    return this.#addresses;
  }

  onChange(handler: () => void): void {
    assert(this.#handler === undefined, "a transport has one handler");
    this.#handler = handler;
  }

  refresh(): void {
    clearTimeout(this.#settling);
    this.#settling = undefined;
    const addresses = this.#network.getMultiaddrs().map(String);
    if (isWide(this.#addresses) && !isWide(addresses)) {
      this.#narrowing ??= setTimeout(() => this.#take(this.#network.getMultiaddrs().map(String)), NARROWING_MS);
    } else this.#take(addresses);
  }

  #take(addresses: readonly string[]): void {
    clearTimeout(this.#narrowing);
    this.#narrowing = undefined;
    if (isDeepStrictEqual(addresses, this.#addresses)) return;
    this.#addresses = addresses;
    this.#handler?.();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#settling);
    clearTimeout(this.#narrowing);
  }
}

function isWide(addresses: readonly string[]): boolean {
  return addresses.some((address) => locate(multiaddr(address))?.scope === "internet");
}
