import type { World } from "../world/index.ts";
import type { Oracle } from "./judge.ts";

const SAMPLE_MS = 1_000;

/** The honest relays that would put calls through to a node: it counts on them, and they on it. */
function relaysOf({ network: { overlay } }: World, name: string): readonly string[] {
  const relays = overlay.view(name)?.relays ?? [];
  return overlay.anchors.filter(
    (anchor) => relays.includes(anchor) && overlay.view(anchor)?.serves?.reservations.includes(name) === true,
  );
}

/** Whoever stands behind a NAT is reached through honest relays; who loses the last of them has another within the bound. */
export function reachability(boundMs: number): Oracle {
  return {
    name: "reachability",
    demand: "who stands behind a NAT is never without an honest relay for longer than the scenario's bound",
    watch(world, judge) {
      /** When somebody last had one, or came. */
      const reachedMs = new Map<string, number>();
      let longestMs = 0;

      const look = (name: string): void => {
        const now = world.kernel.elapsed;
        if (relaysOf(world, name).length > 0) reachedMs.set(name, now);
        const since = reachedMs.get(name) ?? now;
        reachedMs.set(name, since);
        longestMs = Math.max(longestMs, now - since);
        judge.check(now - since <= boundMs, () => `${name} has been without an honest relay for ${now - since} ms`);
      };

      world.every(SAMPLE_MS, Number.POSITIVE_INFINITY, () => {
        for (const { machine, name } of world.people) {
          const view = world.network.overlay.view(name);
          if (!machine.up) reachedMs.delete(name);
          else if (view === undefined || view.nat !== "none") look(name);
        }
      });
      return {
        ended: () => void world.counts.set("longest without an honest relay, ms", longestMs),
      };
    },
  };
}
