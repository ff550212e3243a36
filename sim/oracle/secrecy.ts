import type { World } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

/** What a thief read, against when it was said. */
export interface Theft {
  /** When the state was taken, in milliseconds since the run began. */
  readonly atMs: number;
  /** Messages said this long before may still lie on the disk. */
  readonly beforeMs: number;
  /** Messages said this long after may still be read: then the ratchet has healed. */
  readonly afterMs: number;
  /** The identifiers (see Ledger) of the bodies that the thief can read, once the run is over. */
  read(): ReadonlySet<string>;
  /** Whose messages are at stake. */
  readonly victims: ReadonlySet<string>;
}

const thefts = new WeakMap<World, Theft[]>();

/** Announces a theft to the {@link secrecy} oracle of this world. */
export function declareTheft(world: World, theft: Theft): void {
  thefts.set(world, [...(thefts.get(world) ?? []), theft]);
}

/** A stolen state reads exactly what forward secrecy and healing allow: something, and nothing outside its window. */
export const secrecy: Oracle = {
  name: "secrecy",
  demand: "a state taken at t reads nothing from before the ratchet's window and nothing after healing",
  watch(world, judge) {
    return {
      ended() {
        for (const theft of thefts.get(world) ?? []) {
          const read = theft.read();
          let within = 0;
          for (const said of world.ledger.said) {
            if (!theft.victims.has(said.from) || !theft.victims.has(said.to)) continue;
            const early = said.atMs < theft.atMs - theft.beforeMs;
            const late = said.atMs > theft.atMs + theft.afterMs;
            if (!early && !late) {
              if (read.has(said.id)) within++;
              continue;
            }
            const distance = Math.abs(said.atMs - theft.atMs);
            const side = early ? "before" : "after";
            judge.check(!read.has(said.id), () => `the thief reads what was said ${distance} ms ${side} the theft`);
          }
          // A thief who can read nothing at all proves nothing.
          judge.check(within > 0, () => "the thief could not read even what the theft gives");
        }
      },
    };
  },
};
