// Real sockets, on loopback.
import { Registry } from "prom-client";
import { expect, test } from "vitest";
import { loopbackOptions, startLibp2p } from "./index.ts";
import { POLL, randomSeed, stillClock, TestNode } from "./nodes.testing.ts";

const PEER = "12D3KooWE3XAYFTs6BUaREXkY8CtJmQfZMQjRDRjfNwyLkQ3xLZJ";

test.each([
  ["bootstrap", "/dns4/example.org/tcp/1"],
  ["bootstrap", `/ip4/198.51.100.1/tcp/1/p2p/${PEER}`],
  ["relays", "/ip4/127.0.0.1/tcp/1"],
] as const)("refuses to start with %s %s, and says which address it is", async (option, address) => {
  const options = { ...loopbackOptions("tcp", randomSeed(), stillClock), [option]: [address] };
  await expect(startLibp2p(options)).rejects.toThrow(
    new RangeError(`not a peer's address in scope loopback: ${address}`),
  );
});

test("a port that is taken is a failure to start", async () => {
  const first = new TestNode(await startLibp2p(loopbackOptions("tcp", randomSeed(), stillClock)));
  const listen = [first.address.replace(/\/p2p\/.*/, "")];
  const options = { ...loopbackOptions("tcp", randomSeed(), stillClock), listen };
  await expect(startLibp2p(options)).rejects.toThrow("EADDRINUSE");
});

test("a node for the internet starts with everything on, and tells nobody its loopback address", async () => {
  const metrics = new Registry();
  const node = new TestNode(
    await startLibp2p({
      ...loopbackOptions("quic", randomSeed(), stillClock),
      listen: ["/ip4/127.0.0.1/udp/0/quic-v1", "/ip4/127.0.0.1/tcp/0/ws", "/p2p-circuit", "/webrtc"],
      scope: "internet",
      serveRelay: true,
      dht: "auto",
      holePunching: true,
      metrics,
    }),
  );
  // Nobody public serves the records, so it serves them itself.
  await expect.poll(() => node.transport.status().dht.mode, POLL).toBe("server");
  expect(node.transport.status()).toMatchObject({
    addresses: [],
    connections: { total: 0, relayed: 0, byTransport: {} },
    reachability: "unknown",
    relays: [],
    gossip: { peers: 0, mesh: 0 },
    refusedPeers: 0,
  });
  expect(await metrics.metrics()).toContain("libp2p_connection_manager_connections");
});

test("what the operator announces is told instead of what was found", async () => {
  const announce = ["/ip4/198.51.100.1/udp/4001/quic-v1"];
  const options = { ...loopbackOptions("quic", randomSeed(), stillClock), scope: "internet" as const, announce };
  const { peer, transport } = new TestNode(await startLibp2p(options));
  expect(transport.addresses).toEqual([`${announce[0]}/p2p/${peer}`]);
  expect(transport.status().reachability).toBe("public");
});
