import { multiaddr } from "@multiformats/multiaddr";
import fc from "fast-check";
import { expect, test } from "vitest";
import { locate, mayDial, parseAddress } from "./address.ts";
import { isWithin, SCOPES, scopeOf } from "./reach.ts";

const SEED = 1;
const PEER = "12D3KooWE3XAYFTs6BUaREXkY8CtJmQfZMQjRDRjfNwyLkQ3xLZJ";
const RELAY = "12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo";
const CERTHASH = "uEiDDq4_xNyDorZBH3TlGazyJdOWSwvo4PUo5YHFMrvDE8g";

test.each([
  ["/ip4/127.0.0.1/udp/4001/quic-v1", "quic", "loopback"],
  ["/ip6/::1/udp/4001/quic-v1", "quic", "loopback"],
  ["/ip4/192.168.7.9/tcp/65535", "tcp", "private"],
  ["/ip6/fd00::1/tcp/1/ws", "ws", "private"],
  [`/ip4/198.51.100.1/udp/9/webrtc-direct/certhash/${CERTHASH}`, "webrtc-direct", "internet"],
  ["/ip6/2001:db8::1/tcp/1", "tcp", "internet"],
  ["/memory/somewhere", "memory", "loopback"],
] as const)("reads %s, directly and as a relay's", (place, carrier, scope) => {
  const direct = parseAddress(`${place}/p2p/${PEER}`, scope);
  expect(direct).toMatchObject({ carrier, scope, peer: PEER, relay: undefined });
  expect(direct?.multiaddr.toString()).toBe(`${place}/p2p/${PEER}`);
  const relayed = parseAddress(`${place}/p2p/${RELAY}/p2p-circuit/p2p/${PEER}`, scope);
  expect(relayed).toMatchObject({ carrier, scope, peer: PEER, relay: RELAY });
});

test.each([
  ["a name that would be resolved", `/dns4/localhost/tcp/4001/p2p/${PEER}`],
  ["a name that names more", `/dnsaddr/bootstrap.libp2p.io/p2p/${PEER}`],
  ["no peer id, so that anybody could answer", "/ip4/127.0.0.1/tcp/4001"],
  ["a relay that anybody could be", `/ip4/127.0.0.1/tcp/4001/p2p-circuit/p2p/${PEER}`],
  ["a relay and nobody behind it", `/ip4/127.0.0.1/tcp/4001/p2p/${RELAY}/p2p-circuit`],
  ["two relays", `/ip4/127.0.0.1/tcp/4001/p2p/${RELAY}/p2p-circuit/p2p/${RELAY}/p2p-circuit/p2p/${PEER}`],
  ["another kind of peer id", "/ip4/127.0.0.1/tcp/4001/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN"],
  [
    "another kind of relay's id",
    `/ip4/127.0.0.1/tcp/1/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN/p2p-circuit/p2p/${PEER}`,
  ],
  ["TLS", `/ip4/127.0.0.1/tcp/4001/tls/ws/p2p/${PEER}`],
  ["an octet above 255", `/ip4/127.0.0.256/tcp/4001/p2p/${PEER}`],
  ["a port above 65535", `/ip4/127.0.0.1/tcp/65536/p2p/${PEER}`],
  ["a zone", `/ip6zone/eth0/ip6/fe80::1/tcp/1/p2p/${PEER}`],
  ["a line break at the end", `/ip4/127.0.0.1/tcp/4001/p2p/${PEER}\n`],
  ["nobody's address", `/ip4/0.0.0.0/tcp/4001/p2p/${PEER}`],
  ["everybody's address", `/ip4/255.255.255.255/udp/4001/quic-v1/p2p/${PEER}`],
  ["many people's address", `/ip6/ff02::1/udp/4001/quic-v1/p2p/${PEER}`],
  [
    "more than 256 characters",
    `/ip4/1.1.1.1/udp/1/webrtc-direct/certhash/${CERTHASH}/certhash/${CERTHASH}${"A".repeat(128)}/p2p/${PEER}`,
  ],
  ["nothing", ""],
])("refuses %s in every scope", (_why, text) => {
  for (const scope of SCOPES) expect(parseAddress(text, scope)).toBeUndefined();
});

test("a connection that only its offer passes a relay for goes anywhere, so it needs the whole internet as scope", () => {
  const text = `/ip4/198.51.100.1/tcp/1/p2p/${RELAY}/p2p-circuit/webrtc/p2p/${PEER}`;
  expect(SCOPES.map((scope) => parseAddress(text, scope)?.signalled)).toEqual([undefined, undefined, true]);
});

test.each([
  ["127.255.255.255", "loopback"],
  ["::1", "loopback"],
  ["::ffff:127.0.0.1", "loopback"],
  ["10.255.255.255", "private"],
  ["11.0.0.0", "internet"],
  ["172.15.255.255", "internet"],
  ["172.16.0.0", "private"],
  ["172.31.255.255", "private"],
  ["172.32.0.0", "internet"],
  ["192.168.0.0", "private"],
  ["192.169.0.0", "internet"],
  ["169.254.1.1", "private"],
  ["100.64.0.1", "private"],
  ["::ffff:192.168.0.1", "private"],
  ["fdff::1", "private"],
  ["fe80::1", "private"],
  ["2001:4860:4860::8888", "internet"],
  ["64:ff9b::7f00:1", "internet"],
  ["128.0.0.0", "internet"],
  ["0.1.2.3", undefined],
  ["224.0.0.251", undefined],
  ["::", undefined],
  ["ff02::fb", undefined],
  ["localhost", undefined],
  ["", undefined],
])("the scope of %s is %s", (host, scope) => {
  expect(scopeOf(host)).toBe(scope);
});

const pieces = fc.constantFrom(
  "/ip4/",
  "/ip6/",
  "127.0.0.1",
  "10.1.2.3",
  "198.51.100.1",
  "::1",
  "999",
  "/tcp/",
  "/udp/",
  "/quic-v1",
  "/ws",
  "/webrtc-direct",
  `/certhash/${CERTHASH}`,
  "/p2p/",
  "/p2p-circuit",
  "/webrtc",
  "/dns4/",
  "/memory/",
  PEER,
  RELAY,
  "4001",
  "99999",
);

test("is total on any text, and lets nothing through that is wider than the scope", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: pieces }, fc.string()), { maxLength: 14 }), (parts) => {
      for (const scope of SCOPES) {
        const parsed = parseAddress(parts.join(""), scope);
        if (parsed === undefined) continue;
        expect([PEER, RELAY]).toContain(parsed.peer);
        expect(isWithin(parsed.scope, scope)).toBe(true);
        expect(parsed.multiaddr.toString().endsWith(`/p2p/${parsed.peer}`)).toBe(true);
      }
    }),
    { seed: SEED, numRuns: 1_000 },
  );
});

test("well-formed addresses of every form are read back, in their scope and wider ones, but no loopback on the internet", () => {
  const host = fc.oneof(
    fc.ipV4().map((address) => `/ip4/${address}`),
    fc.ipV6().map((address) => `/ip6/${address}`),
  );
  const port = fc.nat(65_535);
  const way = fc.oneof(
    port.map((number) => `/udp/${number}/quic-v1`),
    port.map((number) => `/tcp/${number}`),
    port.map((number) => `/tcp/${number}/ws`),
    port.map((number) => `/udp/${number}/webrtc-direct/certhash/${CERTHASH}`),
  );
  const end = fc.constantFrom(`/p2p/${PEER}`, `/p2p/${RELAY}/p2p-circuit/p2p/${PEER}`);
  fc.assert(
    fc.property(host, way, end, (place, how, whom) => {
      const text = `${place}${how}${whom}`;
      fc.pre(text.length <= 256);
      const location = locate(multiaddr(text));
      const narrowest = scopeOf(location?.host ?? "");
      fc.pre(narrowest !== undefined);
      for (const scope of SCOPES) {
        const allowed = isWithin(narrowest, scope) && !(scope === "internet" && narrowest === "loopback");
        expect(parseAddress(text, scope) !== undefined).toBe(allowed);
        expect(location !== undefined && mayDial(location, scope)).toBe(allowed);
      }
    }),
    { seed: SEED, numRuns: 500 },
  );
});
