import type { LogId } from "../../core/node/index.ts";
import type { World } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

/** One directory has another account under a label than the others. */
export interface DeclaredContradiction {
  readonly label: string;
  /** Where it is not the holder's. */
  readonly log: LogId;
}

const declared = new WeakMap<World, DeclaredContradiction[]>();

/** Announces a directory at odds with the others to the {@link contradiction} oracle of this world. */
export function declareContradiction(world: World, contradiction: DeclaredContradiction): void {
  declared.set(world, [...(declared.get(world) ?? []), contradiction]);
}

/** Nobody finds a label on which directories differ without being told which of them says otherwise. */
export const contradiction: Oracle = {
  name: "contradiction",
  demand: "whoever finds a label that a directory has for somebody else is told first which directory says so",
  watch(world, judge) {
    /** Lookups that were told of a contradiction, by person and token: which logs named somebody else than the holder. */
    const told = new Map<string, Set<LogId>>();
    return {
      event(party, event) {
        if (!world.isHonest(party)) return;
        if (event.kind === "label.disagreed") {
          const others = event.answers.filter(
            ({ account }) => account !== undefined && !world.titles.everHeld(event.label, account),
          );
          told.set(`${party.name} ${event.token}`, new Set(others.map(({ log }) => log)));
          const real = declared.get(world)?.some(({ label }) => label === event.label) === true;
          judge.check(real, () => `${party.name} was told of a contradiction about ${event.label} that there is not`);
        } else if (event.kind === "label.found") {
          for (const { label, log } of declared.get(world) ?? []) {
            if (label !== event.label) continue;
            const named = [...(told.get(`${party.name} ${event.token}`) ?? [])];
            const right = named.length === 1 && named[0] === log;
            judge.check(right, () => `${party.name} was not told which directory has somebody else under ${label}`);
          }
        }
      },
    };
  },
};
