import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import type { PeerId } from "@libp2p/interface";
import { expect, test } from "vitest";
import { Lookups, NETWORK_PEERS_MAX, PLACE_PEERS_MAX, Places, spreadTable } from "./diversity.ts";

const at = (ip: string): Multiaddr => multiaddr(`/ip4/${ip}/tcp/1`);

test("few of a place and few of a network are admitted, each as often as it comes", () => {
  const places = new Places();
  const home = Array.from({ length: 2 * PLACE_PEERS_MAX }, (_, i) => places.admit(`home${i}`, at("20.0.0.1")));
  expect(home.filter(Boolean)).toHaveLength(PLACE_PEERS_MAX);
  expect([places.admit("home0", at("20.0.0.1")), places.admit("home9", at("20.0.0.1"))]).toEqual([true, false]);
  const others = Array.from({ length: 20 }, (_, i) => places.admit(`other${i}`, at(`20.0.${i + 1}.1`)));
  expect(others.filter(Boolean)).toHaveLength(NETWORK_PEERS_MAX - PLACE_PEERS_MAX);
  expect(places.admit("elsewhere", at("20.1.0.1"))).toBe(true);
});

test("on this machine and through relays no place tells anybody apart", () => {
  const places = new Places();
  for (let i = 0; i < 50; i++) expect(places.admit(`peer${i}`, at("127.0.0.1"))).toBe(true);
});

test("each lookup counts for itself, also while others are under way", async () => {
  const lookups = new Lookups();
  async function* walk(): AsyncGenerator<boolean> {
    for (let i = 0; i < PLACE_PEERS_MAX + 1; i++) {
      await Promise.resolve();
      yield lookups.admit(`peer${i}`, at("20.0.0.1"));
    }
  }
  const all = async (): Promise<boolean[]> => {
    const admitted: boolean[] = [];
    for await (const one of lookups.run(walk)) admitted.push(one);
    return admitted;
  };
  const both = await Promise.all([all(), all()]);
  const expected = [...new Array<boolean>(PLACE_PEERS_MAX).fill(true), false];
  expect(both).toEqual([expected, expected]);
  expect(lookups.admit("peer9", at("20.0.0.1"))).toBe(true);
});

test("a lookup that nobody waits for any more ends", async () => {
  let ended = false;
  async function* walk(): AsyncGenerator<number> {
    try {
      for (let i = 0; ; i++) yield i;
    } finally {
      ended = true;
    }
  }
  for await (const i of new Lookups().run(walk)) if (i === 2) break;
  expect(ended).toBe(true);
});

test("the table takes few of a place, whether they are still connected or not", async () => {
  const entries: { readonly peerId: PeerId }[] = [];
  const table = { toIterable: () => entries, verify: () => Promise.resolve(true) };
  const connected = new Map<string, Multiaddr>();
  spreadTable(table, (peer) => connected.get(peer.toString()));
  const join = async (name: string, ip: string): Promise<boolean> => {
    const contact = { peerId: { toString: () => name } as PeerId };
    connected.set(name, at(ip));
    const isTaken = await (table.verify as (one: typeof contact) => Promise<boolean>)(contact);
    connected.delete(name);
    if (isTaken) entries.push(contact);
    return isTaken;
  };
  for (let i = 0; i < 10; i++) expect(await join(`crowd${i}`, "20.0.0.1")).toBe(i < PLACE_PEERS_MAX);
  expect(await join("neighbour", "30.0.0.1")).toBe(true);
  // Whoever goes makes room.
  entries.shift();
  expect(await join("crowd10", "20.0.0.1")).toBe(true);
});
