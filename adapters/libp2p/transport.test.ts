// Real sockets, on loopback: the simulated transport passes the same conformance test without any.
import { randomBytes } from "node:crypto";
import { multiaddr } from "@multiformats/multiaddr";
import { afterEach, describe, expect, test } from "vitest";
import { ENVELOPE_BYTES_MAX } from "../../core/envelope/index.ts";
import { type Clock, QUESTION_BYTES_MAX } from "../../core/node/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { ASKS_UNDER_WAY_MAX, createNetwork, WIRES } from "./network.ts";
import { RECORD_BYTES_MAX } from "./records.ts";
import { type Libp2pTransport, startLibp2p } from "./transport.ts";

const clock: Clock = { now: () => 1_000, at: () => () => {} };
const running: { stop(): Promise<void> | void }[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.stop()));
});

interface Arrival {
  readonly from: string;
  readonly bytes: Uint8Array;
}

/** A started transport, what it received, and a promise for when that is `count`. */
class Node {
  readonly transport: Libp2pTransport;
  readonly arrivals: Arrival[] = [];
  #wanted: { readonly count: number; readonly resolve: () => void } | undefined;

  constructor(transport: Libp2pTransport) {
    this.transport = transport;
    transport.onReceive((from, bytes) => {
      this.arrivals.push({ from, bytes });
      if (this.arrivals.length >= (this.#wanted?.count ?? Number.POSITIVE_INFINITY)) this.#wanted?.resolve();
    });
  }

  received(count: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.arrivals.length >= count) resolve();
      else this.#wanted = { count, resolve };
    });
  }
}

function randomSeed(): Secret {
  return new Secret(new Uint8Array(randomBytes(32)));
}

function ask(transport: Libp2pTransport, to: string, question: Uint8Array): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => transport.ask(to, question, resolve));
}

function find(transport: Libp2pTransport, address: Uint8Array): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => transport.getRecord(address, resolve));
}

describe.each(WIRES)("over %s", (wire) => {
  async function node(seed: Secret = randomSeed()): Promise<Node> {
    const transport = await startLibp2p({ wire, seed, clock });
    running.push(transport);
    return new Node(transport);
  }

  test("listens on loopback under its network identity", async () => {
    const seed = randomSeed();
    const first = await node(Secret.copyOf(seed.expose()));
    const again = await node(seed);
    const [peer, peerAgain] = [first, again].map(({ transport }) => transport.address.split("/p2p/")[1]);
    expect(first.transport.address).toMatch(/^\/ip4\/127\.0\.0\.1\//);
    expect(peer).toBe(peerAgain);
    expect(first.transport.address).not.toBe(again.transport.address);
  });

  test("datagrams of every size arrive unchanged, and an answer finds its way by the address they came from", async () => {
    const [a, b] = [await node(), await node()];
    const sent = [0, 1, 512, 65_535, ENVELOPE_BYTES_MAX].map((length) => new Uint8Array(randomBytes(length)));
    for (const bytes of sent) a.transport.send(b.transport.address, bytes);
    await b.received(sent.length);
    expect(b.arrivals.map(({ bytes }) => bytes)).toEqual(sent);
    b.transport.send(b.arrivals[0]?.from as string, new Uint8Array([7]));
    await a.received(1);
    expect(a.arrivals[0]?.bytes).toEqual(new Uint8Array([7]));
    expect(a.arrivals[0]?.from).toContain(b.transport.address.split("/p2p/")[1]);
    // The answer took the connection that was there.
    expect(b.transport.counters.dialled).toBe(0);
  });

  test("many datagrams both ways at once, from a simultaneous start, within the queue's bound: none is lost", async () => {
    const [a, b] = [await node(), await node()];
    a.transport.send(b.transport.address, new Uint8Array(1));
    b.transport.send(a.transport.address, new Uint8Array(1));
    await Promise.all([a.received(1), b.received(1)]);
    const body = new Uint8Array(16_384);
    for (let number = 0; number < 200; number++) {
      a.transport.send(b.transport.address, body);
      b.transport.send(a.transport.address, body);
    }
    await Promise.all([a.received(201), b.received(201)]);
    expect(a.transport.counters.dropped + b.transport.counters.dropped).toBe(0);
  });

  test("what cannot be sent is dropped and counted, and nothing outside this machine is dialled", async () => {
    const a = await node();
    const b = await node();
    const peer = b.transport.address.split("/p2p/")[1];
    a.transport.send("nowhere", new Uint8Array(1));
    a.transport.send(`/ip4/192.0.2.1/tcp/1/p2p/${peer}`, new Uint8Array(1));
    a.transport.send(a.transport.address, new Uint8Array(1));
    a.transport.send(b.transport.address, new Uint8Array(ENVELOPE_BYTES_MAX + 1));
    expect(a.transport.counters).toMatchObject({ sent: 0, dropped: 4, dialled: 0 });
  });

  test("a node with another identity at the address gets nothing: the connection proves the peer id", async () => {
    const [a, b, c] = [await node(), await node(), await node()];
    const address = b.transport.address.replace(/[^/]*$/, c.transport.address.split("/p2p/")[1] as string);
    a.transport.send(address, new Uint8Array(1));
    await expect.poll(() => a.transport.counters.dropped).toBe(1);
    expect(b.arrivals).toEqual([]);
  });

  test("a peer that came back on another port is reached at its old address once it has spoken", async () => {
    const a = await node();
    const seed = randomSeed();
    const before = await node(Secret.copyOf(seed.expose()));
    a.transport.send(before.transport.address, new Uint8Array(1));
    await before.received(1);
    await before.transport.stop();
    const after = await node(seed);
    after.transport.send(a.transport.address, new Uint8Array([1]));
    await a.received(1);
    a.transport.send(before.transport.address, new Uint8Array([2]));
    await after.received(1);
    expect(after.arrivals[0]?.bytes).toEqual(new Uint8Array([2]));
  });

  test("a record is found at the peer that published it, and only by who knows that peer", async () => {
    const [a, b, stranger] = [await node(), await node(), await node()];
    const address = new Uint8Array(randomBytes(32));
    const value = new Uint8Array(randomBytes(RECORD_BYTES_MAX));
    b.transport.putRecord(address, value, 2_000);
    expect(await find(b.transport, address)).toEqual(value);
    expect(await find(a.transport, address)).toBeUndefined();
    expect(a.transport.addPeer("nowhere")).toBe(false);
    expect(a.transport.addPeer(stranger.transport.address)).toBe(true);
    expect(a.transport.addPeer(b.transport.address)).toBe(true);
    expect(await find(a.transport, address)).toEqual(value);
    expect(await find(a.transport, new Uint8Array(32))).toBeUndefined();
  });

  test("more lookups than may be under way wait their turn", async () => {
    const [a, b] = [await node(), await node()];
    const address = new Uint8Array(32);
    b.transport.putRecord(address, new Uint8Array([1]), 2_000);
    a.transport.addPeer(b.transport.address);
    const found = await Promise.all(Array.from({ length: 100 }, () => find(a.transport, address)));
    expect(found.every((value) => value?.[0] === 1)).toBe(true);
  });

  test("a frame longer than an envelope cuts the stream off, and the node serves others on", async () => {
    const [a, b] = [await node(), await node()];
    const hostile = await createNetwork(wire, randomSeed());
    running.push(hostile);
    await hostile.start();
    const stream = await hostile.dialProtocol(multiaddr(b.transport.address), "/chhaya/envelope/1");
    stream.send(new Uint8Array([0, 1, 0, 1]));
    await expect.poll(() => b.transport.counters.malformed).toBe(1);
    // A whole frame of one byte, too late.
    if (stream.writeStatus === "writable") stream.send(new Uint8Array([0, 0, 0, 1, 6]));
    a.transport.send(b.transport.address, new Uint8Array([5]));
    await b.received(1);
    expect(b.arrivals.map(({ bytes }) => bytes)).toEqual([new Uint8Array([5])]);
  });

  test("gossip reaches whoever is connected or known, whoever dialled, and goes no further by itself", async () => {
    const [a, b, c, stranger] = [await node(), await node(), await node(), await node()];
    const heard = new Map<string, Arrival[]>();
    for (const [name, { transport }] of Object.entries({ a, b, c, stranger })) {
      const arrivals: Arrival[] = [];
      heard.set(name, arrivals);
      transport.onGossip((from, bytes) => arrivals.push({ from, bytes }));
    }
    a.transport.send(b.transport.address, new Uint8Array(1));
    await b.received(1);
    // Connected by a, known to nobody; c is known and not yet connected.
    b.transport.addPeer(c.transport.address);
    b.transport.publish(new Uint8Array([9]));
    await expect.poll(() => [...heard.values()].map(({ length }) => length)).toEqual([1, 0, 1, 0]);
    expect(heard.get("a")?.[0]?.from).toContain(b.transport.address.split("/p2p/")[1]);
    expect(heard.get("c")?.[0]?.bytes).toEqual(new Uint8Array([9]));
    // What c publishes reaches b over the connection that b opened, and a by nobody's doing.
    c.transport.publish(new Uint8Array([8]));
    await expect.poll(() => [...heard.values()].map(({ length }) => length)).toEqual([1, 1, 1, 0]);
    expect([a, b, c].map(({ arrivals }) => arrivals.length)).toEqual([0, 1, 0]);
  });

  test("more questions than may be under way wait their turn, and each gets its own answer", async () => {
    const [a, b] = [await node(), await node()];
    let most = 0;
    let open = 0;
    b.transport.onQuestion((_from, question, reply) => {
      most = Math.max(most, ++open);
      setImmediate(() => {
        open--;
        reply(new Uint8Array([...question, 1]));
      });
    });
    const questions = Array.from({ length: 100 }, (_, number) => new Uint8Array([number]));
    const answers = await Promise.all(questions.map((question) => ask(a.transport, b.transport.address, question)));
    expect(answers).toEqual(questions.map(([number = 0]) => new Uint8Array([number, 1])));
    expect(most).toBeLessThanOrEqual(ASKS_UNDER_WAY_MAX);
  });

  test("malformed gossip and questions are cut off, and the node serves others on", async () => {
    const [a, b] = [await node(), await node()];
    const heard: Uint8Array[] = [];
    b.transport.onGossip((_from, bytes) => heard.push(bytes));
    b.transport.onQuestion((_from, question, reply) => reply(question));
    const hostile = await createNetwork(wire, randomSeed());
    running.push(hostile);
    await hostile.start();
    for (const protocol of ["/chhaya/gossip/1", "/chhaya/ask/1"]) {
      const before = b.transport.counters.malformed;
      const stream = await hostile.dialProtocol(multiaddr(b.transport.address), protocol);
      stream.send(new Uint8Array([0, 1, 0, 1]));
      await expect.poll(() => b.transport.counters.malformed).toBe(before + 1);
    }
    expect(await ask(a.transport, b.transport.address, new Uint8Array([3]))).toEqual(new Uint8Array([3]));
    a.transport.publish(new Uint8Array([4]));
    await expect.poll(() => heard).toEqual([new Uint8Array([4])]);
  });

  test("what is not asked is over at once: an own address, an address outside this machine, too long a question", async () => {
    const [a, b] = [await node(), await node()];
    const peer = b.transport.address.split("/p2p/")[1];
    const targets = [a.transport.address, `/ip4/192.0.2.1/tcp/1/p2p/${peer}`, "nowhere"];
    const short = targets.map((to) => ask(a.transport, to, new Uint8Array(1)));
    const long = ask(a.transport, b.transport.address, new Uint8Array(QUESTION_BYTES_MAX + 1));
    expect(await Promise.all([...short, long])).toEqual([undefined, undefined, undefined, undefined]);
    expect(a.transport.counters.dialled).toBe(0);
  });

  test("after stop nothing is sent, received or found", async () => {
    const [a, b] = [await node(), await node()];
    b.transport.putRecord(new Uint8Array(32), new Uint8Array(1), 2_000);
    a.transport.addPeer(b.transport.address);
    a.transport.send(b.transport.address, new Uint8Array(1));
    await b.received(1);
    await a.transport.stop();
    a.transport.send(b.transport.address, new Uint8Array(1));
    expect(await find(a.transport, new Uint8Array(32))).toBeUndefined();
    expect(await ask(a.transport, b.transport.address, new Uint8Array(1))).toBeUndefined();
    a.transport.publish(new Uint8Array(1));
    expect(a.transport.counters).toMatchObject({ sent: 1, dropped: 2 });
  });
});
