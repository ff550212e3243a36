import {
  attribution,
  community,
  conviction,
  declareEquivocation,
  delivery,
  establish,
  headAgreement,
  liveness,
  noFalseTrust,
  Rollback,
  type Scenario,
  scenario,
  witnessHonesty,
} from "../sim/index.ts";

const EPOCH_MS = 60_000;

/**
 * A directory is restored from an old backup, log and index together, and signs epochs anew. Its witnesses remember
 * what they signed: they sign nothing of the second history, and what they are shown of it convicts.
 */
export const rollbackDirectory: Scenario = scenario({
  name: "rollback-directory",
  summary: "a directory restored from a backup signs epochs a second time: no quorum, and conviction everywhere",
  parameters: { minutes: 15, friends: 6, epochsLostMax: 4 },
  oracles: [headAgreement, conviction, witnessHonesty, noFalseTrust, delivery, attribution, liveness],
  sabotages: ["witness-forgets"],
  play(world, { epochsLostMax, friends, minutes }) {
    const endMs = minutes * 60_000;
    const log = establish(world, "log", { witnesses: 3, threshold: 2, mirrors: 2, epochMs: EPOCH_MS });
    const people = community(world, [log]).crowd("node", friends);
    for (const [i, person] of people.entries()) {
      const next = people[(i + 1) % people.length] ?? person;
      world.at(1_000 * (i + 1), () => person.claims(person.name));
      world.at(3 * EPOCH_MS + 1_000 * i, () => [person.adds(next.name), next.adds(person.name)]);
      world.every(
        () => world.stream.between(20_000, 90_000),
        endMs,
        () => person.says(next),
      );
    }
    const rollback = new Rollback(world, log);
    const backupMs = 4 * EPOCH_MS + world.stream.between(0, EPOCH_MS);
    const restoreMs = backupMs + EPOCH_MS * world.stream.between(2, Math.max(2, epochsLostMax));
    world.at(backupMs, () => rollback.backUp());
    world.at(restoreMs, () => rollback.restore());
    declareEquivocation(world, { log: log.id, passes: false, boundMs: 2 * EPOCH_MS, byMs: restoreMs + 2 * EPOCH_MS });
    world.healAt(endMs, 240_000);
  },
});
