import { type Multiaddr, multiaddr } from "@multiformats/multiaddr";
import { expect, test } from "vitest";
import { relayedAddresses } from "./relay-transport.ts";

const RELAY = "12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo";
const OTHER = "12D3KooWE3XAYFTs6BUaREXkY8CtJmQfZMQjRDRjfNwyLkQ3xLZJ";
const REACHED = [multiaddr(`/ip4/198.51.100.1/udp/4001/quic-v1/p2p/${RELAY}`)];

function relayed(...told: readonly Multiaddr[]): string[] {
  return relayedAddresses(
    RELAY,
    told.map(({ bytes }) => bytes),
    REACHED,
  ).map(String);
}

test("a relay names more addresses of its own, and sends callers to nobody else", () => {
  const own = `/ip4/198.51.100.1/tcp/4001/p2p/${RELAY}`;
  const victim = `/ip4/203.0.113.9/udp/53/quic-v1/p2p/${RELAY}`;
  const impostor = `/ip4/198.51.100.1/tcp/4001/p2p/${OTHER}`;
  expect(relayed(multiaddr(victim), multiaddr(own), multiaddr(impostor))).toEqual([`${own}/p2p-circuit`]);
});

test("where it names none that was reached, it is found where it was", () => {
  expect(relayed()).toEqual([`${REACHED[0]?.toString()}/p2p-circuit`]);
  expect(relayedAddresses(RELAY, [Uint8Array.of(255, 1)], REACHED)).toHaveLength(1);
  expect(relayedAddresses(RELAY, [], [])).toEqual([]);
});
