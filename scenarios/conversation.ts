import { attribution, delivery, liveness, type Scenario, scenario } from "../sim/index.ts";

/** Many pairs talk for long, in both directions at once, with messages of every size. */
export const conversation: Scenario = scenario({
  name: "conversation",
  summary: "many pairs talk for long, both ways at once, messages of any size",
  parameters: { nodes: 8, messages: 400, minutes: 20, messageBytesMax: 6_000 },
  oracles: [delivery, attribution, liveness],
  sabotages: ["message-keys-repeat"],
  play(world, { messageBytesMax, messages, minutes, nodes }) {
    const people = world.crowd("node", Math.max(2, nodes - (nodes % 2)));
    const endMs = minutes * 60_000;
    const pairs = people.flatMap((left, i) => {
      const right = people[i + 1];
      return i % 2 === 0 && right !== undefined ? [[left, right] as const] : [];
    });
    for (const [left, right] of pairs) left.meets(right);
    for (let i = 0; i < messages; i++) {
      const [left, right] = pairs[i % pairs.length] ?? world.stream.pick(pairs);
      const [from, to] = world.stream.chance(0.5) ? [left, right] : [right, left];
      // Mostly short words, sometimes a long letter.
      const length = Math.ceil(messageBytesMax * world.stream.unit() ** 4);
      world.at(world.stream.between(0, endMs), () => from.says(to, length));
    }
    world.healAt(endMs, 120_000);
  },
});
