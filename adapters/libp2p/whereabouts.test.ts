import type { Libp2p } from "libp2p";
import { multiaddr } from "@multiformats/multiaddr";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NARROWING_MS, Whereabouts } from "./whereabouts.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const [FIRST, SECOND, THIRD] = ["/ip4/10.0.0.1/tcp/1", "/ip4/10.0.0.2/tcp/1", "/ip4/10.0.0.3/tcp/1"];

function bench() {
  let addresses: string[] = [FIRST];
  let changed = (): void => {};
  const network = {
    getMultiaddrs: () => addresses.map((address) => multiaddr(address)),
    addEventListener: (_type: string, listener: () => void) => void (changed = listener),
  };
  const whereabouts = new Whereabouts(network as unknown as Pick<Libp2p, "getMultiaddrs" | "addEventListener">);
  const told: (readonly string[])[] = [];
  whereabouts.refresh();
  whereabouts.onChange(() => told.push(whereabouts.addresses));
  return {
    whereabouts,
    told,
    move(to: string[]) {
      addresses = to;
      changed();
    },
  };
}

test("several changes at once are told once, when they have settled", () => {
  const { move, told, whereabouts } = bench();
  expect(whereabouts.addresses).toEqual([FIRST]);
  move([]);
  move([SECOND]);
  move([SECOND, THIRD]);
  expect(told).toEqual([]);
  vi.runAllTimers();
  expect(told).toEqual([[SECOND, THIRD]]);
  move([]);
  vi.runAllTimers();
  expect(told).toEqual([[SECOND, THIRD], []]);
});

test("what came back before it was told is no change, and after the stop nothing is", () => {
  const { move, told, whereabouts } = bench();
  move([SECOND]);
  move([FIRST]);
  vi.runAllTimers();
  expect(told).toEqual([]);
  move([SECOND]);
  whereabouts.stop();
  move([THIRD]);
  vi.runAllTimers();
  expect([told, vi.getTimerCount()]).toEqual([[], 0]);
});

test("who is reached from everywhere says only after a while that it is no more, and not when others take its relays' place", () => {
  const { move, told, whereabouts } = bench();
  const [wide, other] = ["/ip4/20.0.0.1/tcp/1", "/ip4/20.0.0.2/tcp/1"];
  move([wide]);
  vi.advanceTimersByTime(NARROWING_MS);
  move([FIRST]);
  vi.advanceTimersByTime(NARROWING_MS - 1);
  move([]);
  expect(whereabouts.addresses).toEqual([wide]);
  move([other]);
  vi.advanceTimersByTime(2 * NARROWING_MS);
  expect(told).toEqual([[wide], [other]]);
  move([FIRST]);
  vi.advanceTimersByTime(2 * NARROWING_MS);
  expect(told).toEqual([[wide], [other], [FIRST]]);
  expect(vi.getTimerCount()).toBe(0);
});
