import { attribution, delivery, liveness, type Scenario, scenario } from "../sim/index.ts";

/** Two halves cannot reach each other for longer than a session's bounds allow; people go on writing. */
export const partitionHeal: Scenario = scenario({
  name: "partition-heal",
  summary: "halves of the network lose each other, one way or both, for longer than sessions last",
  parameters: { partitionMinutes: 90 },
  oracles: [delivery, attribution, liveness],
  sabotages: ["retransmission-off", "sessions-never-replaced"],
  play(world, { partitionMinutes }) {
    const left = world.crowd("left", 2);
    const right = world.crowd("right", 2);
    const people = [...left, ...right];
    for (const [i, person] of people.entries()) {
      for (const other of people.slice(i + 1)) person.meets(other);
    }
    const beginsMs = 5 * 60_000;
    const endMs = beginsMs + partitionMinutes * 60_000;
    const names = (group: typeof left): string[] => group.map(({ name }) => name);
    const oneWay = world.stream.chance(0.3);
    world.at(beginsMs, () => world.network.partition("partition", names(left), names(right), oneWay));
    world.every(
      () => world.stream.between(2_000, 30_000),
      endMs,
      () => {
        const from = world.stream.pick(people);
        from.says(world.stream.pick(people.filter((other) => other !== from)), 80);
      },
    );
    world.healAt(endMs, 400_000);
  },
});
