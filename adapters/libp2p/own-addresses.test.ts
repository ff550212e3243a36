import fc from "fast-check";
import { expect, test } from "vitest";
import { CARD_ADDRESS_BYTES_MAX, CARD_ADDRESSES_MAX } from "../../core/identity/index.ts";
import { chooseAddresses } from "./own-addresses.ts";
import { SCOPES } from "./reach.ts";

const SEED = 1;
const SELF = "12D3KooWE3XAYFTs6BUaREXkY8CtJmQfZMQjRDRjfNwyLkQ3xLZJ";
const RELAYS = [
  "12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo",
  "12D3KooWLJtG8fd2hkQzTn96MrLvThmnNQjTUFZwGEsLRz5EmSzc",
];

const at = (host: string, way = "udp/4001/quic-v1"): string => `/ip4/${host}/${way}/p2p/${SELF}`;
const behind = (relay: string | undefined, host: string, way = "udp/4001/quic-v1"): string =>
  `/ip4/${host}/${way}/p2p/${relay}/p2p-circuit/p2p/${SELF}`;

test("direct addresses come first, then one for each relay", () => {
  const found = [behind(RELAYS[0], "198.51.100.1"), behind(RELAYS[1], "198.51.100.2"), at("198.51.100.3")];
  expect(chooseAddresses(found, "internet")).toEqual([found[2], found[0], found[1]]);
});

test("both relays are told, however many ways lead to this node and to the first relay", () => {
  const ways = ["udp/1/quic-v1", "tcp/1", "tcp/1/ws"];
  const direct = ["198.51.100.3", "198.51.100.4"].flatMap((host) => ways.map((way) => at(host, way)));
  const first = ways.map((way) => behind(RELAYS[0], "198.51.100.1", way));
  const second = behind(RELAYS[1], "198.51.100.2");
  expect(chooseAddresses([...direct, ...first, second], "internet")).toEqual([
    at("198.51.100.3", "udp/1/quic-v1"),
    at("198.51.100.4", "udp/1/quic-v1"),
    first[0],
    second,
  ]);
  // Without direct ones, a second way to the first relay fills the room.
  expect(chooseAddresses([...first.toReversed(), second], "internet")).toEqual([first[0], second, first[1], first[2]]);
});

test.each([
  ["internet", [at("127.0.0.1"), at("192.168.1.2"), at("198.51.100.1")], [at("198.51.100.1")]],
  ["internet", [at("192.168.1.2"), behind(RELAYS[0], "198.51.100.1")], [behind(RELAYS[0], "198.51.100.1")]],
  ["internet", [at("127.0.0.1"), at("192.168.1.2")], [at("192.168.1.2")]],
  ["internet", [at("127.0.0.1")], []],
  ["private", [at("127.0.0.1"), at("192.168.1.2")], [at("192.168.1.2")]],
  ["private", [at("127.0.0.1"), at("198.51.100.1")], [at("127.0.0.1")]],
  ["loopback", [at("127.0.0.1"), at("192.168.1.2")], [at("127.0.0.1")]],
  ["internet", [], []],
] as const)("with scope %s, of %j it tells %j", (scope, found, told) => {
  expect(chooseAddresses(found, scope)).toEqual(told);
});

test("what only an offer passes a relay for is told where there is nothing else", () => {
  const plain = behind(RELAYS[0], "198.51.100.1");
  const signalled = plain.replace("/p2p-circuit/", "/p2p-circuit/webrtc/");
  expect(chooseAddresses([signalled, plain], "internet")).toEqual([plain]);
  expect(chooseAddresses([signalled], "internet")).toEqual([signalled]);
});

test("tells only what was found, no more and no longer than a card carries, and all that was found when it fits", () => {
  const host = fc.constantFrom("127.0.0.1", "10.0.0.1", "198.51.100.1", "198.51.100.2");
  const way = fc.constantFrom(
    "udp/1/quic-v1",
    "tcp/2",
    "tcp/3/ws",
    `udp/4/webrtc-direct/certhash/uEi${"A".repeat(60)}`,
  );
  const relay = fc.constantFrom(...RELAYS);
  const address = fc.oneof(
    fc.tuple(host, way).map(([h, w]) => at(h, w)),
    fc.tuple(relay, host, way).map(([r, h, w]) => behind(r, h, w)),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(address, { maxLength: 12 }), fc.constantFrom(...SCOPES), (found, scope) => {
      const told = chooseAddresses(found, scope);
      expect(told.length).toBeLessThanOrEqual(CARD_ADDRESSES_MAX);
      expect(new Set(told).size).toBe(told.length);
      for (const text of told) {
        expect(found).toContain(text);
        expect(text.length).toBeLessThanOrEqual(CARD_ADDRESS_BYTES_MAX);
      }
      const direct = told.map((text) => !text.includes("p2p-circuit"));
      expect(direct).toEqual(direct.toSorted((a, b) => Number(b) - Number(a)));
    }),
    { seed: SEED },
  );
});
