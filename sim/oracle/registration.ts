import type { Oracle } from "./judge.ts";

/** Whoever claims a free label holds it, in every directory that it follows, within this time. */
export function registration(boundMs: number): Oracle {
  return {
    name: "registration",
    demand: "a label that somebody claims is registered, and seen in the tree, within the scenario's bound",
    watch(world, judge) {
      const seenMs = new Map<string, number>();
      return {
        event(party, event) {
          if (event.kind !== "label.registered") return;
          const key = `${party.name} ${event.label} ${event.log}`;
          seenMs.set(key, seenMs.get(key) ?? world.kernel.elapsed);
        },
        ended() {
          const people = new Map(world.people.map((person) => [person.name, person]));
          for (const label of world.titles.labels) {
            const title = world.titles.of(label);
            const machine = people.get(title?.holder ?? "")?.machine;
            if (title === undefined || machine?.up !== true) continue;
            for (const log of Object.keys(machine.engine.inspect().logs)) {
              const atMs = seenMs.get(`${title.holder} ${label} ${log}`);
              judge.check(atMs !== undefined, () => `${title.holder} could not register ${label}`);
              const late = () => `${title.holder} waited ${(atMs ?? 0) - title.sinceMs} ms for ${label}`;
              judge.check(atMs === undefined || atMs - title.sinceMs <= boundMs, late);
            }
          }
        },
      };
    },
  };
}
