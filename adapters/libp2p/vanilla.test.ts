// Real sockets, on loopback. Nodes with nothing of this project in them, set up as libp2p's own documents show.
import { circuitRelayTransport } from "@libp2p/circuit-relay-v2";
import { identify } from "@libp2p/identify";
import { noise } from "@libp2p/noise";
import { type Ping, ping } from "@libp2p/ping";
import { tcp } from "@libp2p/tcp";
import { yamux } from "@libp2p/yamux";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p, type Libp2p } from "libp2p";
import { expect, test } from "vitest";
import { loopbackOptions, startLibp2p } from "./index.ts";
import { POLL, randomSeed, stillClock, tended, TestNode } from "./nodes.testing.ts";

async function vanillaNode(listen: string[]): Promise<Libp2p<{ ping: Ping }>> {
  const node = await createLibp2p({
    addresses: { listen },
    transports: [tcp(), circuitRelayTransport()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: { identify: identify(), ping: ping() },
  });
  return tended(node);
}

test("a vanilla libp2p node dials, identifies and pings this one, and reaches another vanilla node through it", async () => {
  const options = { ...loopbackOptions("tcp", randomSeed(), stillClock), serveRelay: true };
  const relay = new TestNode(await startLibp2p(options));
  const address = multiaddr(relay.address);
  const dialler = await vanillaNode([]);

  const identified = new Promise<string>((resolve) => {
    dialler.addEventListener("peer:identify", ({ detail: { agentVersion, protocolVersion } }) => {
      resolve(`${agentVersion} ${protocolVersion}`);
    });
  });
  await dialler.dial(address);
  // Nothing that tells one node's software from another's.
  expect(await identified).toBe("chhaya ipfs/0.1.0");
  expect(await dialler.services.ping.ping(address)).toBeGreaterThanOrEqual(0);
  const known = await dialler.peerStore.get((await dialler.dial(address)).remotePeer);
  expect(known.addresses.map(({ multiaddr: told }) => told.toString())).toEqual([
    relay.address.replace(/\/p2p\/.*/, ""),
  ]);

  const hidden = await vanillaNode([`${relay.address}/p2p-circuit`]);
  await expect.poll(() => hidden.getMultiaddrs().length, POLL).toBeGreaterThan(0);
  const through = multiaddr(`${relay.address}/p2p-circuit/p2p/${hidden.peerId.toString()}`);
  const { limits, remotePeer } = await dialler.dial(through);
  expect(remotePeer.equals(hidden.peerId)).toBe(true);
  expect(limits).toBeDefined();
  expect(await dialler.services.ping.ping(through)).toBeGreaterThanOrEqual(0);
});
