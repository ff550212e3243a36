import { attribution, delivery, liveness, type Scenario, scenario } from "../sim/index.ts";

/** A bad network: every seed draws how bad. */
export const reorderDuplicateLoss: Scenario = scenario({
  name: "reorder-duplicate-loss",
  summary: "a network that loses, repeats, delays and reorders, as badly as the seed draws",
  parameters: { minutes: 20, lossMax: 0.4, duplicationMax: 0.4, reorderingMax: 0.4 },
  oracles: [delivery, attribution, liveness],
  sabotages: ["retransmission-off", "duplicates-accepted"],
  play(world, { duplicationMax, lossMax, minutes, reorderingMax }) {
    const endMs = minutes * 60_000;
    const draw = (max: number): number => max * (0.25 + 0.75 * world.stream.unit());
    world.network.conditions = {
      latencyMs: world.stream.between(5, 400),
      jitterMs: world.stream.between(5, 400),
      lossRate: draw(lossMax),
      duplicationRate: draw(duplicationMax),
      reorderingRate: draw(reorderingMax),
      reorderingMs: 20_000,
      bandwidth: world.stream.chance(0.5) ? 20_000 : 0,
    };
    const people = world.crowd("node", 4);
    for (const [i, person] of people.entries()) {
      for (const other of people.slice(i + 1)) person.meets(other);
    }
    world.every(
      () => world.stream.between(500, 6_000),
      endMs,
      () => {
        const from = world.stream.pick(people);
        from.says(world.stream.pick(people.filter((other) => other !== from)), world.stream.between(16, 900));
      },
    );
    world.healAt(endMs, 300_000);
  },
});
