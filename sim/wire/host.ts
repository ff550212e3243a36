import { assert } from "../../core/safety/index.ts";
import { type Answer, Dial, type DialFailure } from "./dial.ts";
import { End, type EndPlace } from "./end.ts";
import type { Medium } from "./medium.ts";
import { Nat, type NatKind } from "./nat.ts";
import type { Wire } from "./wire.ts";

/** Called with each wire that somebody opened; sets its handlers. */
type Taker = (wire: Wire) => void;

/** What a dial found: a host, and its local port. */
interface Found extends Answer {
  readonly place: Host;
  readonly port: number;
}

export interface DialOptions {
  /** The local port to dial from, which may be one that this host listens at; another each time when absent. */
  readonly localPort?: number;
}

export interface Listening {
  readonly port: number;
  close(): void;
}

export interface Addresses {
  readonly ip: string;
  readonly localIp: string;
}

/** Where all hosts are. */
export interface Directory {
  find(ip: string): Host | undefined;
  /** Moves the host from an address, when it has one, to `ip` or to an address that nobody had. */
  settle(host: Host, from: string | undefined, ip: string | undefined): Addresses;
}

/** Dials that one host has under way; one more fails. */
export const HOST_DIALS_MAX = 1_024;
const PORT_FIRST = 32_768;
const PORT_LAST = 60_999;

/** A machine with one address, on its own behind its NAT when it has one. */
export class Host implements EndPlace {
  readonly name: string;
  readonly nat: NatKind;
  /** Its ends of open wires. */
  readonly ends: Set<End> = new Set();
  readonly #medium: Medium;
  readonly #directory: Directory;
  readonly #mappings: Nat;
  readonly #takers = new Map<number, Taker>();
  readonly #dials = new Map<Dial<Found>, (failure: DialFailure) => void>();
  #addresses: Addresses;
  #port = PORT_FIRST;
  #up = true;
  #crashes = 0;
  #crashedAt = 0;

  constructor(medium: Medium, directory: Directory, name: string, nat: NatKind, ip: string | undefined) {
    this.#medium = medium;
    this.#directory = directory;
    this.name = name;
    this.nat = nat;
    this.#mappings = new Nat(nat);
    this.#addresses = directory.settle(this, undefined, ip);
  }

  /** As others see it. */
  get ip(): string {
    return this.#addresses.ip;
  }

  /** As it sees itself. */
  get localIp(): string {
    return this.#addresses.localIp;
  }

  get up(): boolean {
    return this.#up;
  }

  get crashes(): number {
    return this.#crashes;
  }

  get crashedAt(): number {
    return this.#crashedAt;
  }

  /** Takes wires at a port, 0 for any that is free, until it is closed or power fails. Throws when the port is taken. */
  listen(port: number, onWire: Taker): Listening {
    const taken = port === 0 ? this.#freePort() : port;
    if (this.#takers.has(taken)) throw new RangeError(`port ${taken} of ${this.name} is taken`);
    this.#takers.set(taken, onWire);
    const close = (): void => {
      if (this.#takers.get(taken) === onWire) this.#takers.delete(taken);
    };
    return { port: taken, close };
  }

  /**
   * Opens a wire. `done` is called once and later, and never when nobody answers. The returned function cancels; a wire
   * that `done` was given stays.
   */
  dial(
    ip: string,
    port: number,
    done: (outcome: Wire | DialFailure) => void,
    { localPort }: DialOptions = {},
  ): () => void {
    const { counts, kernel, stream } = this.#medium;
    counts.dials++;
    if (!this.#up || this.#dials.size >= HOST_DIALS_MAX) return kernel.after(0, () => done("unreachable"));
    const local = { ip: this.localIp, port: localPort ?? this.#freePort() };
    const seen = {
      ip: this.ip,
      port: localPort === undefined ? this.#mappings.passing(local.port) : this.#mappings.outward(localPort, ip, port),
    };
    const own = stream.child(`${this.name}→${ip}:${port} @${kernel.elapsed}`);
    const dial: Dial<Found> = new Dial({
      medium: this.#medium,
      stream: own,
      from: this,
      answer: () => {
        if (this.#isOwn(ip)) return this.#knocked(port);
        const host = this.#directory.find(ip);
        return host === undefined ? undefined : host.#knocked(host.#mappings.inward(port, seen.ip, seen.port));
      },
      done: ({ place, port: reached, taken }) => {
        this.#dials.delete(dial);
        if (!taken) {
          counts.refused++;
          return done("refused");
        }
        const wire = End.pair(
          this.#medium,
          own,
          { place: this, local, remote: { ip, port } },
          {
            place,
            local: { ip: place.localIp, port: reached },
            remote: seen,
            taker: (end) => place.#take(reached, end),
          },
        );
        counts.opened++;
        done(wire);
      },
    });
    this.#dials.set(dial, done);
    return () => this.#giveUp(dial);
  }

  #giveUp(dial: Dial<Found>): void {
    this.#dials.delete(dial);
    dial.cancel();
  }

  #isOwn(ip: string): boolean {
    return ip === this.localIp || ip.startsWith("127.");
  }

  /** What a dial to a local port finds here, when it is let in; undefined when it gets no answer. */
  #knocked(port: number | undefined): Found | undefined {
    return port === undefined || !this.#up ? undefined : { place: this, port, taken: this.#takers.has(port) };
  }

  #take(port: number, end: End): boolean {
    const taker = this.#takers.get(port);
    taker?.(end);
    return taker !== undefined;
  }

  /** Power fails: its ends and listeners vanish, and nobody else learns of it. */
  crash(): void {
    if (!this.#up) return;
    this.#up = false;
    this.#crashes++;
    this.#crashedAt = this.#medium.kernel.now;
    this.#takers.clear();
    for (const end of [...this.ends]) end.finish("crashed");
    for (const [dial, done] of [...this.#dials]) {
      this.#giveUp(dial);
      done("unreachable");
    }
  }

  boot(): void {
    if (this.#up) return;
    this.#up = true;
    this.#medium.wake();
  }

  /** Moves to another address, one that nobody had when absent. Open wires lose their path; listeners go along. */
  relocate(ip?: string): void {
    this.rebind();
    this.#addresses = this.#directory.settle(this, this.ip, ip);
  }

  /** Its NAT forgets all mappings, or its path changes: open wires and dials go silent, at both ends. */
  rebind(): void {
    for (const end of this.ends) end.path.severed = true;
    for (const dial of [...this.#dials.keys()]) this.#giveUp(dial);
    this.#mappings.rebind();
  }

  #freePort(): number {
    const first = this.#port;
    do {
      this.#port = this.#port === PORT_LAST ? PORT_FIRST : this.#port + 1;
      assert(this.#port !== first, "no port is free");
    } while (this.#takers.has(this.#port));
    return this.#port;
  }
}
