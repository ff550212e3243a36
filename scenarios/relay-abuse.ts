import {
  attribution,
  delivery,
  liveness,
  reachability,
  relayLimits,
  type Scenario,
  scenario,
  timeliness,
} from "../sim/index.ts";

/**
 * Somebody takes all that relays have to give: the reservations, the circuits to people behind NATs, for floods or just
 * to have them; and sets up relays that put nobody through. In the middle of it a relay crashes, so that everybody is
 * after its reservations at once, and somebody comes home who has none. They stay reachable, and honest relays keep to
 * their limits.
 */
export const relayAbuse: Scenario = scenario({
  name: "relay-abuse",
  summary:
    "a crowd takes the reservations and circuits of all relays, false relays grant and cut; people stay reachable",
  parameters: { minutes: 4.5, hidden: 4, identities: 150, places: 17, perSecond: 5, traps: 3 },
  oracles: [
    reachability(30_000),
    relayLimits({ reservations: 128, reservationsAtOnePlace: 8, circuitsFromOne: 16, circuitsToOne: 64 }),
    timeliness(150_000),
    delivery,
    attribution,
    liveness,
  ],
  sabotages: ["crowds-served-first", "places-unlimited"],
  stack: "libp2p",
  play(world, { hidden: count, identities, minutes, perSecond, places, traps }) {
    const { network, stream } = world;
    const { overlay } = network;
    const endMs = minutes * 60_000;
    const hidden = Array.from({ length: count }, (_, i) => `hidden${i}`);
    for (const name of hidden) overlay.behindNat(name, stream.chance(0.5) ? "symmetric" : "cone");
    const homes = hidden.map((name) => world.person(name));
    const people = [...homes, world.person("open")];
    for (const [i, person] of people.entries()) for (const other of people.slice(i + 1)) person.meets(other);
    world.every(
      () => stream.between(1_000, 5_000),
      endMs,
      () => {
        const from = stream.pick(people);
        from.says(stream.pick(people.filter((other) => other !== from)), stream.between(16, 900));
      },
    );
    const [late] = homes;
    world.at(10_000, () => late?.crash());
    const beginMs = stream.between(20_000, 30_000);
    world.at(beginMs, () => {
      const attacker = overlay.attack("relay-abuser", "abuser", {
        victims: hidden.slice(-2),
        relays: overlay.anchors,
        identities,
        places,
        perSecond,
        traps,
        networks: stream.between(2, 6),
      });
      world.at(endMs, () => {
        for (const [what, times] of Object.entries(attacker.counts)) world.counts.set(`abuser: ${what}`, times);
        attacker.stop();
      });
    });
    const fullMs = beginMs + 20_000;
    world.at(fullMs + stream.between(10_000, 30_000), () => late?.restart());
    // Two relays crash, then for a moment the third: whoever is behind a NAT looks for others, and finds the false ones.
    const crashMs = fullMs + stream.between(60_000, 90_000);
    const lastDown = stream.pick(overlay.anchors);
    for (const anchor of overlay.anchors) {
      const isLast = anchor === lastDown;
      const downMs = crashMs + (isLast ? 35_000 : 0);
      world.at(downMs, () => overlay.crash(anchor));
      world.at(downMs + (isLast ? 5_000 : stream.between(45_000, 60_000)), () => overlay.restart(anchor));
    }
    world.healAt(endMs, 120_000);
  },
});
