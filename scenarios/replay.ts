import { attribution, delivery, liveness, Recorder, recovery, type Scenario, scenario } from "../sim/index.ts";

/** Everything that was ever on the wire comes again, at random moments and all at once, before and after restarts. */
export const replay: Scenario = scenario({
  name: "replay",
  summary: "an adversary re-injects recorded envelopes at random moments, across restarts",
  parameters: { minutes: 20, replaysPerMinute: 30 },
  oracles: [delivery, attribution, liveness, recovery],
  sabotages: ["replay-memory-off"],
  play(world, { minutes, replaysPerMinute }) {
    const recorder = new Recorder(world);
    const endMs = minutes * 60_000;
    const [alice, carol] = [world.person("alice"), world.person("carol")];
    // Without one-time prekeys every handshake with bob uses the last resort, which could be used again.
    const bob = world.person("bob", { oneTimePrekeys: 0 });
    for (const friend of [alice, carol]) {
      friend.meets(bob);
      world.every(
        () => world.stream.between(2_000, 40_000),
        endMs,
        () => (world.stream.chance(0.6) ? friend.says(bob, 100) : bob.says(friend, 100)),
      );
    }
    world.every(60_000 / replaysPerMinute, endMs, () => recorder.replayOne());
    world.every(endMs / 5, endMs, () => {
      bob.crash();
      world.kernel.after(3_000, () => {
        bob.restart();
        recorder.replayAll();
      });
    });
    world.healAt(endMs, 180_000);
  },
});
