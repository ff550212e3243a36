import type { PeerId } from "@libp2p/interface";
import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { parseAddress, type PeerAddress } from "./address.ts";
import { KNOWN_PEERS_MAX, Neighbours, NEIGHBOURS_WANTED } from "./neighbours.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

function addressOf(number: number, port = 1): PeerAddress {
  const id = `${ALPHABET[Math.floor(number / 58)]}${ALPHABET[number % 58]}`;
  const peer = `12D3KooWE3XAYFTs6BUaREXkY8CtJmQfZMQjRDRjfNwyLkQ3xL${id}`;
  const parsed = parseAddress(`/ip4/10.0.0.1/tcp/${port}/p2p/${peer}`, "private");
  if (parsed === undefined) throw new Error("malformed");
  return parsed;
}

/** A network in which those who are there answer, and stay connected until they go. */
class FakeNetwork {
  readonly there = new Set<string>();
  readonly connected = new Set<string>();
  readonly dialled: string[] = [];

  getConnections(): { readonly remotePeer: PeerId }[] {
    return [...this.connected].map((peer) => ({ remotePeer: { toString: () => peer } as PeerId }));
  }

  dial(address: Multiaddr): Promise<void> {
    const peer = address.toString().split("/p2p/")[1] ?? "";
    this.dialled.push(address.toString());
    if (!this.there.has(peer)) return Promise.reject(new Error("nobody there"));
    this.connected.add(peer);
    return Promise.resolve();
  }

  get network(): Libp2p {
    return this as unknown as Libp2p;
  }
}

test("bootstrap peers are dialled at the start, and again when they are lost; those who fail, less and less often", async () => {
  const fake = new FakeNetwork();
  const [first, second] = [addressOf(1), addressOf(2)];
  fake.there.add(first.peer);
  const neighbours = new Neighbours(fake.network, [first, second]);
  neighbours.start();
  await vi.advanceTimersByTimeAsync(0);
  const dials = (): number[] =>
    [first, second].map(({ multiaddr: at }) => fake.dialled.filter((dialled) => dialled === at.toString()).length);
  expect(dials()).toEqual([1, 1]);
  await vi.advanceTimersByTimeAsync(60_000);
  const [once, often = 0] = dials();
  expect(once).toBe(1);
  // After 1, 2, 4, 8, 16 and 32 seconds, as the checks fall.
  expect(often).toBe(6);
  fake.connected.delete(first.peer);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(dials()[0]).toBe(2);
  neighbours.stop();
});

test("whoever is named is dialled at once, though there is company enough; others are not", async () => {
  const fake = new FakeNetwork();
  for (let number = 0; number < NEIGHBOURS_WANTED; number++) fake.connected.add(`peer ${number}`);
  const neighbours = new Neighbours(fake.network, [addressOf(1)]);
  neighbours.start();
  neighbours.add(addressOf(2));
  await vi.advanceTimersByTimeAsync(60_000);
  expect(new Set(fake.dialled)).toEqual(new Set([addressOf(2).multiaddr.toString()]));
  fake.connected.delete("peer 0");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(fake.dialled).toContain(addressOf(1).multiaddr.toString());
  neighbours.stop();
});

test("a peer is known at its newest address, and those named longest ago are forgotten, but never the bootstrap", () => {
  const fake = new FakeNetwork();
  const neighbours = new Neighbours(fake.network, [addressOf(0)]);
  neighbours.add(addressOf(1));
  neighbours.add(addressOf(1, 2));
  expect(neighbours.addressOf(addressOf(1).peer)).toEqual(addressOf(1, 2).multiaddr);
  for (let number = 2; number < KNOWN_PEERS_MAX + 2; number++) neighbours.add(addressOf(number));
  expect(neighbours.addressOf(addressOf(1).peer)).toBeUndefined();
  expect(neighbours.addressOf(addressOf(2).peer)).toBeDefined();
  expect(neighbours.addressOf(addressOf(0).peer)).toBeDefined();
});

test("what the local network says is dialled there and nowhere else, and forgets nobody who was named", async () => {
  const fake = new FakeNetwork();
  const neighbours = new Neighbours(fake.network, []);
  neighbours.start();
  neighbours.add(addressOf(0));
  const found = (number: number, ...addresses: string[]): void => {
    const id = { toString: () => addressOf(number).peer } as PeerId;
    neighbours.find({ id, multiaddrs: addresses.map((address) => multiaddr(address)) });
  };
  found(1, "/ip4/198.51.100.1/tcp/1", "/ip4/10.0.0.9/tcp/1");
  found(2, "/dns4/example.org/tcp/1");
  await vi.advanceTimersByTimeAsync(0);
  expect(neighbours.addressOf(addressOf(1).peer)?.toString()).toContain("/ip4/10.0.0.9/");
  expect(neighbours.addressOf(addressOf(2).peer)).toBeUndefined();
  for (let number = 3; number < 100; number++) found(number, "/ip4/10.0.0.9/tcp/1");
  expect(neighbours.addressOf(addressOf(1).peer)).toBeUndefined();
  expect(neighbours.addressOf(addressOf(0).peer)).toBeDefined();
  neighbours.stop();
  expect(vi.getTimerCount()).toBe(0);
});
