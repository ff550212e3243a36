import {
  attribution,
  community,
  delivery,
  establish,
  headAgreement,
  liveness,
  lookupLiveness,
  noFalseTrust,
  ownerAlarm,
  registration,
  type Scenario,
  scenario,
  withhold,
} from "../sim/index.ts";

const EPOCH_MS = 60_000;
/** A lookup tries one server after the other, and waits five seconds for each that is silent. */
const LOOKUP_MS = 60_000;

/**
 * A directory answers some people nothing, and nobody about some labels; one of its mirrors does the same. What they
 * keep back, records of sealed capsules and the one honest mirror give.
 */
export const withholdingDirectory: Scenario = scenario({
  name: "withholding-directory",
  summary: "a directory and a mirror fall silent for some people and labels; another mirror and the records take over",
  parameters: { minutes: 15, friends: 8, lookupsPerMinute: 6 },
  oracles: [
    lookupLiveness(LOOKUP_MS),
    registration(3 * EPOCH_MS),
    noFalseTrust,
    ownerAlarm,
    headAgreement,
    delivery,
    attribution,
    liveness,
  ],
  sabotages: ["mirrors-not-asked"],
  play(world, { friends, lookupsPerMinute, minutes }) {
    const endMs = minutes * 60_000;
    const log = establish(world, "log", { witnesses: 3, threshold: 2, mirrors: 2, epochMs: EPOCH_MS });
    const people = community(world, [log]).crowd("node", friends);
    for (const [i, person] of people.entries()) world.at(1_000 * (i + 1), () => person.claims(person.name));
    const silentMs = 3 * EPOCH_MS + world.stream.between(0, EPOCH_MS);
    const shunned = people.filter(() => world.stream.chance(0.5));
    const silence = {
      people: new Set(shunned.map(({ name }) => name)),
      labels: people.filter(() => world.stream.chance(0.5)).map(({ name }) => name),
    };
    world.at(silentMs, () => {
      for (const server of [log.directory, log.mirrors[0]]) {
        if (server !== undefined) withhold(world, log, server, silence);
      }
    });
    world.every(60_000 / lookupsPerMinute, endMs, () => {
      if (world.kernel.elapsed > silentMs) world.stream.pick(people).looksUp(world.stream.pick(people).name);
    });
    for (const [i, person] of people.entries()) {
      const next = people[(i + 1) % people.length] ?? person;
      world.at(silentMs + 10_000 * (i + 1), () => [person.adds(next.name), next.adds(person.name)]);
      world.every(
        () => world.stream.between(30_000, 90_000),
        endMs,
        () => (world.kernel.elapsed > silentMs + 60_000 ? person.says(next) : undefined),
      );
    }
    world.healAt(endMs, 240_000);
  },
});
