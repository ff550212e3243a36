import type { ConnectionGater, MultiaddrConnection, PeerId } from "@libp2p/interface";
import { multiaddr } from "@multiformats/multiaddr";
import { expect, test } from "vitest";
import { connectionGater, PLACE_CONNECTIONS_MAX, type Rules } from "./gater.ts";
import { SCOPES } from "./reach.ts";

const PEER = "12D3KooWE3XAYFTs6BUaREXkY8CtJmQfZMQjRDRjfNwyLkQ3xLZJ";
const RELAY = "12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo";

function gater(rules: Partial<Rules>): Required<ConnectionGater> {
  return connectionGater({
    scope: "internet",
    doorway: { enter() {}, leave() {} },
    refused: () => false,
    connectionsFrom: () => 0,
    isLocal: () => true,
    isOwnRelay: () => false,
    mayReserve: () => true,
    mayRelay: () => true,
    ...rules,
  }) as Required<ConnectionGater>;
}

const peer = (name: string): PeerId => ({ toString: () => name }) as PeerId;
const from = (address: string): MultiaddrConnection => ({ remoteAddr: multiaddr(address) }) as MultiaddrConnection;

test("dials, and remembers for later dials, what is within the scope, and no name in any scope", () => {
  const addresses = [
    `/ip4/127.0.0.1/tcp/1/p2p/${PEER}`,
    "/ip4/127.0.0.1/tcp/1",
    `/ip4/10.0.0.1/udp/1/quic-v1/p2p/${RELAY}/p2p-circuit/p2p/${PEER}`,
    "/ip6/2001:db8::1/tcp/1/ws",
    "/dns4/example.org/tcp/1",
    "/dnsaddr/example.org",
    "/ip4/0.0.0.0/tcp/1",
    `/p2p/${PEER}`,
  ].map((text) => multiaddr(text));
  const dialled = SCOPES.map((scope) => {
    const { denyDialMultiaddr, filterMultiaddrForPeer } = gater({ scope });
    const kept = addresses.map((address) => filterMultiaddrForPeer(peer(PEER), address));
    expect(addresses.map((address) => !denyDialMultiaddr(address))).toEqual(kept);
    return kept.filter(Boolean).length;
  });
  expect(dialled).toEqual([2, 3, 2]);
});

test("on the internet, what is said of a local network is kept for peers there alone", () => {
  const local = multiaddr("/ip4/192.168.1.7/tcp/4001");
  for (const isLocal of [true, false]) {
    const { filterMultiaddrForPeer } = gater({ isLocal: () => isLocal });
    expect(filterMultiaddrForPeer(peer(PEER), local)).toBe(isLocal);
    expect(filterMultiaddrForPeer(peer(PEER), multiaddr("/ip4/198.51.100.1/tcp/1"))).toBe(true);
    expect(gater({ scope: "private", isLocal: () => isLocal }).filterMultiaddrForPeer(peer(PEER), local)).toBe(true);
  }
});

test("whom this node refuses it neither dials nor lets in, directly or through a relay", () => {
  const rules = gater({ refused: (name) => name === "bad", isOwnRelay: () => true });
  for (const [name, denied] of [
    ["bad", true],
    ["good", false],
  ] as const) {
    const connection = from("/ip4/198.51.100.1/tcp/1");
    expect(rules.denyDialPeer(peer(name))).toBe(denied);
    expect(rules.denyInboundEncryptedConnection(peer(name), connection)).toBe(denied);
    expect(rules.denyOutboundEncryptedConnection(peer(name), connection)).toBe(denied);
    expect(rules.denyInboundRelayedConnection(peer("relay"), peer(name))).toBe(denied);
  }
});

test("one host opens so many connections, but not this machine, nor does a relay for those behind it", () => {
  const full = gater({ connectionsFrom: (place) => (place === "198.51.100.1" ? PLACE_CONNECTIONS_MAX : 0) });
  expect(full.denyInboundConnection(from("/ip4/198.51.100.1/tcp/1"))).toBe(true);
  expect(full.denyInboundConnection(from("/ip4/198.51.100.2/tcp/1"))).toBe(false);
  const behind = `/ip4/198.51.100.1/tcp/1/p2p/${RELAY}/p2p-circuit/p2p/${PEER}`;
  expect(full.denyInboundConnection(from(behind))).toBe(false);
  const everywhere = gater({ connectionsFrom: () => PLACE_CONNECTIONS_MAX });
  expect(everywhere.denyInboundConnection(from("/ip4/127.0.0.1/tcp/1"))).toBe(false);
  const roomy = gater({ connectionsFrom: () => PLACE_CONNECTIONS_MAX - 1 });
  expect(roomy.denyInboundConnection(from("/ip4/198.51.100.1/tcp/1"))).toBe(false);
});

test("calls come only through relays that were asked for, and relaying is as the rules say", () => {
  const rules = gater({
    isOwnRelay: (relay) => relay === "own",
    mayReserve: (name) => name === "welcome",
    mayRelay: (caller) => caller === "welcome",
  });
  expect(rules.denyInboundRelayedConnection(peer("own"), peer("caller"))).toBe(false);
  expect(rules.denyInboundRelayedConnection(peer("stranger"), peer("caller"))).toBe(true);
  for (const name of ["welcome", "other"]) {
    expect(rules.denyInboundRelayReservation(peer(name))).toBe(name !== "welcome");
    expect(rules.denyOutboundRelayedConnection(peer(name), peer("callee"))).toBe(name !== "welcome");
  }
});
