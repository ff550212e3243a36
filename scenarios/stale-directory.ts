import {
  attribution,
  community,
  declareFreeze,
  delivery,
  establish,
  Freezer,
  freshness,
  headAgreement,
  liveness,
  lookupLiveness,
  noFalseTrust,
  type Scenario,
  scenario,
} from "../sim/index.ts";

const EPOCH_MS = 60_000;
const HEAD_AGE_MS_MAX = 5 * EPOCH_MS;

/**
 * Some people are kept in the past: whatever reaches them of the directory is old, or nothing does. They notice within
 * the greatest age of a head, and until they see a new one they begin no conversation that rests on the directory.
 */
export const staleDirectory: Scenario = scenario({
  name: "stale-directory",
  summary: "whoever is kept from new heads reports it in time, and starts no handshake on old ones",
  parameters: { minutes: 20, friends: 3, silentRate: 0.5 },
  oracles: [freshness, headAgreement, noFalseTrust, lookupLiveness(60_000), delivery, attribution, liveness],
  sabotages: ["old-heads-are-fresh"],
  play(world, { friends, minutes, silentRate }) {
    const endMs = minutes * 60_000;
    const log = establish(world, "log", { witnesses: 3, threshold: 2, mirrors: 2, epochMs: EPOCH_MS });
    const town = community(world, [log], { headAgeMsMax: HEAD_AGE_MS_MAX });
    const victims = town.crowd("victim", friends);
    const others = town.crowd("other", friends);
    const people = [...victims, ...others];
    for (const [i, person] of people.entries()) world.at(1_000 * (i + 1), () => person.claims(person.name));
    const pairs = victims.flatMap((victim, i) => (others[i] === undefined ? [] : [[victim, others[i]] as const]));
    for (const [victim, other] of pairs) {
      world.at(3 * EPOCH_MS, () => [victim.adds(other.name), other.adds(victim.name)]);
    }
    const freezer = new Freezer(world, log, new Set(victims.map(({ name }) => name)));
    const freezeMs = 5 * EPOCH_MS + world.stream.between(0, 3 * EPOCH_MS);
    const silent = world.stream.chance(silentRate);
    world.at(freezeMs, () => freezer.freeze(silent));
    // Who talked before goes on; who did not has to wait for the directory.
    const [before] = pairs;
    for (const [victim, other] of pairs) {
      const beginsMs = victim === before?.[0] ? 4 * EPOCH_MS : freezeMs + HEAD_AGE_MS_MAX + 3 * EPOCH_MS;
      world.at(beginsMs, () => victim.says(other));
      world.at(endMs - EPOCH_MS, () => victim.says(other));
    }
    declareFreeze(world, {
      log: log.id,
      victims: new Set(victims.map(({ name }) => name)),
      fromMs: freezeMs + 1_000,
      headAgeMsMax: HEAD_AGE_MS_MAX,
      boundMs: 30_000,
    });
    world.healAt(endMs, 240_000);
  },
});
