import {
  attribution,
  CALM,
  delivery,
  liveness,
  reachability,
  type Scenario,
  scenario,
  timeliness,
} from "../sim/index.ts";

/**
 * Nearly everybody is behind a NAT, some behind ones that map each conversation anew, so that only relays bring them
 * together. The NATs forget, the relays crash, people carry their devices to other networks: connections die, and
 * nobody is told. All write to all, and are read in time.
 */
export const natChurn: Scenario = scenario({
  name: "nat-churn",
  summary: "NATs forget, relays crash, people change networks: connections die silently, and messages get through",
  parameters: { minutes: 8, hidden: 4, rebindsPerMinute: 2, crashesPerMinute: 0.7, movesPerMinute: 0.5 },
  oracles: [reachability(75_000), timeliness(150_000), delivery, attribution, liveness],
  sabotages: ["silence-endured", "lost-relays-unreplaced"],
  stack: "libp2p",
  play(world, { crashesPerMinute, hidden: count, minutes, movesPerMinute, rebindsPerMinute }) {
    const { network, stream } = world;
    const { overlay } = network;
    const endMs = minutes * 60_000;
    const hidden = Array.from({ length: count }, (_, i) => `hidden${i}`);
    // The first two are never reached but through relays, whatever is tried.
    for (const [i, name] of hidden.entries())
      overlay.behindNat(name, i < 2 || stream.chance(0.5) ? "symmetric" : "cone");
    const homes = hidden.map((name) => world.person(name));
    const people = [...homes, world.person("open")];
    for (const [i, person] of people.entries()) for (const other of people.slice(i + 1)) person.meets(other);
    network.conditions = { ...CALM, lossRate: 0.03 * stream.unit() };
    world.every(
      () => stream.between(500, 5_000),
      endMs,
      () => {
        const from = stream.pick(people);
        from.says(stream.pick(people.filter((other) => other !== from)), stream.between(16, 900));
      },
    );
    const pause = (perMinute: number) => () => stream.between(0, 120_000 / perMinute);
    world.every(pause(rebindsPerMinute), endMs, () => overlay.rebind(stream.pick(homes).name));
    world.every(pause(movesPerMinute), endMs, () => stream.pick(homes).moves());
    // One relay at a time, for one after the other: the two that are up are one each for everybody.
    let down = false;
    world.every(pause(crashesPerMinute), endMs, () => {
      if (down) return;
      const anchor = stream.pick(overlay.anchors);
      down = true;
      overlay.crash(anchor);
      world.kernel.after(stream.between(5_000, 90_000), () => {
        overlay.restart(anchor);
        down = false;
      });
    });
    world.healAt(endMs, 180_000);
  },
});
