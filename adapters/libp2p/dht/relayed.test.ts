// Real sockets, on loopback: relays are not found at addresses in memory.
import { circuitRelayServer, circuitRelayTransport } from "@libp2p/circuit-relay-v2";
import { identify } from "@libp2p/identify";
import { tcp } from "@libp2p/tcp";
import { expect, test } from "vitest";
import { POLL, strangerNode } from "../nodes.testing.ts";
import { content, DhtNode } from "./dht.testing.ts";

const LOOPBACK = "/ip4/127.0.0.1/tcp/0";

test("a client whose only way to a server is through a relay puts and finds records there", async () => {
  const relay = await strangerNode({
    addresses: { listen: [LOOPBACK] },
    transports: [tcp()],
    services: { identify: identify(), relay: circuitRelayServer() },
  });
  const at = relay.getMultiaddrs()[0]?.toString() ?? "";
  const transports = [tcp(), circuitRelayTransport()];
  // As if the server were behind another router: only the relay is dialled directly.
  let dialled = 0;
  const mayDial = (address: string): boolean => {
    dialled++;
    return address.startsWith(at);
  };
  const [server, a, b] = await Promise.all([
    DhtNode.start("server", { listen: [LOOPBACK, `${at}/p2p-circuit`], transports, mayDial }),
    DhtNode.start("client", { listen: [], transports, mayDial }),
    DhtNode.start("client", { listen: [], transports, mayDial }),
  ]);
  const circuit = () => server.network.getMultiaddrs().find((address) => address.toString().includes("p2p-circuit"));
  await expect.poll(circuit, POLL).toBeDefined();
  for (const { network } of [a, b]) await network.dial(circuit() as NonNullable<ReturnType<typeof circuit>>);
  await Promise.all([a, b].map((client) => client.knows(1)));
  const before = dialled;
  const note = content(1);
  await a.put(note, server);
  expect(await b.find(note.address)).toEqual(note.value);
  // Over the one circuit that each opened: a request is no reason for another.
  expect(dialled).toBe(before);
});
