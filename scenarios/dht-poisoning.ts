import { stretchLabel } from "../core/vkd/index.ts";
import {
  attribution,
  bundleOf,
  community,
  delivery,
  establish,
  liveness,
  lookupLiveness,
  newestRecord,
  noFalseTrust,
  type Scenario,
  scenario,
  seekNewest,
} from "../sim/index.ts";

const EPOCH_MS = 60_000;
const MOVE_MS = 100_000;

/**
 * Servers of the DHT put themselves near the keys of people's records and of capsules. They hand out old ones, forged ones
 * and expired ones, and put them over newer ones; they keep records back, answer nothing or noise, and name peers that there
 * are not. Meanwhile people move, and are looked for by friends whose cards do not say where they are.
 */
export const dhtPoisoning: Scenario = scenario({
  name: "dht-poisoning",
  summary: "servers near the keys replay, forge, withhold and misdirect; people who moved are found all the same",
  parameters: { people: 6, minutes: 5, poisoners: 12, seekMs: 4_000 },
  oracles: [newestRecord(20_000), lookupLiveness(60_000), noFalseTrust, delivery, attribution, liveness],
  sabotages: ["phantoms-followed"],
  stack: "libp2p",
  play(world, { minutes, people: count, poisoners, seekMs }) {
    const { stream } = world;
    const endMs = minutes * 60_000;
    const log = establish(world, "log", { witnesses: 1, threshold: 1, mirrors: 1, epochMs: EPOCH_MS });
    const people = community(world, [log]).crowd("node", count);
    const movers = people.filter((_, i) => i % 2 === 1);
    for (const [i, person] of people.entries()) {
      for (const other of people.slice(i + 1)) person.meets(other, "without addresses");
      world.at(5_000 + 1_000 * i, () => person.claims(person.name));
    }
    const records = [
      ...people.map((person) => bundleOf(world, person)),
      ...people.slice(0, 2).map(({ name }) => stretchLabel(world.suite, log.anchor, name).record.address),
    ];
    const beginMs = 1.5 * EPOCH_MS + stream.between(0, 30_000);
    world.at(beginMs, () => {
      const attacker = world.network.overlay.attack("record-poisoner", "poisoner", {
        victims: world.parties.map(({ name }) => name),
        identities: poisoners,
        addresses: records,
        perSecond: stream.between(1, 4) / 4,
      });
      world.at(endMs, () => {
        attacker.stop();
        for (const [what, times] of Object.entries(attacker.counts)) world.counts.set(`poison ${what}`, times);
      });
    });
    for (const [i, mover] of movers.entries()) {
      world.at(beginMs + 20_000 * (i + 1), () => {
        mover.moves();
        world.every(MOVE_MS, endMs - MOVE_MS / 2, () => mover.moves());
      });
    }
    world.every(seekMs, endMs, () => {
      if (world.kernel.elapsed > beginMs + 10_000) seekNewest(world, stream.pick(people), stream.pick(records));
    });
    world.every(
      () => stream.between(2_000, 8_000),
      endMs,
      () => {
        const from = stream.pick(people);
        from.says(stream.pick(people.filter((person) => person !== from)), stream.between(16, 900));
      },
    );
    world.every(EPOCH_MS / 2, endMs, () => {
      if (world.kernel.elapsed > beginMs) stream.pick(people).looksUp(stream.pick(people).name);
    });
    world.healAt(endMs, 60_000);
  },
});
