import type { Scene } from "./chronicle.ts";
import { compare, type Telling } from "./compare.ts";

/** Times that a difference is followed, when the runs differ elsewhere each time. */
const FOLLOWED_MAX = 5;

/** Plays the run of a seed. With `capture`, the scene of the event of that number is to be told. */
export type Play = (seed: number, capture?: number) => Telling;

/** Two runs of one seed that are not the same. */
export interface Divergence {
  readonly seed: number;
  /** The first event that differs, from 1; 0 is what came before. */
  readonly event: number;
  /** Of the two runs; undefined where a run had ended before. */
  readonly scenes: readonly [Scene | undefined, Scene | undefined];
  /** Whether it showed again at the same event, and so in the scenes. */
  readonly repeated: boolean;
}

/** Plays a seed twice and finds the first event that differs; undefined when none does. */
export async function findDivergence(seed: number, one: Play, two: Play = one): Promise<Divergence | undefined> {
  let { event } = await compare(one(seed), two(seed));
  if (event === undefined) return undefined;
  for (let followed = 1; ; followed++) {
    const again = await compare(one(seed, event), two(seed, event));
    const repeated = again.event === event;
    if (repeated || followed === FOLLOWED_MAX) return { seed, event, scenes: again.scenes, repeated };
    // Earlier this time, or not at all: then it may show at the next attempt.
    event = again.event ?? event;
  }
}
