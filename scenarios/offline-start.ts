import { attribution, delivery, liveness, type Scenario, scenario } from "../sim/index.ts";

/** Conversations begin while the other end is switched off; the first message waits with the handshake. */
export const offlineStart: Scenario = scenario({
  name: "offline-start",
  summary: "people write to somebody who is offline, for hours, and are read when they return",
  parameters: { friends: 4, offlineMinutes: 180 },
  oracles: [delivery, attribution, liveness],
  sabotages: ["early-messages-swallowed"],
  play(world, { friends, offlineMinutes }) {
    const absent = world.person("absent");
    const offlineMs = offlineMinutes * 60_000;
    for (const friend of world.crowd("friend", friends)) {
      friend.meets(absent);
      const begins = world.stream.between(60_000, offlineMs);
      for (let i = 0; i < 6; i++) world.at(begins + i * 1_000, () => friend.says(absent, 200));
    }
    // Prekeys are published before the device goes away.
    world.at(30_000, () => absent.crash());
    world.at(offlineMs, () => absent.restart());
    world.healAt(offlineMs + 60_000, 180_000);
  },
});
