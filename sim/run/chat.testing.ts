import { attribution, delivery, liveness } from "../oracle/index.ts";
import { type Scenario, scenario } from "./index.ts";

/** Two people talk for a minute. */
export const chat: Scenario = scenario({
  name: "chat",
  summary: "two people",
  parameters: { messages: 6 },
  oracles: [delivery, attribution, liveness],
  sabotages: [],
  play(world, { messages }) {
    const [alice, bob] = [world.person("alice"), world.person("bob")];
    alice.meets(bob);
    for (let i = 0; i < messages; i++) world.at(world.stream.between(0, 60_000), () => alice.says(bob));
    world.healAt(60_000, 30_000);
  },
});
