import { multiaddr } from "@multiformats/multiaddr";
import { expect, test } from "vitest";
import { roleIn } from "./dht-role.ts";

const SELF = "12D3KooWE3XAYFTs6BUaREXkY8CtJmQfZMQjRDRjfNwyLkQ3xLZJ";
const RELAY = "12D3KooWQYhTNQdmr3ArTeUHRYzFg94BKyTkoWBDWez9kSCVe2Xo";

const PUBLIC = `/ip4/198.51.100.1/tcp/1/p2p/${SELF}`;
const PRIVATE = `/ip4/192.168.1.1/tcp/1/p2p/${SELF}`;
const RELAYED = `/ip4/198.51.100.9/tcp/1/p2p/${RELAY}/p2p-circuit/p2p/${SELF}`;

const server = (address: string, direction: "inbound" | "outbound" = "outbound") => ({
  direction,
  remoteAddr: multiaddr(address),
});

test.each([
  ["is reached directly from everywhere", [RELAYED, PUBLIC], [server(PUBLIC)], "server"],
  ["is reached by relays, and reached a public server", [RELAYED], [server(PRIVATE), server(PUBLIC)], "client"],
  ["is in a household with a way to a public server", [PRIVATE], [server(PUBLIC)], "client"],
  ["is in a household with servers only there", [PRIVATE], [server(PRIVATE)], "server"],
  ["was called by a server, which may not be reached otherwise", [PRIVATE], [server(PUBLIC, "inbound")], "server"],
  ["knows servers only behind relays", [RELAYED], [server(RELAYED)], "server"],
  ["is alone", [], [], "server"],
] as const)("a node that %s", (_what, addresses, servers, role) => {
  expect(roleIn(addresses, servers)).toBe(role);
});
