import {
  attribution,
  delivery,
  liveness,
  type Scenario,
  scenario,
  tamperWithPackets,
  tamperWithRecords,
} from "../sim/index.ts";

/** Somebody on the path flips, cuts, extends and overwrites bytes anywhere, and storing peers alter records. */
export const tamper: Scenario = scenario({
  name: "tamper",
  summary: "bits are flipped and bytes cut anywhere on the wire and in stored records",
  parameters: { minutes: 15, packetRate: 0.2, recordRate: 0.3 },
  oracles: [delivery, attribution, liveness],
  sabotages: ["tags-unchecked"],
  play(world, { minutes, packetRate, recordRate }) {
    const endMs = minutes * 60_000;
    const people = world.crowd("node", 4);
    tamperWithPackets(world, packetRate);
    tamperWithRecords(world, recordRate);
    for (const [i, person] of people.entries()) {
      for (const other of people.slice(i + 1)) person.meets(other);
    }
    world.every(
      () => world.stream.between(500, 5_000),
      endMs,
      () => {
        const from = world.stream.pick(people);
        from.says(world.stream.pick(people.filter((other) => other !== from)), world.stream.between(16, 450));
      },
    );
    world.healAt(endMs, 240_000);
  },
});
