import type { Oracle } from "./judge.ts";

const SAMPLE_MS = 1_000;

/** What a relay lets others have of it, at most. */
export interface RelayLimits {
  readonly reservations: number;
  readonly reservationsAtOnePlace: number;
  readonly circuitsFromOne: number;
  readonly circuitsToOne: number;
}

/** Honest relays stay within their limits. */
export function relayLimits(limits: RelayLimits): Oracle {
  return {
    name: "relay-limits",
    demand: "no honest relay has more reservations or circuits than it may, of all, of one place, from or to one peer",
    watch(world, judge) {
      const highs = { reservations: 0, reservationsAtOnePlace: 0, circuitsFromOne: 0, circuitsToOne: 0 };

      world.every(SAMPLE_MS, Number.POSITIVE_INFINITY, () => {
        const { overlay } = world.network;
        for (const anchor of overlay.anchors) {
          const serves = overlay.view(anchor)?.serves;
          if (serves === undefined) continue;
          const found = { ...serves, reservations: serves.reservations.length };
          for (const what of Object.keys(highs) as (keyof RelayLimits)[]) {
            highs[what] = Math.max(highs[what], found[what]);
            judge.check(found[what] <= limits[what], () => `${anchor} has ${found[what]} ${what}`);
          }
        }
      });
      return {
        ended() {
          for (const [what, high] of Object.entries(highs)) world.counts.set(`relay: ${what}, at most`, high);
        },
      };
    },
  };
}
