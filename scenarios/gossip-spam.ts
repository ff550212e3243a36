import {
  attribution,
  community,
  declareSpam,
  delivery,
  establish,
  gossipReach,
  graylisting,
  headAgreement,
  liveness,
  type Scenario,
  scenario,
} from "../sim/index.ts";

const EPOCH_MS = 30_000;

/**
 * Peers abuse gossip at everybody, each in its own way: messages offered that never come, everything asked for again and
 * again, noise, messages and frames that are too long, frames that nobody can read, grafts that come too early, and old
 * gossip over and over. Everybody stops listening to each of them soon, and goes on hearing of every head.
 */
export const gossipSpam: Scenario = scenario({
  name: "gossip-spam",
  summary: "peers abuse gossip in every way; all stop listening to them, and heads still spread in time",
  parameters: { people: 6, minutes: 5, spammers: 8, perSecondMax: 100 },
  oracles: [graylisting(30_000), gossipReach(10_000), headAgreement, delivery, attribution, liveness],
  sabotages: ["misconduct-forgiven", "promises-unheeded"],
  stack: "libp2p",
  play(world, { minutes, people: count, perSecondMax, spammers }) {
    const { overlay } = world.network;
    const { stream } = world;
    const endMs = minutes * 60_000;
    const log = establish(world, "log", { witnesses: 2, threshold: 1, mirrors: 1, epochMs: EPOCH_MS });
    const people = community(world, [log]).crowd("node", count);
    for (const [i, person] of people.entries()) {
      const next = people[(i + 1) % people.length] ?? person;
      person.meets(next);
      world.every(
        () => stream.between(5_000, 30_000),
        endMs,
        () => person.says(next, stream.between(16, 2_000)),
      );
    }
    world.at(stream.between(60_000, 90_000), () => {
      const spam = overlay.attack("gossip-spammer", "spammer", {
        victims: world.parties.map(({ name }) => name),
        identities: spammers,
        // From hardly more than anybody may, to as much as they can.
        perSecond: stream.between(Math.min(12, perSecondMax), perSecondMax),
      });
      declareSpam(world, { name: "spammer", counts: spam.counts });
      world.at(endMs, () => spam.stop());
    });
    world.healAt(endMs, 90_000);
  },
});
