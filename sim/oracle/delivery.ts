import type { Oracle } from "./judge.ts";

/** Every message that a node made durable is read exactly once, unaltered, by the one it was for. */
export const delivery: Oracle = {
  name: "delivery",
  demand: "every queued message is read exactly once, unaltered",
  watch(world, judge) {
    const readings = new Map<string, number>();
    return {
      read({ digest, id, reader }) {
        const said = world.ledger.find(id);
        // What nobody said is for the attribution oracle.
        if (said === undefined || said.to !== reader) return;
        const times = (readings.get(id) ?? 0) + 1;
        readings.set(id, times);
        judge.check(times === 1, () => `${reader} read a message of ${said.from} ${times} times`);
        judge.check(digest === said.digest, () => `${reader} read an altered message of ${said.from}`);
      },
      ended() {
        const honest = new Set(world.people.map((person) => person.name));
        for (const said of world.ledger.said) {
          if (!said.queued || said.undelivered || !honest.has(said.from) || !honest.has(said.to)) continue;
          const late = () => `a message of ${said.from} to ${said.to}, said at ${said.atMs} ms, was lost`;
          judge.check(readings.has(said.id), late);
        }
      },
    };
  },
};
