import { attribution, delivery, liveness, recovery, type Scenario, scenario } from "../sim/index.ts";

/** Power fails between any two effects, in the middle of writes, again and again; clocks are wrong. */
export const crashRestart: Scenario = scenario({
  name: "crash-restart",
  summary: "nodes are killed between any two effects, with torn writes, and come back from their logs",
  parameters: { minutes: 20, crashesPerMinute: 4, skewMsMax: 60_000 },
  oracles: [delivery, attribution, liveness, recovery],
  sabotages: ["persist-after-send", "unfinished-write-is-damage"],
  play(world, { crashesPerMinute, minutes, skewMsMax }) {
    const endMs = minutes * 60_000;
    const people = world.crowd("node", 4);
    for (const [i, person] of people.entries()) {
      person.machine.skewMs = world.stream.between(-skewMsMax, skewMsMax);
      for (const other of people.slice(i + 1)) person.meets(other);
    }
    world.every(
      () => world.stream.between(200, 3_000),
      endMs,
      () => {
        const from = world.stream.pick(people);
        from.says(world.stream.pick(people.filter((other) => other !== from)), 120);
      },
    );
    world.every(60_000 / crashesPerMinute, endMs, () => {
      const victim = world.stream.pick(people);
      if (world.stream.chance(0.5)) victim.machine.crashAfterEffects(world.stream.between(0, 12));
      else {
        // Speaking begins a write, and power fails while it is under way.
        victim.says(world.stream.pick(people.filter((other) => other !== victim)));
        world.kernel.after(world.stream.between(0, 2), () => victim.crash());
      }
      world.kernel.after(world.stream.between(2_000, 10_000), () => victim.restart());
    });
    world.healAt(endMs, 240_000);
  },
});
