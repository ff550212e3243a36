import { assert } from "../../core/safety/index.ts";
import type { Kernel, Stream } from "../kernel/index.ts";
import { type Addresses, type Directory, Host } from "./host.ts";
import { Medium, type WireConditions, type WireCounts } from "./medium.ts";
import type { NatKind } from "./nat.ts";

export interface HostOptions {
  /** The public address, in dotted decimal; one that nobody had when absent. */
  readonly ip?: string;
  readonly nat?: NatKind;
}

/** Addresses that are given out: each host has a network of 256 of its own, and few share one of 65,536. */
const ADDRESSES_MAX = 64 * 65_536;
const FIRST_OCTET = 20;

/** All hosts, and the reliable streams between them. */
export class Wires {
  readonly #medium: Medium;
  readonly #hosts = new Map<string, Host>();
  readonly #residents = new Map<string, Host>();
  readonly #directory: Directory = {
    find: (ip) => this.find(ip),
    settle: (host, from, ip) => this.#settle(host, from, ip),
  };
  #addresses = 0;

  /** Everything random follows from `stream`. */
  constructor(kernel: Kernel, stream: Stream) {
    this.#medium = new Medium(kernel, stream);
  }

  /** What is sent from now on travels under these. */
  get conditions(): WireConditions {
    return this.#medium.conditions;
  }

  set conditions(conditions: WireConditions) {
    this.#medium.conditions = conditions;
  }

  /** Has somebody see all bytes that hosts, by their names, give to wires; they are not to be kept. */
  watch(observer: (from: string, to: string, bytes: Uint8Array) => void): void {
    this.#medium.onSent = observer;
  }

  get counts(): Readonly<WireCounts> {
    return this.#medium.counts;
  }

  /** Adds a host, which is up. */
  host(name: string, { ip, nat = "none" }: HostOptions = {}): Host {
    assert(!this.#hosts.has(name), "there is a host of that name");
    const host = new Host(this.#medium, this.#directory, name, nat, ip);
    this.#hosts.set(name, host);
    return host;
  }

  find(ip: string): Host | undefined {
    return this.#residents.get(ip);
  }

  #settle(host: Host, from: string | undefined, wanted: string | undefined): Addresses {
    const number = this.#addresses++;
    assert(number < ADDRESSES_MAX, "too many addresses");
    const [high, middle, low] = [number >> 16, number & 255, (number >> 8) & 255];
    const ip = wanted ?? `${FIRST_OCTET + high}.${middle}.${low}.1`;
    assert((this.#residents.get(ip) ?? host) === host, "somebody has that address");
    if (from !== undefined) this.#residents.delete(from);
    this.#residents.set(ip, host);
    return { ip, localIp: host.nat === "none" ? ip : `10.${middle}.${low}.2` };
  }

  /**
   * Nothing gets through between the two groups of hosts, named, or only nothing from the first to the second. What is
   * under way waits for {@link mend}. A second cut of one name replaces the first.
   */
  cut(name: string, left: readonly string[], right: readonly string[], oneWay = false): void {
    this.#medium.cuts.add(name, left, right, oneWay);
    this.#medium.wake();
  }

  mend(name: string): void {
    if (this.#medium.cuts.remove(name)) this.#medium.wake();
  }

  /** All cuts end. */
  heal(): void {
    for (const name of this.#medium.cuts.names) this.#medium.cuts.remove(name);
    this.#medium.wake();
  }
}
