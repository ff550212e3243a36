import { multiaddr } from "@multiformats/multiaddr";
import type { Connection } from "@libp2p/interface";
import { expect, test } from "vitest";
import { crowding } from "./crowding.ts";

const RELAY = "12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo";

/** Connections of that many peers, each at the address that `at` gives. */
function peersAt(count: number, at: (index: number) => string): ReturnType<typeof crowding> {
  const connections = Array.from({ length: count }, (_, index) => ({
    remoteAddr: multiaddr(at(index)),
    remotePeer: { toString: () => `peer ${index}` },
  }));
  return crowding(connections as unknown as Connection[]);
}

test.each([
  [3, undefined],
  [4, -15],
  [5, -60],
  [8, -375],
])("%i peers at one address: each is scored %s", (count, score) => {
  const scores = peersAt(count, (index) => `/ip4/198.51.100.7/tcp/${4_001 + index}`);
  expect(scores.get("peer 0")).toBe(score);
  expect(scores.size).toBe(score === undefined ? 0 : count);
});

test("several connections of one peer are one", () => {
  const connection = {
    remoteAddr: multiaddr("/ip4/198.51.100.7/tcp/1"),
    remotePeer: { toString: () => "peer" },
  } as unknown as Connection;
  expect(crowding(Array.from({ length: 9 }, () => connection)).size).toBe(0);
});

test("an IPv6 subscriber has many addresses, and is one", () => {
  const one = peersAt(5, (index) => `/ip6/2001:db8:0:7::${(index + 1).toString(16)}/tcp/1`);
  expect(one.get("peer 4")).toBe(-60);
  const spelled = ["2001:db8::1", "2001:db8:0:0:5::", "2001:db8:0:0:1:2:3:4", "2001:db8::ffff:0:1"];
  expect(peersAt(4, (index) => `/ip6/${spelled[index] ?? ""}/tcp/1`).get("peer 0")).toBe(-15);
  expect(peersAt(9, (index) => `/ip6/2001:db8:0:${index}::1/tcp/1`).size).toBe(0);
});

test("whom a relay brings does not live there, and processes of one machine are no crowd", () => {
  const circuit = (index: number) => `/ip4/198.51.100.7/tcp/${index + 1}/p2p/${RELAY}/p2p-circuit`;
  expect(peersAt(9, circuit).size).toBe(0);
  expect(peersAt(9, (index) => `/ip4/127.0.0.1/tcp/${index + 1}`).size).toBe(0);
});
