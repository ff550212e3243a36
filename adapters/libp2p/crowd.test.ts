import type { Connection } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { expect, test } from "vitest";
import { excessOf, mostCrowded, STRANGERS_MAX } from "./crowd.ts";

const crowded = (...ips: readonly string[]): number | undefined => {
  const all = ips.map((ip, index) => ({ at: multiaddr(`/ip4/${ip}/tcp/1`), index }));
  return mostCrowded(all, ({ at }) => at)?.index;
};

test("the last one goes, of the place that most are at, in the network that most are in", () => {
  expect(crowded()).toBeUndefined();
  expect(crowded("20.0.0.1", "20.0.0.1", "30.0.0.1")).toBe(1);
  // Three in one network outweigh two at one place of another.
  expect(crowded("20.0.0.1", "20.0.1.1", "20.0.2.1", "30.0.0.1", "30.0.0.1")).toBe(2);
  expect(crowded("20.0.0.1", "20.0.1.1", "20.0.1.1", "20.0.2.1", "30.0.0.1")).toBe(2);
});

test("whom a relay brings counts as coming from the relay", () => {
  const relay = "12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo";
  const through = multiaddr(`/ip4/20.0.0.1/tcp/1/p2p/${relay}/p2p-circuit`);
  const direct = multiaddr("/ip4/20.0.0.1/tcp/1");
  expect(mostCrowded([direct, through, through], (at) => at)).toBe(through);
});

function connectionOf(name: string, ip: string): Connection {
  return { remotePeer: { toString: () => name }, remoteAddr: multiaddr(`/ip4/${ip}/tcp/1`) } as Connection;
}

test("acquaintances have room beyond any number of strangers, and strangers only their share", () => {
  const strangers = Array.from({ length: STRANGERS_MAX }, (_, i) => connectionOf(`stranger${i}`, `30.${i}.0.1`));
  const friends = Array.from({ length: 64 }, (_, i) => connectionOf(`friend${i}`, "20.0.0.1"));
  const isAcquainted = (peer: string): boolean => peer.startsWith("friend");
  expect(excessOf([...strangers, ...friends], isAcquainted)).toBeUndefined();
  const further = connectionOf("further", "30.7.0.1");
  expect(excessOf([...strangers, ...friends, further], isAcquainted)).toBe(further);
  // Who came before is safe from a crowd that comes after.
  const crowd = connectionOf("crowd", "30.9.0.1");
  expect(excessOf([crowd, ...strangers], isAcquainted)).toBe(strangers[9]);
});
