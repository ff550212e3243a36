import {
  attribution,
  community,
  conviction,
  declareEquivocation,
  delivery,
  Equivocator,
  establish,
  headAgreement,
  liveness,
  recovery,
  type Scenario,
  scenario,
  witnessHonesty,
} from "../sim/index.ts";

const EPOCH_MS = 60_000;
const BOUND_MS = 120_000;

/**
 * Witnesses are killed as they are asked to cosign: before they make the head durable, between that and the signature,
 * and after it. In the end the directory shows all of them two histories at once, one to whoever comes back from the
 * other. No witness ever signs both.
 */
export const witnessCrash: Scenario = scenario({
  name: "witness-crash",
  summary: "witnesses are killed between what they persist and what they sign, and asked for another history after it",
  parameters: { minutes: 15, killRate: 0.4, friends: 4 },
  oracles: [witnessHonesty, headAgreement, conviction, recovery, delivery, attribution, liveness],
  sabotages: ["witness-forgets", "persist-after-send"],
  play(world, { friends, killRate, minutes }) {
    const endMs = minutes * 60_000;
    const log = establish(world, "log", { witnesses: 3, threshold: 2, mirrors: 1, epochMs: EPOCH_MS });
    const people = community(world, [log]).crowd("node", friends);
    for (const [i, person] of people.entries()) {
      const next = people[(i + 1) % people.length] ?? person;
      world.at(1_000 * (i + 1), () => person.claims(person.name));
      world.at(3 * EPOCH_MS + 1_000 * i, () => [person.adds(next.name), next.adds(person.name)]);
      world.every(
        () => world.stream.between(20_000, 60_000),
        endMs,
        () => person.says(next),
      );
    }
    const witnesses = new Map(log.witnesses.map(({ institution }) => [institution.name, institution]));
    world.network.tap(
      ({ to }) => {
        const witness = witnesses.get(to);
        if (witness === undefined || world.isHealed || !world.stream.chance(killRate)) return;
        // The record, the answer, and what is told besides.
        witness.machine.crashAfterEffects(world.stream.between(0, 2));
        world.kernel.after(world.stream.between(500, 4_000), () => witness.restart());
      },
      ["question"],
      "arrives",
    );
    // Or at the moment that the signature is out.
    world.network.tap(
      ({ from }) => {
        const witness = witnesses.get(from);
        if (witness === undefined || world.isHealed || !world.stream.chance(2 * killRate)) return;
        world.kernel.after(0, () => witness.crash());
        world.kernel.after(world.stream.between(500, 4_000), () => witness.restart());
      },
      ["answer"],
    );
    const equivocator = new Equivocator(world, log, { left: new Set(), right: new Set() });
    // Between two epochs, so that both have the same past and not the same next head.
    let forks = false;
    world.watch({
      event(_, { kind }) {
        if (kind !== "directory.published" || world.kernel.elapsed < endMs - 4 * EPOCH_MS || forks) return;
        forks = true;
        world.kernel.after(EPOCH_MS / 4, () => equivocator.fork());
      },
    });
    declareEquivocation(world, { log: log.id, passes: false, boundMs: BOUND_MS, byMs: endMs + BOUND_MS });
    world.healAt(endMs, 240_000);
  },
});
