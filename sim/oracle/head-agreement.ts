import { Ancestry } from "./ancestry.ts";
import { equivocationOf } from "./conviction.ts";
import type { Oracle } from "./judge.ts";

interface Held {
  readonly epoch: number;
  readonly hash: string;
}

/**
 * One log has one history: whoever accepts a head of an epoch accepts the same one, and what a node accepts descends
 * from what it accepted before. Of a declared equivocation there are several histories, one for each node; then whoever
 * holds a head that others contradict has refused the log when the run ends.
 */
export const headAgreement: Oracle = {
  name: "head-agreement",
  demand:
    "each node accepts one history, and no two accept different heads of one epoch unless both convict the directory",
  watch(world, judge) {
    const ancestry = new Ancestry(world);
    /** By log and epoch: hashes, with the names of those who accepted them. */
    const accepted = new Map<string, Map<string, Set<string>>>();
    const newest = new Map<string, Held>();
    return {
      event(party, event) {
        if (event.kind !== "directory.head" || !world.isHonest(party)) return;
        const { epoch, hash, log } = event;
        const before = newest.get(`${party.name} ${log}`);
        newest.set(`${party.name} ${log}`, { epoch, hash });
        if (before !== undefined) {
          const descends = epoch > before.epoch && ancestry.ancestor(hash, before.epoch) === before.hash;
          judge.check(descends, () => `${party.name} left its history at epoch ${before.epoch} for ${epoch}`);
        }
        const key = `${log} ${epoch}`;
        const hashes = accepted.get(key) ?? new Map<string, Set<string>>();
        accepted.set(key, hashes.set(hash, (hashes.get(hash) ?? new Set()).add(party.name)));
        const alone = hashes.size === 1 || equivocationOf(world, log)?.passes === true;
        judge.check(alone, () => `${party.name} accepted another head of epoch ${epoch} than others did`);
      },
      ended() {
        const parties = new Map(world.parties.map((party) => [party.name, party]));
        for (const [key, hashes] of accepted) {
          const [log = ""] = key.split(" ");
          if (hashes.size === 1) continue;
          for (const name of [...hashes.values()].flatMap((names) => [...names])) {
            const machine = parties.get(name)?.machine;
            const convicted = machine?.up !== true || machine.engine.inspect().logs[log]?.convicted === true;
            judge.check(convicted, () => `${name} still believes one of two histories`);
          }
        }
      },
    };
  },
};
