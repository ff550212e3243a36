import fc from "fast-check";
import { expect, test } from "vitest";
import { Stream } from "../kernel/index.ts";
import { Mesh, MESH_NEIGHBOURS } from "./mesh.ts";

const SEED = 1;
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `node${i}`);

function meshOf(members: readonly string[], seed = SEED): Mesh {
  const mesh = new Mesh(Stream.seeded(seed));
  for (const name of members) mesh.join(name);
  return mesh;
}

function linksOf(mesh: Mesh, members: readonly string[]): Set<string> {
  return new Set(members.flatMap((a) => mesh.neighbours(a).map((b) => `${a} ${b}`)));
}

/** Those that gossip from the first reaches, each passing it on, and after how many hops the last has it. */
function flood(mesh: Mesh, members: readonly string[]): { reached: number; hops: number } {
  const reached = new Set(members.slice(0, 1));
  let [edge, hops] = [[...reached], 0];
  for (; edge.length > 0; hops++) {
    edge = edge.flatMap((name) => mesh.neighbours(name)).filter((name) => !reached.has(name));
    for (const name of edge) reached.add(name);
  }
  return { reached: reached.size, hops: hops - 1 };
}

test("with no more than nine nodes everybody is everybody's neighbour", () => {
  for (const count of [0, 1, 2, 9]) {
    const members = names(count);
    const mesh = meshOf(members);
    for (const name of members) {
      expect(mesh.neighbours(name).sort()).toEqual(members.filter((other) => other !== name));
    }
  }
});

test("links are mutual, nobody is cut off, and nobody is a neighbour of their own, whoever came and went", () => {
  fc.assert(
    fc.property(fc.nat(1_000), fc.integer({ min: 2, max: 60 }), fc.array(fc.nat(59)), (seed, count, leaving) => {
      const mesh = meshOf(names(count), seed);
      const gone = new Set(leaving.map((i) => `node${i}`));
      for (const name of gone) mesh.leave(name);
      const members = names(count).filter((name) => !gone.has(name));
      for (const name of members) {
        const neighbours = mesh.neighbours(name);
        expect(new Set(neighbours).size).toBe(neighbours.length);
        for (const other of neighbours) {
          expect(other).not.toBe(name);
          expect(members).toContain(other);
          expect(mesh.neighbours(other)).toContain(name);
        }
      }
      for (const name of gone) expect(mesh.neighbours(name)).toEqual([]);
      if (members.length > 0) expect(flood(mesh, members).reached).toBe(members.length);
    }),
    { seed: SEED, numRuns: 50 },
  );
});

test.each([10, 12, 20, 50, 1_000])(
  "of %i nodes each has about eight neighbours, and gossip needs few hops",
  (count) => {
    const members = names(count);
    const mesh = meshOf(members);
    const degrees = members.map((name) => mesh.neighbours(name).length);
    const mean = degrees.reduce((sum, degree) => sum + degree, 0) / count;
    expect(Math.abs(mean - MESH_NEIGHBOURS)).toBeLessThan(0.7);
    expect(Math.min(...degrees)).toBeGreaterThanOrEqual(4);
    expect(Math.max(...degrees)).toBeLessThanOrEqual(11);
    expect(flood(mesh, members)).toEqual({ reached: count, hops: expect.any(Number) });
    expect(flood(mesh, members).hops).toBeLessThanOrEqual(6);
  },
);

test("the mesh depends on who is on it and the seed, not on the order of coming", () => {
  const members = names(40);
  const links = linksOf(meshOf(members), members);
  expect(linksOf(meshOf([...members].reverse()), members)).toEqual(links);
  const returned = meshOf(members);
  returned.leave("node7");
  returned.leave("node7");
  returned.join("node7");
  returned.join("node7");
  expect(linksOf(returned, members)).toEqual(links);
  expect(linksOf(meshOf(members, SEED + 1), members)).not.toEqual(links);
});

test("one node more moves only the links beside it", () => {
  const members = names(100);
  const mesh = meshOf(members);
  const before = linksOf(mesh, members);
  mesh.join("another");
  const after = linksOf(mesh, members);
  const lost = [...before].filter((link) => !after.has(link));
  // On each of four rings it comes between two that were linked, in both directions.
  expect(lost.length).toBeLessThanOrEqual(8);
  const made = [...after].filter((link) => !before.has(link));
  expect(made.every((link) => link.endsWith(" another"))).toBe(true);
  expect(made).toHaveLength(mesh.neighbours("another").length);
});

test("an adversary makes and cuts links, of who is there, until the mesh is reset", () => {
  const members = names(40);
  const mesh = meshOf(members);
  const [cut = ""] = mesh.neighbours("node0");
  const made = members.find((name) => name !== "node0" && !mesh.neighbours("node0").includes(name)) as string;
  const before = linksOf(mesh, members);
  mesh.change("node0", cut, false);
  mesh.change(made, "node0", true);
  mesh.change("node0", "nobody", true);
  expect(mesh.neighbours("node0")).not.toContain(cut);
  expect(mesh.neighbours(cut)).not.toContain("node0");
  expect(mesh.neighbours("node0")).toContain(made);
  expect(mesh.neighbours(made)).toContain("node0");
  expect(mesh.neighbours("node0")).not.toContain("nobody");
  mesh.reset();
  expect(linksOf(mesh, members)).toEqual(before);
});
