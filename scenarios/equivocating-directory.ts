import {
  attribution,
  Colluders,
  community,
  conviction,
  declareDeception,
  declareEquivocation,
  delivery,
  Equivocator,
  establish,
  headAgreement,
  liveness,
  noFalseTrust,
  type Party,
  type Scenario,
  scenario,
  witnessHonesty,
} from "../sim/index.ts";

const EPOCH_MS = 60_000;
/** What conviction takes once both faces were seen: a head is repeated every minute, and a chain is asked for. */
const BOUND_MS = 120_000;

/**
 * A directory has two faces, each for one half of the mesh. One of three witnesses colludes; the other two are honest,
 * stand on different sides, and so give each face its quorum. On one side a label is its holder's, on the other
 * Mallory's. Heads that meet convict the directory, with or without a partition between the halves before.
 */
export const equivocatingDirectory: Scenario = scenario({
  name: "equivocating-directory",
  summary: "two faces of a directory, each cosigned, for two halves of the mesh: convicted everywhere once they meet",
  parameters: { minutes: 15, friends: 3, partitionRate: 0.5 },
  oracles: [headAgreement, conviction, noFalseTrust, witnessHonesty, delivery, attribution, liveness],
  sabotages: ["seen-heads-forgotten", "evidence-kept-to-oneself"],
  play(world, { friends, minutes, partitionRate }) {
    const endMs = minutes * 60_000;
    const log = establish(world, "log", { witnesses: 3, threshold: 2, mirrors: 2, epochMs: EPOCH_MS });
    const town = community(world, [log]);
    const left = town.crowd("left", friends);
    const right = town.crowd("right", friends);
    const carol = town.person("carol");
    const mallory = town.adversary("mallory");
    const [east, west, colluder] = log.witnesses;
    if (east === undefined || west === undefined || colluder === undefined) return;
    const names = (...parties: (Party | undefined)[]) => new Set(parties.map((party) => party?.name ?? ""));
    const halves = {
      left: names(...left, carol, east.institution, log.mirrors[0]),
      right: names(...right, mallory, west.institution, log.mirrors[1]),
    };
    const equivocator = new Equivocator(world, log, halves);
    new Colluders(world, log, [colluder]);

    // A common past: people register, find each other across the halves, and talk.
    const people = [...left, ...right];
    for (const [i, person] of people.entries()) world.at(1_000 * (i + 1), () => person.claims(person.name));
    const pairs = left.flatMap((one, i) => (right[i] === undefined ? [] : [[one, right[i]] as const]));
    for (const [one, other] of pairs) {
      world.at(3 * EPOCH_MS, () => [one.adds(other.name), other.adds(one.name)]);
      world.every(
        () => world.stream.between(10_000, 60_000),
        endMs,
        () => (world.stream.chance(0.5) ? one.says(other) : other.says(one)),
      );
    }

    const forkMs = 5 * EPOCH_MS + world.stream.between(0, EPOCH_MS);
    const isParted = world.stream.chance(partitionRate);
    world.at(forkMs, () => {
      if (isParted) world.network.partition("partition", [...halves.left], [...halves.right]);
      equivocator.fork();
      carol.claims("carol");
      mallory.registers("carol");
    });
    for (const person of right) world.at(forkMs + 2.5 * EPOCH_MS, () => person.adds("carol"));
    const meetMs = isParted ? endMs : forkMs + EPOCH_MS;
    const byMs = meetMs + BOUND_MS;
    declareEquivocation(world, { log: log.id, passes: true, boundMs: BOUND_MS, byMs });
    declareDeception(world, { label: "carol", victims: names(...right), untilMs: byMs });
    world.healAt(endMs, 240_000);
  },
});
