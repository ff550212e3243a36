/**
 * How a host's address is translated, in the words of RFC 4787, sections 4.1 and 5 (for TCP, RFC 5382). "cone": a local
 * port is mapped to the same public one whoever is spoken to (endpoint-independent mapping), and lets in whoever's address
 * was spoken to from it (address-dependent filtering). "symmetric": another public port for every address and port that
 * is spoken to, which lets in only what comes from there (address and port-dependent mapping and filtering). "none": no
 * translation.
 */
export type NatKind = "none" | "cone" | "symmetric";

interface Mapping {
  readonly localPort: number;
  /** Who gets in by it. */
  readonly spokenTo: Set<string>;
}

/** What a NAT remembers; of more, it forgets what it has remembered longest. */
export const NAT_MAPPINGS_MAX = 1_024;
const SPOKEN_TO_MAX = 1_024;
const FIRST_PORT = 20_000;
const LAST_PORT = 60_999;

export class Nat {
  readonly kind: NatKind;
  /** By public port. */
  readonly #mappings = new Map<number, Mapping>();
  /** Public ports by what they were made for. */
  readonly #ports = new Map<string, number>();
  #next = FIRST_PORT;

  constructor(kind: NatKind) {
    this.kind = kind;
  }

  /** A public port for one wire from a local port where nobody listens: what it lets in would be refused anyway. */
  passing(localPort: number): number {
    return this.kind === "none" ? localPort : this.#freePort();
  }

  /** The public port that a packet from here comes from, as the one it goes to sees it. */
  outward(localPort: number, ip: string, port: number): number {
    if (this.kind === "none") return localPort;
    const who = this.#who(ip, port);
    const flow = this.kind === "cone" ? `${localPort}` : `${localPort} ${who}`;
    let mapped = this.#ports.get(flow);
    if (mapped === undefined) {
      mapped = this.#freePort();
      this.#ports.set(flow, mapped);
      this.#mappings.set(mapped, { localPort, spokenTo: new Set() });
      if (this.#mappings.size > NAT_MAPPINGS_MAX) this.#forgetFirst();
    }
    const { spokenTo } = this.#mappings.get(mapped) as Mapping;
    if (spokenTo.size < SPOKEN_TO_MAX) spokenTo.add(who);
    return mapped;
  }

  /** The local port that a packet from outside goes to; undefined when it is not let in. */
  inward(port: number, ip: string, from: number): number | undefined {
    if (this.kind === "none") return port;
    const mapping = this.#mappings.get(port);
    return mapping?.spokenTo.has(this.#who(ip, from)) === true ? mapping.localPort : undefined;
  }

  /** Forgets everything, as when it restarts. */
  rebind(): void {
    this.#mappings.clear();
    this.#ports.clear();
  }

  #who(ip: string, port: number): string {
    return this.kind === "cone" ? ip : `${ip}:${port}`;
  }

  #freePort(): number {
    do this.#next = this.#next === LAST_PORT ? FIRST_PORT : this.#next + 1;
    while (this.#mappings.has(this.#next));
    return this.#next;
  }

  #forgetFirst(): void {
    for (const [flow, port] of this.#ports) {
      this.#ports.delete(flow);
      this.#mappings.delete(port);
      return;
    }
  }
}
