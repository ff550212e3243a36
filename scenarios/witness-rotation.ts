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
  rotate,
  type Scenario,
  scenario,
  type Term,
  Usurper,
  witnessHonesty,
} from "../sim/index.ts";

const WEEK_MINUTES = 7 * 24 * 60;
/** After a year, a lookup follows the rotations first. */
const LOOKUP_MS = 60_000;

/**
 * Witnesses hand over to others, one or all of them at a time, several times in a year. Somebody who was away for all
 * of it comes back with the first set in their anchor, is led through every rotation, and finds and is found.
 * A hand-over that the old witnesses did not sign leads nobody anywhere.
 */
export const witnessRotation: Scenario = scenario({
  name: "witness-rotation",
  summary: "witnesses are replaced again and again; a node that was off for a year follows from its old anchor",
  parameters: { weeks: 52, rotations: 4, friends: 4, weekMinutes: WEEK_MINUTES },
  // Peers that keep each other company all year are more work than the year is worth.
  scaled: { weeks: 26, weekMinutes: 5 },
  oracles: [
    headAgreement,
    witnessHonesty,
    lookupLiveness(LOOKUP_MS),
    noFalseTrust,
    ownerAlarm,
    delivery,
    attribution,
    liveness,
  ],
  sabotages: ["rotations-unsigned", "rotations-not-shown"],
  play(world, { friends, rotations, weekMinutes, weeks }) {
    const epochMs = weekMinutes * 60_000;
    const dayMs = epochMs / 7;
    const endMs = weeks * epochMs;
    // Once a week, what people on a faster network do every minute.
    const settings = {
      headAgeMsMax: 2.5 * epochMs,
      headGossipMs: epochMs,
      askRetryMs: 30_000,
      retransmitMaxMs: dayMs / 2,
      handshakeLifeMs: Math.max(dayMs / 2, 120_000),
    };
    const plan = { witnesses: 3, threshold: 2, mirrors: 1, epochMs, spares: 3, settings };
    const log = establish(world, "log", plan);
    const town = community(world, [log], { ...settings, oneTimePrekeys: 2 });
    const people = town.crowd("node", friends);
    const sleeper = town.person("sleeper");
    for (const [i, person] of [...people, sleeper].entries()) {
      world.at(60_000 * (i + 1), () => person.claims(person.name));
    }
    for (const [i, person] of people.entries()) {
      const next = people[(i + 1) % people.length] ?? person;
      world.at(3 * epochMs + 60_000 * i, () => [person.adds(next.name), next.adds(person.name)]);
      world.every(
        () => world.stream.between(epochMs, 2 * epochMs),
        endMs,
        () => (world.kernel.elapsed > 4 * epochMs ? person.says(next) : undefined),
      );
    }
    // The sleeper saw its label registered, and nothing since.
    world.at(2 * epochMs + dayMs, () => sleeper.crash());

    const usurper = new Usurper(world, log);
    let term: Term = { sequence: 0, witnesses: log.witnesses.slice(0, plan.witnesses) };
    const seats = (from: number) =>
      Array.from({ length: plan.witnesses }, (_, i) => log.witnesses[(from + i) % log.witnesses.length]).flatMap(
        (witness) => witness ?? [],
      );
    for (let i = 1, first = 0; i <= rotations; i++) {
      // One seat changes, or all of them.
      first += world.stream.pick([1, plan.witnesses]);
      const to = seats(first);
      const epoch = Math.floor((weeks * i) / (rotations + 1));
      world.at(epoch * epochMs - 2 * dayMs, () => {
        usurper.claim(term, epoch + 2);
        term = rotate(world, log, term, to, epoch + 3);
      });
    }
    const [friend] = people;
    const returnsMs = endMs - epochMs;
    world.at(returnsMs, () => sleeper.restart());
    world.at(returnsMs + dayMs, () => {
      friend?.adds("sleeper");
      if (friend !== undefined) sleeper.adds(friend.name);
    });
    for (let day = 2; day < 7; day++) {
      world.at(returnsMs + day * dayMs, () => friend && [friend.says(sleeper), sleeper.says(friend)]);
    }
    world.healAt(endMs, 600_000);
  },
});
