import {
  attribution,
  community,
  Crawler,
  declareCrawl,
  delivery,
  establish,
  labelPrivacy,
  liveness,
  lookupLiveness,
  noFalseTrust,
  type Scenario,
  scenario,
} from "../sim/index.ts";

const EPOCH_MS = 60_000;

/**
 * Somebody runs every mirror of a directory, keeps all that is sent to them, and reads every record that storing peers
 * hold. They learn how many versions there are, which places of the tree one lookup asks for together, who asks, and
 * when; no label, no account, no card. Guessing labels costs a stretching each, and finds what was guessed.
 */
export const labelPrivacyScenario: Scenario = scenario({
  name: "label-privacy",
  summary: "a crawler of all records and mirrors learns no label, account or card but those it guesses, at a cost each",
  parameters: { minutes: 8, friends: 6, guesses: 200 },
  oracles: [labelPrivacy, lookupLiveness(60_000), noFalseTrust, delivery, attribution, liveness],
  sabotages: ["labels-unstretched", "capsules-unveiled"],
  play(world, { friends, guesses, minutes }) {
    const endMs = minutes * 60_000;
    const log = establish(world, "log", { witnesses: 3, threshold: 2, mirrors: 2, epochMs: EPOCH_MS });
    const people = community(world, [log]).crowd("node", friends);
    const crawler = new Crawler(world, log);
    // Long enough that none is found by chance among random bytes.
    const label = (i: number): string => `somebody-${i}@example.org`;
    const guessed = new Set(Array.from({ length: guesses }, (_, i) => label(2 * i)));
    for (const [i, person] of people.entries()) {
      const next = (i + 1) % people.length;
      world.at(1_000 * (i + 1), () => person.claims(label(i)));
      world.at(3 * EPOCH_MS + 5_000 * i, () => [person.adds(label(next)), people[next]?.adds(label(i))]);
      world.every(
        () => world.stream.between(20_000, 60_000),
        endMs,
        () => people[next] && person.says(people[next]),
      );
    }
    world.at(endMs - EPOCH_MS, () => guessed.forEach((each) => crawler.guess(each)));
    declareCrawl(world, {
      haul: () => crawler.haul(),
      guessed,
      found: () => crawler.found,
      stretchings: () => crawler.stretchings,
    });
    world.healAt(endMs, 240_000);
  },
});
