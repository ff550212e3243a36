import { attribution, delivery, Impersonator, liveness, type Scenario, scenario } from "../sim/index.ts";

/** Mallory wants her words taken for Alice's, Bob's words taken for what he never meant, and Bob's place with stolen prekeys. */
export const impersonation: Scenario = scenario({
  name: "impersonation",
  summary: "forged senders, an unknown key share and stolen one-time prekeys convince nobody",
  parameters: { minutes: 10, forgeriesPerMinute: 6 },
  oracles: [delivery, attribution, liveness],
  sabotages: ["sender-unbound"],
  play(world, { forgeriesPerMinute, minutes }) {
    const endMs = minutes * 60_000;
    const [alice, bob, carol] = [world.person("alice"), world.person("bob"), world.person("carol")];
    alice.meets(bob);
    carol.meets(bob);
    const mallory = new Impersonator(world, "mallory");
    world.at(2_000, () => mallory.answerWithStolenPrekeys(bob));
    world.at(3_000, () => mallory.forge(alice, bob));
    world.at(4_000, () => mallory.share(bob, alice));
    world.every(60_000 / forgeriesPerMinute, endMs, () => mallory.forge(alice, bob));
    world.every(
      () => world.stream.between(5_000, 20_000),
      endMs,
      () => {
        const [from, to] = world.stream.pick([
          [alice, bob],
          [bob, alice],
          [carol, bob],
        ] as const);
        from.says(to, 60);
      },
    );
    world.healAt(endMs, 120_000);
  },
});
