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
  timeliness,
} from "../sim/index.ts";

const EPOCH_MS = 30_000;
/** Peers that may share an address without being held to be one. */
const INCONSPICUOUS = 3;

/**
 * Hundreds of peers that nobody knows come at once, to one person most of all, take every place that they can get, leave
 * and come again. Those who know each other talk on, also a friend who was away and finds the victim besieged.
 */
export const sybilFlood: Scenario = scenario({
  name: "sybil-flood",
  summary:
    "waves of hundreds of fresh identities take all that is free; who knew each other still talks, hears and finds",
  parameters: { minutes: 3, friends: 5, identities: 200, places: 0, perSecond: 20 },
  oracles: [
    timeliness(20_000),
    gossipReach(20_000),
    recordFinding(10_000),
    company({ meshMin: 1, tableMin: 3, connectedMax: 256, strangersMax: 192, meshMax: 12 }),
    delivery,
    attribution,
    liveness,
  ],
  sabotages: ["strangers-fill-all"],
  stack: "libp2p",
  play(world, { friends, identities, minutes, perSecond, places }) {
    const { stream } = world;
    const endMs = minutes * 60_000;
    const log = establish(world, "log", { witnesses: 3, threshold: 2, mirrors: 1, epochMs: EPOCH_MS });
    const people = community(world, [log], { oneTimePrekeys: 32 }).crowd("friend", friends);
    const [victim, traveller, ...others] = people;
    if (victim === undefined || traveller === undefined) return;
    for (const [i, person] of people.entries()) for (const other of people.slice(i + 1)) person.meets(other);
    const beginMs = stream.between(30_000, 40_000);
    // So few addresses that each is crowded, or so many that none is; of a few providers.
    const few = stream.chance(0.5) ? stream.between(8, 16) : Math.ceil(identities / INCONSPICUOUS);
    const networks = stream.between(1, 3);
    world.at(beginMs, () => {
      const attacker = world.network.overlay.attack("sybil", "sybil", {
        victims: [victim.name, ...log.mirrors.map(({ name }) => name), "anchor0", ...others.map(({ name }) => name)],
        identities,
        perSecond,
        places: places || few,
        networks,
      });
      world.at(endMs - 1, () => {
        attacker.stop();
        for (const [what, count] of Object.entries(attacker.counts)) world.counts.set(`attacker's ${what}`, count);
      });
    });
    const record = draft(world, stream.pick(others));
    world.at(beginMs + 30_000, () => record.publish());
    world.every(15_000, endMs, () => {
      if (world.kernel.elapsed > beginMs + 45_000)
        for (const reader of [victim, ...others]) seek(world, reader, record);
    });
    // Away when the second wave comes, and back when all places are taken.
    const awayMs = beginMs + stream.between(40_000, 50_000);
    world.at(awayMs, () => traveller.crash());
    world.at(awayMs + stream.between(25_000, 35_000), () => traveller.restart());
    world.every(
      () => stream.between(2_000, 8_000),
      endMs,
      () => {
        // The traveller speaks first: nobody is looking for it.
        traveller.says(victim);
        const friend = stream.pick(others);
        if (stream.chance(0.5)) victim.says(friend);
        else friend.says(victim);
      },
    );
    world.healAt(endMs, 60_000);
  },
});
