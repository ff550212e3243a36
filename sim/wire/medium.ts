import type { Kernel, Stream } from "../kernel/index.ts";
import { Cuts } from "./cuts.ts";
import { Slab } from "./slab.ts";

/** How wires behave: of sim/network's conditions what a reliable stream can show. Rates from 0 to 1, milliseconds. */
export interface WireConditions {
  /** One way. */
  readonly latencyMs: number;
  /** Added at random, up to it. */
  readonly jitterMs: number;
  /** Share of segments whose transmission is lost; a lost one is sent again. */
  readonly lossRate: number;
  /** Bytes a second of each directed pair of hosts; 0 for no limit. */
  readonly bandwidth: number;
}

export const CALM_WIRES: WireConditions = { latencyMs: 30, jitterMs: 20, lossRate: 0, bandwidth: 0 };

/** What happened on all wires of a run. */
export interface WireCounts {
  dials: number;
  /** Dials that nobody at the address took. */
  refused: number;
  /** Wires that opened. */
  opened: number;
  segments: number;
  bytes: number;
  /** Transmissions that were lost and done again. */
  lost: number;
  /** Wires that ended since a segment was lost time after time. */
  broken: number;
  /** Ends that gave up on a silent peer. */
  silent: number;
  /** Ends that learnt that the other is not there any more. */
  reset: number;
}

/** A host, as far as what travels to it and from it is concerned. */
export interface Place {
  readonly name: string;
  readonly up: boolean;
  /** How often power failed, and when it last did, in the kernel's time. */
  readonly crashes: number;
  readonly crashedAt: number;
}

/** What waits for a cut to be mended, or for a host to be up again. */
export interface Waiting {
  retry(): void;
}

/** When the outgoing side of one directed pair of hosts has sent all that was given to it. */
interface Link {
  freeAt: number;
}

/** What is lost is sent again after RTO_MS, then after twice as long each time (RFC 6298 section 5.5; Linux's RTO_MIN). */
const RTO_MS = 200;
const RTO_MS_MAX = 10_000;
/** More losses of one segment in a row break the wire. */
export const LOSSES_MAX = 8;

/** When something is sent again that nobody acknowledged, `first` being when it was sent first: not before `now`. */
export function retryAt(first: number, now: number): number {
  let at = first;
  for (let rto = RTO_MS; at < now; rto = Math.min(rto * 2, RTO_MS_MAX)) at += rto;
  return at;
}

/** How long a transmission that fails `losses` times has taken when it succeeds. */
export function lossDelayMs(losses: number): number {
  let delay = 0;
  for (let rto = RTO_MS, i = 0; i < losses; i++, rto = Math.min(rto * 2, RTO_MS_MAX)) delay += rto;
  return delay;
}

/** What all wires of a run share. */
export class Medium {
  readonly kernel: Kernel;
  readonly stream: Stream;
  readonly cuts: Cuts = new Cuts();
  readonly slab: Slab = new Slab();
  /** Sees what is given to wires, in order. */
  onSent: ((from: string, to: string, bytes: Uint8Array) => void) | undefined;
  readonly counts: WireCounts = {
    dials: 0,
    refused: 0,
    opened: 0,
    segments: 0,
    bytes: 0,
    lost: 0,
    broken: 0,
    silent: 0,
    reset: 0,
  };
  conditions: WireConditions = CALM_WIRES;
  readonly #waiting = new Set<Waiting>();
  readonly #links = new Map<string, Link>();

  constructor(kernel: Kernel, stream: Stream) {
    this.kernel = kernel;
    this.stream = stream;
  }

  /** Whether a packet that is now at the end of its way gets there. */
  reaches(from: Place, to: Place): boolean {
    return to.up && !this.cuts.between(from.name, to.name);
  }

  /** How long a packet takes; its jitter is drawn from `stream`. */
  delayMs(stream: Stream): number {
    const { jitterMs, latencyMs } = this.conditions;
    return jitterMs > 0 ? latencyMs + Math.floor(stream.unit() * jitterMs) : latencyMs;
  }

  link(from: Place, to: Place): Link {
    const name = `${from.name}→${to.name}`;
    let link = this.#links.get(name);
    if (link === undefined) this.#links.set(name, (link = { freeAt: 0 }));
    return link;
  }

  wait(waiting: Waiting): void {
    this.#waiting.add(waiting);
  }

  forget(waiting: Waiting): void {
    this.#waiting.delete(waiting);
  }

  /** A cut was mended or a host is up: what waited for that may go on, in the order in which it began to wait. */
  wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const one of waiting) one.retry();
  }
}
