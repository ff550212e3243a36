import { equivocationOf } from "./conviction.ts";
import type { Oracle } from "./judge.ts";

/**
 * One log has one history: whoever accepts a head of an epoch accepts the same one, and nobody goes back. Of a declared
 * equivocation there are several; then whoever holds one of them has refused the log when the run ends.
 */
export const headAgreement: Oracle = {
  name: "head-agreement",
  demand: "no two honest nodes accept different heads of one log and epoch, unless both convict its directory",
  watch(world, judge) {
    /** By log and epoch: hashes, with the names of those who accepted them. */
    const accepted = new Map<string, Map<string, Set<string>>>();
    const newest = new Map<string, number>();
    return {
      event(party, event) {
        if (event.kind !== "directory.head" || !world.isHonest(party)) return;
        const { epoch, hash, log } = event;
        const before = newest.get(`${party.name} ${log}`) ?? 0;
        judge.check(epoch > before, () => `${party.name} went back from epoch ${before} to ${epoch}`);
        newest.set(`${party.name} ${log}`, epoch);
        const key = `${log} ${epoch}`;
        const hashes = accepted.get(key) ?? new Map<string, Set<string>>();
        accepted.set(key, hashes.set(hash, (hashes.get(hash) ?? new Set()).add(party.name)));
        const alone = hashes.size === 1 || equivocationOf(world, log) !== undefined;
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
