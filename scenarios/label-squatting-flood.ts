import {
  attribution,
  community,
  declareFlood,
  delivery,
  establish,
  headAgreement,
  liveness,
  lookupLiveness,
  noFalseTrust,
  registration,
  type Scenario,
  scenario,
  spoilCapsules,
  Squatter,
  toll,
} from "../sim/index.ts";

const EPOCH_MS = 60_000;

/**
 * Somebody takes every label that they can pay for, faster than all others together. Each costs them a proof of work,
 * the more the longer the queue; whoever wants one label hardly notices, and gets it with the next epoch, and is found by it though its sealed capsule is spoilt.
 */
export const labelSquattingFlood: Scenario = scenario({
  name: "label-squatting-flood",
  summary: "a flood of registrations pays for every label, in hashes that are counted; honest ones still get through",
  parameters: { minutes: 8, friends: 5, grabsPerMinute: 80, difficulty: 6 },
  oracles: [
    registration(3 * EPOCH_MS),
    toll,
    lookupLiveness(60_000),
    noFalseTrust,
    headAgreement,
    delivery,
    attribution,
    liveness,
  ],
  sabotages: ["work-unchecked"],
  play(world, { difficulty, friends, grabsPerMinute, minutes }) {
    const endMs = minutes * 60_000;
    const settings = { registrationDifficulty: difficulty };
    const plan = { witnesses: 3, threshold: 2, mirrors: 2, epochMs: EPOCH_MS, settings };
    const log = establish(world, "log", plan);
    const people = community(world, [log]).crowd("node", friends);
    const squatter = new Squatter(world, log, "squatter");
    const floodMs = endMs - 3 * EPOCH_MS;
    // Whoever knows a label can spoil its capsule: then the directory itself is asked.
    const spoilt = people.filter(() => world.stream.chance(0.5)).map(({ name }) => name);
    world.at(EPOCH_MS, () => spoilCapsules(world, log, spoilt, endMs));
    world.every(60_000 / grabsPerMinute, floodMs, () => squatter.grab());
    for (const [i, person] of people.entries()) {
      const next = people[(i + 1) % people.length] ?? person;
      const claimsMs = world.stream.between(EPOCH_MS, floodMs);
      world.at(claimsMs, () => person.claims(person.name));
      world.at(endMs - 1.5 * EPOCH_MS + 1_000 * i, () => [person.adds(next.name), next.adds(person.name)]);
      for (const leftMs of [EPOCH_MS, EPOCH_MS / 2]) world.at(endMs - leftMs, () => person.says(next));
    }
    declareFlood(world, { accepted: () => squatter.accepted, hashes: () => squatter.hashes, difficulty });
    world.healAt(endMs, 240_000);
  },
});
