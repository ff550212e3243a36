// Real sockets, on loopback.
import { circuitRelayServer, RELAY_V2_STOP_CODEC } from "@libp2p/circuit-relay-v2";
import { identify } from "@libp2p/identify";
import { tcp } from "@libp2p/tcp";
import { multiaddr } from "@multiformats/multiaddr";
import { expect, test } from "vitest";
import { ENVELOPE_BYTES_MAX } from "../../core/envelope/index.ts";
import { loopbackOptions, type NetworkOptions, startLibp2p } from "./index.ts";
import { POLL, randomSeed, stillClock, strangerNode, TestNode } from "./nodes.testing.ts";
import { RELAYED } from "./relay-transport.ts";

async function node(options: Partial<NetworkOptions>): Promise<TestNode> {
  return new TestNode(await startLibp2p({ ...loopbackOptions("tcp", randomSeed(), stillClock), ...options }));
}

const relayNode = (): Promise<TestNode> => node({ serveRelay: true });
const hiddenNode = (...relays: string[]): Promise<TestNode> => node({ listen: [RELAYED], relays });

/** Relays that a node tells it is reached through. */
function relaysOf({ transport: { addresses } }: TestNode): string[] {
  return addresses.map((address) => address.split("/p2p/")[1]?.split("/")[0] ?? "");
}

test("two nodes that only relays reach talk both ways; the relay dies, another takes its place, and they talk on", async () => {
  const relays = await Promise.all([relayNode(), relayNode(), relayNode()]);
  const named = relays.map(({ address }) => address);
  const [a, b] = await Promise.all([hiddenNode(...named), hiddenNode(...named)]);
  let relocations = 0;
  b.transport.onRelocated(() => relocations++);
  const first = relays.slice(0, 2).map(({ peer }) => peer);
  await expect
    .poll(() => [relaysOf(a).toSorted(), relaysOf(b).toSorted()], POLL)
    .toEqual([first.toSorted(), first.toSorted()]);
  expect(b.transport.status().reachability).toBe("private");

  a.transport.send(b.address, new Uint8Array(ENVELOPE_BYTES_MAX));
  await b.received(1);
  b.transport.send(b.arrivals[0]?.from as string, new Uint8Array([7]));
  await a.received(1);
  b.transport.onQuestion((_from, question, reply) => reply(question));
  expect(await a.ask(b.address, new Uint8Array([3]))).toEqual(new Uint8Array([3]));
  expect(a.transport.status().connections.byTransport["relay"]).toBeGreaterThan(0);

  const [dead = ""] = relaysOf(b);
  const before = relocations;
  await relays.find(({ peer }) => peer === dead)?.transport.stop();
  const left = relays.map(({ peer }) => peer).filter((peer) => peer !== dead);
  await expect.poll(() => relaysOf(b).toSorted(), POLL).toEqual(left.toSorted());
  expect(relocations).toBeGreaterThan(before);
  // Over the relay that is left, though the old address is still known.
  a.transport.send(b.address, new Uint8Array([8]));
  await b.received(2);
  expect(b.arrivals[1]?.bytes).toEqual(new Uint8Array([8]));
});

test("a relay that comes later, and one that was only met, are used too", async () => {
  const absent = await relayNode();
  await absent.transport.stop();
  const met = await relayNode();
  const hidden = await hiddenNode(absent.address);
  expect(hidden.transport.addresses).toEqual([]);
  hidden.transport.addPeer(met.address);
  await expect.poll(() => relaysOf(hidden), POLL).toEqual([met.peer]);
});

test("a conversation that is longer than a circuit carries goes on over new ones", async () => {
  const relay = await strangerNode({
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    transports: [tcp()],
    services: { identify: identify(), relay: circuitRelayServer({ reservations: { defaultDataLimit: 200_000n } }) },
  });
  const [a, b] = [await node({}), await hiddenNode(relay.getMultiaddrs()[0]?.toString() ?? "")];
  await expect.poll(() => b.transport.addresses.length, POLL).toBe(1);
  for (let number = 0; number < 8; number++) {
    const arrived = (): boolean => b.arrivals.some(({ bytes }) => bytes[0] === number);
    const body = new Uint8Array(ENVELOPE_BYTES_MAX).fill(number);
    const say = (): boolean => {
      // What was under way when the circuit was cut is lost; the core says it again, too.
      if (!arrived()) a.transport.send(b.address, body);
      return arrived();
    };
    await expect.poll(say, { ...POLL, interval: 100 }).toBe(true);
  }
});

test("nobody becomes a node's relay by bringing it a call", async () => {
  const victim = await node({ listen: ["/ip4/127.0.0.1/tcp/0", RELAYED] });
  const [honest, before] = [await relayNode(), victim.transport.addresses];
  const hostile = await strangerNode({
    addresses: { listen: ["/ip4/127.0.0.1/tcp/0"] },
    transports: [tcp()],
    services: {
      identify: identify(),
      // Found, and asked for a reservation, which it does not give; so it is not the victim's relay.
      relay: circuitRelayServer({ reservations: { maxReservations: 0 } }),
    },
  });
  const stream = await hostile.dialProtocol(multiaddr(victim.address), RELAY_V2_STOP_CODEC);
  const answer = new Promise<Uint8Array>((resolve) => {
    stream.addEventListener("message", ({ data }) => resolve(data.subarray()));
  });
  // A call from the hostile node itself: type CONNECT, and the peer; the answer is STATUS, PERMISSION_DENIED (202).
  const id = hostile.peerId.toMultihash().bytes;
  stream.send(Uint8Array.from([id.length + 6, 8, 0, 18, id.length + 2, 10, id.length, ...id]));
  expect([...(await answer)]).toEqual([5, 8, 1, 32, 202, 1]);
  expect(victim.transport.addresses).toEqual(before);
  expect(victim.transport.status().relays).toEqual([]);
  victim.transport.addPeer(honest.address);
  await expect.poll(() => victim.transport.status().relays.map(({ peer }) => peer), POLL).toEqual([honest.peer]);
});
