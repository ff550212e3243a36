import type { Clock } from "../../../core/node/index.ts";
import { BoundedMap } from "../../../core/safety/index.ts";
import { Bucket, type Rate } from "./bucket.ts";
import {
  FLOOD_PAUSE_MS,
  type Offence,
  OFFENCE_SCORES,
  SCORE_DECAY_MS,
  SCORE_DECAYED,
  scoreThresholds,
} from "./offences.ts";
import { type Activity, BYTE_RATES, RATES } from "./rates.ts";

/** Peers that are remembered: more than are ever connected. Who comes after an eviction starts with full buckets. */
export const PEERS_REMEMBERED_MAX = 4_096;
/** Peers that are refused at a time; beyond it the one refused first is given another chance. */
export const REFUSALS_MAX = 16_384;
/** How long a peer is refused. */
export const REFUSAL_MS = 900_000;

type Buckets = Map<Activity | "bytes", Bucket>;

interface Standing {
  readonly buckets: Buckets;
  score: number;
  scoredAt: number;
  floodedAt: number;
}

/**
 * Who may do how much, and who is welcome. Token buckets on the node's clock, without a timer and a promise for each
 * key: what a limiter says depends on the calls and their times alone, and is the same in a simulation. An identity
 * costs its maker nothing, so that the limits of one peer hold no flood of many: those of all peers do.
 */
export class Conduct {
  readonly #clock: Clock;
  readonly #onRefused: (peer: string) => void;
  readonly #peers = new BoundedMap<string, Standing>(PEERS_REMEMBERED_MAX);
  readonly #refusals = new BoundedMap<string, number>(REFUSALS_MAX);
  readonly #all: Buckets = new Map();

  /** `onRefused`: the peer is to be disconnected; called once for each refusal. */
  constructor(clock: Clock, onRefused: (peer: string) => void) {
    this.#clock = clock;
    this.#onRefused = onRefused;
  }

  /** Whether this node serves it. Beyond its own limit a peer is scored down; beyond that of all it is just not served. */
  admit(peer: string, activity: Activity, bytes: number): boolean {
    const now = this.#clock.now();
    if (this.refused(peer)) return false;
    const { all, own } = this.#budgetsOf(peer, activity, bytes, now);
    if (own.some((each) => waitOf(each, now) > 0)) {
      this.note(peer, "flood");
      return false;
    }
    if (all.some((each) => waitOf(each, now) > 0)) return false;
    for (const { amount, bucket } of [...own, ...all]) bucket.take(amount);
    return true;
  }

  /** Milliseconds until {@link admit} would say yes if nothing else came; 0: now. For what can be made to wait. */
  delayMs(peer: string, activity: Activity, bytes: number): number {
    const now = this.#clock.now();
    const { all, own } = this.#budgetsOf(peer, activity, bytes, now);
    return Math.max(...[...own, ...all].map((each) => waitOf(each, now)));
  }

  /** Scores a peer down; below the threshold it is refused. */
  note(peer: string, offence: Offence): void {
    const now = this.#clock.now();
    const standing = this.#standingOf(peer, now);
    if (offence === "flood") {
      if (now - standing.floodedAt < FLOOD_PAUSE_MS) return;
      standing.floodedAt = now;
    }
    standing.score = decayed(standing, now) + OFFENCE_SCORES[offence];
    standing.scoredAt = now;
    if (standing.score >= scoreThresholds.graylist || this.refused(peer)) return;
    this.#refusals.set(peer, now + REFUSAL_MS);
    this.#onRefused(peer);
  }

  refused(peer: string): boolean {
    const until = this.#refusals.get(peer);
    if (until === undefined) return false;
    if (this.#clock.now() < until) return true;
    this.#refusals.delete(peer);
    return false;
  }

  /** At most 0. */
  score(peer: string): number {
    const standing = this.#peers.get(peer);
    return standing === undefined ? 0 : decayed(standing, this.#clock.now());
  }

  get refusedCount(): number {
    const now = this.#clock.now();
    return [...this.#refusals.values()].filter((until) => now < until).length;
  }

  #budgetsOf(peer: string, activity: Activity, bytes: number, now: number): { own: Draw[]; all: Draw[] } {
    const { buckets } = this.#standingOf(peer, now);
    return {
      own: drawsOn(buckets, RATES[activity].peer, BYTE_RATES.peer, activity, bytes, now),
      all: drawsOn(this.#all, RATES[activity].all, BYTE_RATES.all, activity, bytes, now),
    };
  }

  #standingOf(peer: string, now: number): Standing {
    const standing = this.#peers.get(peer) ?? {
      buckets: new Map(),
      score: 0,
      scoredAt: now,
      floodedAt: Number.NEGATIVE_INFINITY,
    };
    // Whoever was heard last is forgotten last.
    this.#peers.set(peer, standing);
    return standing;
  }
}

/** So much is to be taken from one bucket. */
interface Draw {
  readonly bucket: Bucket;
  readonly amount: number;
}

function waitOf({ amount, bucket }: Draw, now: number): number {
  return bucket.delayMs(amount, now);
}

function drawsOn(buckets: Buckets, rate: Rate, byteRate: Rate, activity: Activity, bytes: number, now: number): Draw[] {
  return [
    { bucket: bucketOf(buckets, activity, rate, now), amount: 1 },
    { bucket: bucketOf(buckets, "bytes", byteRate, now), amount: bytes },
  ];
}

function bucketOf(buckets: Buckets, name: Activity | "bytes", rate: Rate, now: number): Bucket {
  const found = buckets.get(name);
  if (found !== undefined) return found;
  const made = new Bucket(rate, now);
  buckets.set(name, made);
  return made;
}

function decayed({ score, scoredAt }: Standing, now: number): number {
  if (score === 0) return 0;
  return score * SCORE_DECAYED ** (Math.max(0, now - scoredAt) / SCORE_DECAY_MS);
}
