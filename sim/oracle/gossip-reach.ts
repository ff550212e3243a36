import type { Oracle } from "./judge.ts";

/** Whoever has just started first meets others. */
const ARRIVAL_MS = 30_000;

/** What one node learns of a directory, all others learn by gossip: long before they would ask for it themselves. */
export function gossipReach(boundMs: number): Oracle {
  return {
    name: "gossip-reach",
    demand: "a head that anybody has reaches every honest node that is up by gossip, within the scenario's bound",
    watch(world, judge) {
      /** The newest epoch that somebody has of a log, by name and log. */
      const newest = new Map<string, number>();
      const born = new Set<string>();
      const startedMs = new Map<string, number>();

      const demand = (log: string, epoch: number, bornMs: number): void => {
        for (const { machine, name } of world.parties) {
          if (!machine.up || !(log in machine.engine.inspect().logs)) continue;
          const started = startedMs.get(name) ?? Number.NEGATIVE_INFINITY;
          if (bornMs < started + ARRIVAL_MS) continue;
          const has = (newest.get(`${name} ${log}`) ?? 0) >= epoch;
          judge.check(has, () => `${name} did not hear of epoch ${epoch} within ${boundMs} ms`);
        }
      };

      return {
        event(party, event) {
          if (event.kind !== "directory.head" || !world.isHonest(party)) return;
          const { epoch, log } = event;
          newest.set(`${party.name} ${log}`, epoch);
          if (born.has(`${log} ${epoch}`)) return;
          born.add(`${log} ${epoch}`);
          const bornMs = world.kernel.elapsed;
          world.kernel.after(boundMs, () => demand(log, epoch, bornMs));
        },
        restarted(party) {
          startedMs.set(party.name, world.kernel.elapsed);
        },
      };
    },
  };
}
