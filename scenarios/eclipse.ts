import {
  attribution,
  community,
  company,
  delivery,
  draft,
  establish,
  gossipReach,
  liveness,
  recordFinding,
  type Scenario,
  scenario,
  seek,
} from "../sim/index.ts";

const EPOCH_MS = 30_000;

/**
 * One attacker surrounds one person with peers of its own, in the DHT and on the gossip mesh, and tells it nothing. In
 * the middle of it the victim is switched off and has to find its friends again with the attacker at the door.
 */
export const eclipse: Scenario = scenario({
  name: "eclipse",
  summary: "one attacker fills a victim's DHT table and gossip mesh; it hears, finds and is heard all the same",
  parameters: { minutes: 5, friends: 5, identities: 48, places: 0, records: 1 },
  oracles: [
    gossipReach(15_000),
    recordFinding(10_000),
    company({ meshMin: 2, tableMin: 4, connectedMax: 256, strangersMax: 192, meshMax: 12 }),
    delivery,
    attribution,
    liveness,
  ],
  sabotages: ["lookups-crowded", "lures-trusted"],
  stack: "libp2p",
  play(world, { friends, identities, minutes, places, records: recordCount }) {
    const { stream } = world;
    const endMs = minutes * 60_000;
    const log = establish(world, "log", { witnesses: 3, threshold: 2, mirrors: 1, epochMs: EPOCH_MS });
    const people = community(world, [log], { oneTimePrekeys: 32 }).crowd("friend", friends);
    const [victim, ...others] = people;
    if (victim === undefined) return;
    for (const [i, person] of people.entries()) for (const other of people.slice(i + 1)) person.meets(other);
    const beginMs = stream.between(40_000, 60_000);
    const records = Array.from({ length: recordCount }, () => draft(world, stream.pick(others)));
    // A few addresses, or as many as there are identities, of a few providers.
    const few = stream.chance(0.5) ? stream.between(2, 4) : identities;
    const networks = stream.between(1, 2);
    world.at(beginMs, () => {
      const attacker = world.network.overlay.attack("eclipser", "eclipser", {
        victims: [victim.name],
        identities,
        places: places || few,
        networks,
        addresses: records.map(({ address }) => address),
      });
      world.at(endMs - 1, () => {
        attacker.stop();
        for (const [what, count] of Object.entries(attacker.counts)) world.counts.set(`attacker's ${what}`, count);
      });
    });
    for (const [i, record] of records.entries()) world.at(beginMs + 20_000 * (i + 1), () => record.publish());
    const publishedMs = beginMs + 20_000 * (records.length + 1);
    const powerMs = stream.between(publishedMs, endMs - 120_000);
    world.at(powerMs, () => victim.crash());
    world.at(powerMs + stream.between(5_000, 30_000), () => victim.restart());
    world.every(15_000, endMs, () => {
      const { elapsed } = world.kernel;
      const settling = elapsed > powerMs && elapsed < powerMs + 60_000;
      if (elapsed > publishedMs && !settling) for (const record of records) seek(world, victim, record);
    });
    world.every(
      () => stream.between(2_000, 8_000),
      endMs,
      () => {
        const friend = stream.pick(others);
        if (stream.chance(0.5)) victim.says(friend);
        else friend.says(victim);
      },
    );
    world.healAt(endMs, 60_000);
  },
});
