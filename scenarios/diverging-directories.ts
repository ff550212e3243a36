import {
  attribution,
  community,
  contradiction,
  declareContradiction,
  delivery,
  establish,
  headAgreement,
  liveness,
  lookupLiveness,
  noFalseTrust,
  type Scenario,
  scenario,
} from "../sim/index.ts";

const EPOCH_MS = 60_000;

/**
 * Three directories, of which people believe what two agree on. In one of them Mallory was first with Bob's label, and
 * its proofs are all in order: no directory can know whose a name is. Whoever looks Bob up is told which directory is at
 * odds with the others, and finds Bob. Who reaches that one alone finds nobody: one answer is not enough.
 */
export const divergingDirectories: Scenario = scenario({
  name: "diverging-directories",
  summary: "one of three directories has somebody else under a label: people who want two to agree are not fooled",
  parameters: { minutes: 10, friends: 4, directories: 3, agreement: 2 },
  oracles: [noFalseTrust, contradiction, lookupLiveness(60_000), headAgreement, delivery, attribution, liveness],
  sabotages: ["agreement-ignored", "contradictions-untold"],
  play(world, { agreement, directories, friends, minutes }) {
    const endMs = minutes * 60_000;
    const plan = { witnesses: 2, threshold: 2, mirrors: 1, epochMs: EPOCH_MS };
    const logs = Array.from({ length: directories }, (_, i) => establish(world, `log${i}`, plan));
    const town = community(world, logs, {}, agreement);
    const bob = town.person("bob");
    const people = town.crowd("node", friends);
    const hasty = town.person("hasty");
    const odd = world.stream.pick(logs);
    const mallory = community(world, [odd]).adversary("mallory");
    declareContradiction(world, { label: "bob", log: odd.id });
    world.at(1_000, () => mallory.registers("bob"));
    // Before there is anything else to find, somebody asks who reaches nobody but that directory.
    const others = logs.filter((log) => log !== odd).flatMap(({ directory, mirrors }) => [directory, ...mirrors]);
    const names = others.map(({ name }) => name);
    world.at(1.5 * EPOCH_MS, () => {
      world.network.partition("others out of reach", [hasty.name], names);
      hasty.adds("bob");
    });
    world.at(2.5 * EPOCH_MS, () => world.network.removeRule("others out of reach"));
    // Who comes second is refused there, and registered in the others.
    world.at(2.5 * EPOCH_MS, () => bob.claims("bob"));
    for (const [i, person] of people.entries()) {
      world.at(2 * EPOCH_MS + 1_000 * (i + 1), () => person.claims(person.name));
      world.at(5 * EPOCH_MS + 5_000 * i, () => [person.adds("bob"), bob.adds(person.name)]);
      world.every(
        () => world.stream.between(15_000, 60_000),
        endMs,
        () => (world.stream.chance(0.5) ? person.says(bob) : bob.says(person)),
      );
    }
    world.healAt(endMs, 240_000);
  },
});
