import type { Party } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

/** Whoever has just started first meets others. */
const ARRIVAL_MS = 10_000;

/** Conversations that have begun go on whatever others do: what is said is read in time, while both are up. */
export function timeliness(boundMs: number): Oracle {
  return {
    name: "timeliness",
    demand: "a message of a conversation that has begun is read within the scenario's bound while both ends are up",
    watch(world, judge) {
      const startedMs = new Map<string, number>();
      const read = new Set<string>();
      /** Who has been heard by whom. */
      const begun = new Set<string>();
      let slowestMs = 0;
      const isThere = (party: Party | undefined, sinceMs: number): boolean =>
        party?.machine.up === true && (startedMs.get(party.name) ?? 0) <= sinceMs;
      return {
        said({ atMs, from, id, to }) {
          const ends = world.people.filter(({ name }) => name === from || name === to);
          if (!begun.has(`${from} ${to}`) || !ends.every((end) => isThere(end, atMs - ARRIVAL_MS))) return;
          world.kernel.after(boundMs, () => {
            if (!ends.every((end) => isThere(end, atMs))) return;
            judge.check(read.has(id), () => `${to} had not read after ${boundMs} ms what ${from} said at ${atMs} ms`);
          });
        },
        read({ atMs, id }) {
          read.add(id);
          const said = world.ledger.find(id);
          if (said === undefined) return;
          begun.add(`${said.from} ${said.to}`);
          slowestMs = Math.max(slowestMs, atMs - said.atMs);
        },
        restarted: ({ name }) => void startedMs.set(name, world.kernel.elapsed),
        ended: () => void world.counts.set("slowest message, ms", slowestMs),
      };
    },
  };
}
