// All of libp2p but the sockets: connections stay within the process.
import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { ENVELOPE_BYTES_MAX } from "../../core/envelope/index.ts";
import { QUESTION_BYTES_MAX } from "../../core/node/index.ts";
import { Secret } from "../../core/safety/index.ts";
import { ASKS_PER_PEER_MAX } from "./ask-exchange.ts";
import { startInMemory } from "./memory.testing.ts";
import { POLL, randomSeed, stillClock, TestNode } from "./nodes.testing.ts";

async function node(seed: Secret = randomSeed()): Promise<TestNode> {
  return new TestNode(await startInMemory(seed, stillClock));
}

test("listens under its network identity", async () => {
  const seed = randomSeed();
  const first = await node(Secret.copyOf(seed.expose()));
  const again = await node(seed);
  expect(first.address.split("/p2p/")[1]).toBe(first.peer);
  expect(again.peer).toBe(first.peer);
  expect(again.address).not.toBe(first.address);
});

test("datagrams of every size arrive unchanged, and an answer finds its way by the address they came from", async () => {
  const [a, b] = [await node(), await node()];
  const sent = [0, 1, 512, 65_535, ENVELOPE_BYTES_MAX].map((length) => new Uint8Array(randomBytes(length)));
  for (const bytes of sent) a.transport.send(b.address, bytes);
  await b.received(sent.length);
  expect(b.arrivals.map(({ bytes }) => bytes)).toEqual(sent);
  b.transport.send(b.arrivals[0]?.from as string, new Uint8Array([7]));
  await a.received(1);
  expect(a.arrivals[0]?.bytes).toEqual(new Uint8Array([7]));
  expect(a.arrivals[0]?.from).toContain(b.peer);
  // The answer took the connection that was there.
  expect(b.transport.counters.dialled).toBe(0);
});

test("many datagrams both ways at once, from a simultaneous start, within the queue's bound: none is lost", async () => {
  const [a, b] = [await node(), await node()];
  a.transport.send(b.address, new Uint8Array(1));
  b.transport.send(a.address, new Uint8Array(1));
  await Promise.all([a.received(1), b.received(1)]);
  const body = new Uint8Array(16_384);
  for (let number = 0; number < 200; number++) {
    a.transport.send(b.address, body);
    b.transport.send(a.address, body);
  }
  await Promise.all([a.received(201), b.received(201)]);
  expect(a.transport.counters.dropped + b.transport.counters.dropped).toBe(0);
});

test("what cannot be sent is dropped and counted, and nothing outside the scope is dialled", async () => {
  const [a, b] = [await node(), await node()];
  a.transport.send("nowhere", new Uint8Array(1));
  a.transport.send(`/ip4/192.0.2.1/tcp/1/p2p/${b.peer}`, new Uint8Array(1));
  a.transport.send(a.address, new Uint8Array(1));
  a.transport.send(b.address, new Uint8Array(ENVELOPE_BYTES_MAX + 1));
  expect(a.transport.counters).toMatchObject({ sent: 0, dropped: 4, dialled: 0 });
  expect([a.transport.addPeer("nowhere"), a.transport.addPeer(`/ip4/10.0.0.1/tcp/1/p2p/${b.peer}`)]).toEqual([
    false,
    false,
  ]);
});

test("a node with another identity at the address gets nothing: the connection proves the peer id", async () => {
  const [a, b, c] = [await node(), await node(), await node()];
  a.transport.send(b.address.replace(b.peer, c.peer), new Uint8Array(1));
  await expect.poll(() => a.transport.counters.dropped, POLL).toBe(1);
  expect(b.arrivals).toEqual([]);
});

test("a peer that came back at another address is reached at its old one once it has spoken", async () => {
  const a = await node();
  const seed = randomSeed();
  const before = await node(Secret.copyOf(seed.expose()));
  a.transport.send(before.address, new Uint8Array(1));
  await before.received(1);
  await before.transport.stop();
  const after = await node(seed);
  after.transport.send(a.address, new Uint8Array([1]));
  await a.received(1);
  a.transport.send(before.address, new Uint8Array([2]));
  await after.received(1);
  expect(after.arrivals[0]?.bytes).toEqual(new Uint8Array([2]));
});

test("more questions than one peer is asked at once wait their turn, and each gets its own answer", async () => {
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
  const answers = await Promise.all(questions.map((question) => a.ask(b.address, question)));
  expect(answers).toEqual(questions.map(([number = 0]) => new Uint8Array([number, 1])));
  expect(most).toBeLessThanOrEqual(ASKS_PER_PEER_MAX);
});

test("peers that keep silent hold up nobody else, however many questions are open with them", async () => {
  const [a, answering, ...silent] = await Promise.all(Array.from({ length: 10 }, () => node()));
  if (a === undefined || answering === undefined) throw new Error("no nodes");
  answering.transport.onQuestion((_from, question, reply) => reply(question));
  let answered = 0;
  for (const { address, transport } of silent) {
    transport.onQuestion(() => {});
    for (let number = 0; number < 64; number++) a.transport.ask(address, new Uint8Array(1), () => answered++);
  }
  expect(await a.ask(answering.address, new Uint8Array([3]))).toEqual(new Uint8Array([3]));
  expect(answered).toBe(0);
});

test("what is not asked is over at once: an own address, an address out of scope, too long a question", async () => {
  const [a, b] = [await node(), await node()];
  const targets = [a.address, `/ip4/192.0.2.1/tcp/1/p2p/${b.peer}`, "nowhere"];
  const short = targets.map((to) => a.ask(to, new Uint8Array(1)));
  const long = a.ask(b.address, new Uint8Array(QUESTION_BYTES_MAX + 1));
  expect(await Promise.all([...short, long])).toEqual([undefined, undefined, undefined, undefined]);
  expect(a.transport.counters.dialled).toBe(0);
});

test("after stop nothing is sent, received or found", async () => {
  const [a, b] = [await node(), await node()];
  a.transport.send(b.address, new Uint8Array(1));
  await b.received(1);
  await a.transport.stop();
  a.transport.send(b.address, new Uint8Array(1));
  expect(await a.find(new Uint8Array(32))).toBeUndefined();
  expect(await a.ask(b.address, new Uint8Array(1))).toBeUndefined();
  a.transport.publish(new Uint8Array(1));
  expect(a.transport.counters).toMatchObject({ sent: 1, dropped: 1 });
});
