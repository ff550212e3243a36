import type { World } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

/** What a flood of registrations has cost. */
export interface DeclaredFlood {
  /** Registrations that the directory took. */
  readonly accepted: () => number;
  readonly hashes: () => number;
  /** Of the proof of work while the queue is empty, in leading zero bits. */
  readonly difficulty: number;
}

const declared = new WeakMap<World, DeclaredFlood>();

/** Announces a flood to the {@link toll} oracle of this world. */
export function declareFlood(world: World, flood: DeclaredFlood): void {
  declared.set(world, flood);
}

/** Whoever registers much works much. */
export const toll: Oracle = {
  name: "toll",
  demand: "every label that a flooder gets has cost it the proof of work that the directory demands",
  watch(world, judge) {
    return {
      ended() {
        const flood = declared.get(world);
        if (flood === undefined) return;
        const [accepted, hashes] = [flood.accepted(), flood.hashes()];
        world.counts.set("squatted labels", accepted);
        world.counts.set("squatter's hashes", hashes);
        judge.check(accepted > 0, () => "the flood got nothing, and so showed nothing");
        // A directory takes work of one bit less than it demands, and luck halves it once more.
        const least = accepted * 2 ** (flood.difficulty - 2);
        judge.check(
          hashes >= least,
          () => `${accepted} labels cost a flooder ${hashes} hashes, at least ${least} are due`,
        );
      },
    };
  },
};
