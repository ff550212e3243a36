import {
  attribution,
  declareTheft,
  delivery,
  liveness,
  type Scenario,
  scenario,
  secrecy,
  Thief,
} from "../sim/index.ts";

/** A thief who recorded every byte copies a device's disk, unnoticed; both ends talk on. */
export const stolenDevice: Scenario = scenario({
  name: "stolen-device",
  summary: "a copied disk reads neither what was long before nor, after a round trip, what comes later",
  parameters: { minutes: 12, beforeSeconds: 75, healingSeconds: 45 },
  oracles: [delivery, attribution, liveness, secrecy],
  sabotages: ["log-never-rewritten", "ratchet-without-diffie-hellman"],
  play(world, { beforeSeconds, healingSeconds, minutes }) {
    const endMs = minutes * 60_000;
    const [alice, bob] = [world.person("alice"), world.person("bob")];
    const thief = new Thief(world);
    alice.meets(bob);
    let turn = false;
    world.every(
      () => world.stream.between(3_000, 9_000),
      endMs,
      () => {
        turn = !turn;
        if (turn) alice.says(bob, 100);
        else bob.says(alice, 100);
      },
    );
    const atMs = world.stream.between(endMs / 3, endMs / 2);
    world.at(atMs, () => thief.steal(bob));
    declareTheft(world, {
      atMs,
      beforeMs: beforeSeconds * 1_000,
      afterMs: healingSeconds * 1_000,
      read: () => thief.read(),
      victims: new Set(["alice", "bob"]),
    });
    world.healAt(endMs, 120_000);
  },
});
