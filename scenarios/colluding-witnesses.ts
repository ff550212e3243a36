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
const WITNESSES = 5;
const THRESHOLD = 3;
const BOUND_MS = 120_000;

/**
 * A directory keeps some people apart from the mesh and has a second face for them, in which Carol's label is
 * Mallory's. With fewer colluding witnesses than the threshold nothing of it passes, however it is shown. With as many,
 * those people believe it for as long as they are kept apart: a quorum that colludes can do that, and the honest
 * witnesses, who never see it, cannot help. The first head that meets one of the other face convicts.
 */
export const colludingWitnesses: Scenario = scenario({
  name: "colluding-witnesses",
  summary:
    "witnesses sign a second face: nothing passes below the threshold; at it, people kept apart are fooled until they meet others",
  parameters: { minutes: 12, friends: 3, denialRate: 0.6, colludersMin: THRESHOLD - 1, colludersMax: THRESHOLD },
  oracles: [headAgreement, conviction, noFalseTrust, witnessHonesty, delivery, attribution, liveness],
  sabotages: ["threshold-ignored", "succession-unchecked"],
  play(world, { colludersMax, colludersMin, denialRate, friends, minutes }) {
    const endMs = minutes * 60_000;
    const log = establish(world, "log", { witnesses: WITNESSES, threshold: THRESHOLD, mirrors: 2, epochMs: EPOCH_MS });
    const town = community(world, [log]);
    const others = town.crowd("other", friends);
    const victims = town.crowd("victim", friends);
    const carol = town.person("carol");
    const mallory = town.adversary("mallory");
    for (const [i, person] of [...others, ...victims].entries()) {
      world.at(1_000 * (i + 1), () => person.claims(person.name));
    }
    for (const [i, victim] of victims.entries()) {
      const other = others[i];
      if (other === undefined) continue;
      world.at(2.5 * EPOCH_MS, () => [victim.adds(other.name), other.adds(victim.name)]);
      world.every(
        () => world.stream.between(10_000, 60_000),
        endMs,
        () => (world.stream.chance(0.5) ? victim.says(other) : other.says(victim)),
      );
    }
    const count = world.stream.between(colludersMin, colludersMax);
    const passes = count >= THRESHOLD;
    const bribed = log.witnesses.slice(0, count);
    const honest = log.witnesses.slice(count).map(({ institution }) => institution);
    const names = (parties: readonly (Party | undefined)[]) => new Set(parties.map((party) => party?.name ?? ""));
    const halves = {
      left: names([...others, carol, ...honest, log.mirrors[0]]),
      right: names([...victims, mallory, log.mirrors[1]]),
    };
    const equivocator = new Equivocator(world, log, halves, EPOCH_MS / 2);
    const colluders = new Colluders(world, log, bribed);
    // The second face may have begun in secret, and deny epochs that the victims have seen: no head of it follows from
    // theirs, and whoever asks for the chain between gets evidence instead.
    const denies = passes && world.stream.chance(denialRate);
    const forkMs = denies ? 5 * EPOCH_MS + 40_000 : 5 * EPOCH_MS + world.stream.between(0, EPOCH_MS);
    if (denies) world.at(forkMs - 1.5 * EPOCH_MS, () => equivocator.begin());
    world.at(forkMs, () => {
      world.network.partition("apart", [...halves.left], [...halves.right]);
      equivocator.fork();
      colluders.press(equivocator.twin, [...halves.right]);
      carol.claims("carol");
      mallory.registers("carol");
    });
    for (const person of victims) world.at(forkMs + 3 * EPOCH_MS, () => person.adds("carol"));
    declareEquivocation(world, {
      log: log.id,
      boundMs: BOUND_MS,
      passes,
      // Below the threshold nobody has anything that others could hold against it.
      ...(passes ? { byMs: endMs + BOUND_MS } : {}),
    });
    if (passes) declareDeception(world, { label: "carol", victims: names(victims), untilMs: endMs + BOUND_MS });
    world.healAt(endMs, 240_000);
  },
});
