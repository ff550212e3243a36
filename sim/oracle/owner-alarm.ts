import type { World } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

/** Somebody puts another account, or nothing, in the place of a label's holder. */
export interface DeclaredSubstitution {
  readonly label: string;
  /** Name of the holder. */
  readonly owner: string;
  /** When the epoch with it is published, at the latest; since the run began. */
  readonly atMs: number;
  readonly boundMs: number;
}

const declared = new WeakMap<World, DeclaredSubstitution[]>();

/** Announces a substitution to the {@link ownerAlarm} oracle. */
export function declareSubstitution(world: World, substitution: DeclaredSubstitution): void {
  declared.set(world, [...(declared.get(world) ?? []), substitution]);
}

/** Whoever registered a label learns of what it did not register under it, and is not alarmed otherwise. */
export const ownerAlarm: Oracle = {
  name: "owner-alarm",
  demand: "the holder of a label is alarmed in time by a version that it did not make, and by nothing else",
  watch(world, judge) {
    const alarmedAtMs = new Map<string, number>();
    return {
      event(party, event) {
        if (event.kind !== "label.alarm" || !world.isHonest(party)) return;
        const key = `${party.name} ${event.label}`;
        alarmedAtMs.set(key, alarmedAtMs.get(key) ?? world.kernel.elapsed);
        const cause = declared.get(world)?.some(({ label, owner }) => label === event.label && owner === party.name);
        judge.check(cause === true, () => `${party.name} was alarmed for nothing: ${event.code}`);
      },
      ended() {
        for (const { atMs, boundMs, label, owner } of declared.get(world) ?? []) {
          const alarmed = alarmedAtMs.get(`${owner} ${label}`);
          judge.check(alarmed !== undefined, () => `${owner} never learned that ${label} was given away`);
          const late = () => `${owner} learned ${(alarmed ?? 0) - atMs} ms late that ${label} was given away`;
          judge.check(alarmed === undefined || alarmed <= atMs + boundMs, late);
        }
        // Of everybody else, that they were not alarmed has been compared.
        for (const label of world.titles.labels) judge.check(true, () => label);
      },
    };
  },
};
