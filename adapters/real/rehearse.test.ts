import { expect, test } from "vitest";
import { Kernel, Stream } from "../../sim/kernel/index.ts";
import { type Scenario, scenario } from "../../sim/run/index.ts";
import { type Said, World } from "../../sim/world/index.ts";
import { simulationSuite } from "../suite/index.ts";
import { obstacleTo, onRealStack, rehearse } from "./rehearse.ts";
import { PEOPLE_MAX, Unplayable } from "./stage.ts";

type Play = Scenario["play"];

function playing(play: Play, oracles: Scenario["oracles"] = []): Scenario {
  return onRealStack(scenario({ name: "test", summary: "", parameters: { bytes: 16 }, oracles, sabotages: [], play }));
}

/** Everybody talks to everybody at moments that the seed draws, and one is switched off for a while. */
const chatter: Play = (world) => {
  const people = world.crowd("node", 3);
  const [first, second, third] = people;
  if (first === undefined || second === undefined || third === undefined) return;
  first.meets(second);
  second.meets(third);
  third.meets(first);
  world.every(
    () => world.stream.between(500, 2_000),
    60_000,
    () => {
      const from = world.stream.pick(people);
      from.says(world.stream.pick(people.filter((other) => other !== from)), world.stream.between(1, 300));
    },
  );
  world.at(20_000, () => second.crash());
  world.at(40_000, () => second.restart());
  world.healAt(60_000, 30_000);
};

test("a script has the words and moments that the simulated world has", () => {
  const world = new World(new Kernel(), Stream.seeded(7), simulationSuite);
  const said: Said[] = [];
  world.watch({ said: (each) => said.push(each) });
  chatter(world, {});
  world.live();
  const { healAtMs, livenessMs, people, steps } = rehearse(playing(chatter), 7);
  const words = steps.flatMap((step) => (step.kind === "say" && step.atMs < healAtMs ? [step] : []));
  expect(words.length).toBeGreaterThan(20);
  expect(words.map(({ atMs, body, to, who }) => ({ atMs, from: who, to, ...world.ledger.name(body) }))).toEqual(
    said.map(({ atMs, digest, from, id, to }) => ({ atMs, from, to, id, digest })),
  );
  expect(people.map(({ name }) => name)).toEqual(["node0", "node1", "node2"]);
  expect(steps.filter(({ kind }) => kind === "crash" || kind === "restart")).toEqual([
    { atMs: 20_000, who: "node1", kind: "crash" },
    { atMs: 40_000, who: "node1", kind: "restart" },
  ]);
  expect([healAtMs, livenessMs]).toEqual([60_000, 30_000]);
});

test("in the end everybody is up, and each pair that talked talks once more", () => {
  const { steps } = rehearse(
    playing((world) => {
      const [alice, bob] = [world.person("alice"), world.person("bob")];
      world.at(10, () => alice.says(bob));
      world.at(20, () => alice.says(bob));
      world.at(30, () => bob.crash());
      world.at(40, () => bob.says(alice));
      world.healAt(50, 100);
    }),
    1,
  );
  expect(steps.map(({ atMs, kind, who }) => [atMs, who, kind])).toEqual([
    [10, "alice", "say"],
    [20, "alice", "say"],
    [30, "bob", "crash"],
    [50, "bob", "restart"],
    [50, "alice", "say"],
  ]);
});

test("kill has the power of one who is up fail halfway", () => {
  const deaths = rehearse(playing(chatter), 1, { kill: 1 }).steps.filter(({ atMs }) => atMs === 30_000);
  expect(deaths).toMatchObject([
    { who: "node2", kind: "crash" },
    { who: "node2", kind: "restart" },
  ]);
});

const unplayable: readonly (readonly [string, Play])[] = [
  ["control of the network", (world) => world.network.partition("x", [], [])],
  ["adversaries", (world) => world.adversary("mallory")],
  ["adversaries", (world) => world.corrupt(world.person("mallory"))],
  ["institutions", (world) => world.institution("log", {})],
  ["faults of disks and clocks", (world) => (world.person("alice").machine.skewMs = 5)],
  ["faults of disks and clocks", (world) => world.person("alice").machine.crashAfterEffects(1)],
  ["people who move", (world) => world.person("alice").moves()],
  ["directories", (world) => world.person("alice", {}, { client: undefined } as never)],
  ['"looksUp"', (world) => world.person("alice").looksUp("alice")],
  ["people who come later", (world) => world.at(5, () => world.person("alice"))],
  ["control of the network", (world) => world.at(5, () => world.network.heal())],
];

test.each(unplayable)("a scenario that needs %s is refused by that name (%#)", (what, play) => {
  const whole: Play = (world, parameters) => {
    world.healAt(10, 10);
    play(world, parameters);
  };
  expect(obstacleTo(playing(whole), 1)).toBe(what);
});

test("a scenario is refused that nothing here could judge, or that never heals", () => {
  const oracle = { name: "secrecy", demand: "", watch: () => ({}) };
  expect(obstacleTo(playing(chatter, [oracle]), 1)).toBe('oracle "secrecy"');
  expect(() =>
    rehearse(
      playing((world) => world.person("alice")),
      1,
    ),
  ).toThrow(Unplayable);
});

const speaking: Play = (world, { bytes }) => {
  const [alice, bob] = [world.person("alice"), world.person("bob")];
  alice.says(bob, bytes);
  world.healAt(10, 10);
};

test.each([
  [{ bytes: 60_001 }, speaking],
  [{ kill: 2 }, speaking],
  [{}, ((world) => world.healAt(10, 10)) satisfies Play],
  [{}, ((world) => world.crowd("node", PEOPLE_MAX + 1)) satisfies Play],
])("parameters %j that no processes could play are a RangeError", (parameters, play) => {
  expect(() => rehearse(playing(play), 1, parameters)).toThrow(RangeError);
});
