import type { Oracle } from "./judge.ts";

/** Once the world has healed, what is said is read in time. */
export const liveness: Oracle = {
  name: "liveness",
  demand: "after the faults end, everybody who talked can talk again within the scenario's bound",
  watch(world, judge) {
    const pairs = new Set<string>();
    const waiting = new Map<string, string>();
    return {
      said({ from, to }) {
        if (!world.isHealed) pairs.add(`${from} ${to}`);
      },
      read({ id }) {
        waiting.delete(id);
      },
      healed() {
        const people = new Map(world.people.map((person) => [person.name, person]));
        for (const pair of pairs) {
          const [from, to] = pair.split(" ").map((name) => people.get(name));
          if (from === undefined || to === undefined) continue;
          const said = from.says(to);
          judge.check(said !== undefined, () => `${from.name} could not speak after the faults had ended`);
          if (said !== undefined) waiting.set(said.id, pair);
        }
      },
      ended() {
        const stuck = [...waiting.values()];
        judge.check(stuck.length === 0, () => `not heard ${world.livenessMs} ms after healing: ${stuck[0] ?? ""}`);
      },
    };
  },
};
