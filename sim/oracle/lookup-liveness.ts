import type { Oracle } from "./judge.ts";

/** Lookups of one person follow one another at this pace, in milliseconds: few are allowed at once. */
const PACE_MS = 500;

/**
 * Whoever follows a directory finds whoever is in it: at once while it is served by anybody, and, once the world has
 * healed, everybody finds everybody.
 */
export function lookupLiveness(boundMs: number): Oracle {
  return {
    name: "lookup-liveness",
    demand: "a lookup of a registered label succeeds within the scenario's bound; after the faults end, of every one",
    watch(world, judge) {
      const registered = new Set<string>();
      const waiting = new Map<string, { readonly label: string; readonly atMs: number }>();
      return {
        event(party, event) {
          if (event.kind === "label.registered" && world.isHonest(party)) registered.add(event.label);
          if (event.kind !== "label.found") return;
          const asked = waiting.get(`${party.name} ${event.token}`);
          waiting.delete(`${party.name} ${event.token}`);
          if (asked === undefined) return;
          const tookMs = world.kernel.elapsed - asked.atMs;
          judge.check(tookMs <= boundMs, () => `${party.name} looked ${asked.label} up for ${tookMs} ms`);
        },
        asked(person, label, token) {
          if (!registered.has(label) || !world.isHonest(person)) return;
          waiting.set(`${person.name} ${token}`, { label, atMs: world.kernel.elapsed });
        },
        healed() {
          for (const person of world.people) {
            if (Object.keys(person.machine.engine.inspect().logs).length === 0) continue;
            for (const [i, label] of [...registered].entries()) {
              world.kernel.after(i * PACE_MS, () => person.looksUp(label));
            }
          }
        },
        ended() {
          judge.check(registered.size > 0, () => "there was nothing to look up");
          for (const [who, { atMs, label }] of waiting) {
            judge.check(false, () => `${who.split(" ")[0] ?? ""} did not find ${label}, asked at ${atMs} ms`);
          }
        },
      };
    },
  };
}
