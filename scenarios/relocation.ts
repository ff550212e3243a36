import {
  attribution,
  CALM,
  delivery,
  handOutOldRecords,
  liveness,
  type Scenario,
  scenario,
  scribbleRecords,
} from "../sim/index.ts";

/**
 * People change their addresses while others write to them: switched off, cut off, both ends of a conversation in one
 * moment, into a place that somebody else has just left. Nobody tells anybody but through the protocol, some cards name
 * no address, storing peers now and then hand out old records, and a stranger overwrites what it finds.
 */
export const relocation: Scenario = scenario({
  name: "relocation",
  summary: "people move, alone and at once, online or not, and are found again by all who write to them",
  parameters: { people: 5, minutes: 60, movesPerHour: 30, oldRecordRate: 0.3 },
  oracles: [delivery, attribution, liveness],
  sabotages: ["bundle-addresses-ignored", "silent-peers-unsought", "records-unsigned"],
  play(world, { minutes, movesPerHour, oldRecordRate, people: count }) {
    const { stream } = world;
    const endMs = minutes * 60_000;
    const people = world.crowd("nomad", count);
    for (const [i, person] of people.entries()) {
      for (const other of people.slice(i + 1))
        person.meets(other, stream.chance(0.3) ? "without addresses" : undefined);
    }
    world.network.conditions = { ...CALM, lossRate: 0.1 * stream.unit() };
    const others = (of: (typeof people)[number]): typeof people => people.filter((person) => person !== of);
    world.every(
      () => stream.between(1_000, 20_000),
      endMs,
      () => {
        const from = stream.pick(people);
        from.says(stream.pick(others(from)), stream.between(16, 900));
      },
    );
    const moves = [
      // Alone; into a place that another leaves; at once with somebody it talks to; switched off; cut off.
      () => stream.pick(people).moves(),
      () => {
        const [from, to] = [stream.pick(people), stream.pick(people)];
        const left = world.network.addressesOf(from.name);
        from.moves();
        if (to !== from) to.movesTo(...left);
      },
      () => {
        const from = stream.pick(people);
        const to = stream.pick(others(from));
        for (const mover of [from, to]) mover.moves();
        from.says(to);
        to.says(from);
      },
      () => {
        const person = stream.pick(people);
        person.crash();
        person.moves();
        world.kernel.after(stream.between(10_000, 600_000), () => person.restart());
      },
      () => {
        const person = stream.pick(people);
        const rest = others(person).map(({ name }) => name);
        world.network.partition(person.name, [person.name], rest);
        world.kernel.after(stream.between(10_000, 300_000), () => person.moves());
        world.kernel.after(stream.between(300_000, 900_000), () => world.network.removeRule(person.name));
      },
    ];
    world.every(
      () => stream.between(0, (2 * 3_600_000) / movesPerHour),
      endMs,
      () => stream.pick(moves)(),
    );
    world.at(stream.between(0, endMs), () => handOutOldRecords(world, oldRecordRate));
    world.at(30_000, () => scribbleRecords(world, endMs));
    // In the end all move in one moment, while everybody has something to say to everybody.
    world.at(endMs - 1_000, () => {
      for (const person of people) person.restart();
      for (const person of people) person.moves();
      for (const person of people) for (const other of others(person)) person.says(other);
    });
    world.healAt(endMs, 600_000);
  },
});
