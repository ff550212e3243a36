import {
  attribution,
  community,
  declareSubstitution,
  delivery,
  establish,
  headAgreement,
  liveness,
  noFalseTrust,
  ownerAlarm,
  PRETEXTS,
  reviveOldCapsule,
  type Scenario,
  scenario,
  Substitutor,
} from "../sim/index.ts";

const EPOCH_MS = 60_000;

/**
 * A directory publishes a further version of Bob's label, for an account of its own: without a word of how it came to
 * it, with a hand-over that Bob never signed, or as if it had been its own from the start. Bob is alarmed by the next
 * epoch, and nobody believes it. Carol, who really hands her label to Dave, alarms nobody,
 * and the old capsule, which somebody who knows the label keeps alive, leads nobody back to her.
 */
export const keySubstitution: Scenario = scenario({
  name: "key-substitution",
  summary: "a directory gives somebody's label away: its holder is alarmed, everybody else refuses the new keys",
  parameters: { minutes: 15, newcomers: 3 },
  oracles: [ownerAlarm, noFalseTrust, headAgreement, delivery, attribution, liveness],
  sabotages: ["lineage-unchecked", "foreign-versions-ignored", "successors-unchecked"],
  play(world, { minutes, newcomers }) {
    const endMs = minutes * 60_000;
    const log = establish(world, "log", { witnesses: 3, threshold: 2, mirrors: 2, epochMs: EPOCH_MS });
    const town = community(world, [log]);
    const [alice, bob, carol, dave] = [
      town.person("alice"),
      town.person("bob"),
      town.person("carol"),
      town.person("dave"),
    ];
    for (const [i, person] of [alice, bob].entries()) world.at(1_000 * (i + 1), () => person.claims(person.name));
    world.at(3_000, () => carol.claims("the-shop"));
    world.at(2 * EPOCH_MS, () => reviveOldCapsule(world, log, "the-shop", endMs));
    world.at(3 * EPOCH_MS, () => {
      alice.adds("bob");
      bob.adds("alice");
      carol.hands("the-shop", dave);
    });
    world.every(
      () => world.stream.between(10_000, 60_000),
      endMs,
      () => (world.stream.chance(0.5) ? alice.says(bob) : bob.says(alice)),
    );

    const substitutor = new Substitutor(world, log, "operator");
    const atMs = 6 * EPOCH_MS + world.stream.between(0, EPOCH_MS);
    const pretext = world.stream.pick(PRETEXTS);
    // Bob may have published a second version himself: then there is more history to forge.
    if (world.stream.chance(0.5)) world.at(3 * EPOCH_MS, () => bob.registers("bob"));
    world.at(atMs, () => substitutor.substitute("bob", pretext));
    for (const [i, newcomer] of town.crowd("newcomer", newcomers).entries()) {
      world.at(atMs + 2 * EPOCH_MS + 1_000 * i, () => newcomer.adds("bob"));
      world.at(atMs + 3 * EPOCH_MS + 1_000 * i, () => newcomer.adds("the-shop"));
    }
    declareSubstitution(world, { label: "bob", owner: "bob", atMs: atMs + EPOCH_MS, boundMs: EPOCH_MS });
    world.healAt(endMs, 240_000);
  },
});
