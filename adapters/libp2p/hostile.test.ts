// All of libp2p but the sockets: connections stay within the process.
import { identify } from "@libp2p/identify";
import type { Stream } from "@libp2p/interface";
import { memory } from "@libp2p/memory";
import { multiaddr } from "@multiformats/multiaddr";
import type { Libp2p } from "libp2p";
import { beforeEach, expect, test } from "vitest";
import { ENVELOPE_BYTES_MAX } from "../../core/envelope/index.ts";
import { QUESTION_BYTES_MAX } from "../../core/node/index.ts";
import { ASK_PROTOCOL } from "./ask-exchange.ts";
import { encodeFrames } from "./frame.ts";
import { startInMemory } from "./memory.testing.ts";
import { POLL, randomSeed, stillClock, strangerNode, TestNode } from "./nodes.testing.ts";
import { ENVELOPE_PROTOCOL } from "./transport.ts";

let victim: TestNode;
let friend: TestNode;
let hostile: Libp2p;

beforeEach(async () => {
  const [a, b] = await Promise.all([startInMemory(randomSeed(), stillClock), startInMemory(randomSeed(), stillClock)]);
  [victim, friend] = [new TestNode(a), new TestNode(b)];
  victim.transport.onQuestion((_from, question, reply) => reply(question));
  hostile = await strangerNode({ transports: [memory()], services: { identify: identify() } });
});

const dial = (protocol: string): Promise<Stream> => hostile.dialProtocol(multiaddr(victim.address), protocol);

/** Whether the victim lets the hostile node in. */
async function admitted(): Promise<boolean> {
  try {
    const connection = await hostile.dial(multiaddr(victim.address));
    // A connection is refused once it proved whose it is: the other end may see that a moment later.
    await connection.newStream("/ipfs/id/1.0.0");
    return true;
  } catch {
    return false;
  }
}

async function expectFriendServed(): Promise<void> {
  const before = victim.arrivals.length;
  friend.transport.send(victim.address, new Uint8Array([5]));
  await expect.poll(() => victim.arrivals.slice(before).map(({ bytes }) => bytes), POLL).toEqual([Uint8Array.of(5)]);
  expect(await friend.ask(victim.address, new Uint8Array([3]))).toEqual(new Uint8Array([3]));
}

test.each([
  ["an envelope that is too long", ENVELOPE_PROTOCOL, lengthOf(ENVELOPE_BYTES_MAX + 1)],
  ["an envelope of 4 GiB", ENVELOPE_PROTOCOL, lengthOf(0xffff_ffff)],
  ["a question that is too long", ASK_PROTOCOL, lengthOf(QUESTION_BYTES_MAX + 1)],
  ["two questions on one stream", ASK_PROTOCOL, encodeFrames([Uint8Array.of(1), Uint8Array.of(2)])],
])("%s: the peer is cut off and refused, and others are served on", async (_what, protocol, bytes) => {
  expect(await admitted()).toBe(true);
  const stream = await dial(protocol);
  stream.send(bytes);
  await expect.poll(() => victim.transport.status().refusedPeers, POLL).toBe(1);
  expect(victim.transport.counters.malformed).toBe(1);
  await expect.poll(() => hostile.getConnections().length, POLL).toBe(0);
  expect(await admitted()).toBe(false);
  await expectFriendServed();
  // Nor does the victim call whom it refuses.
  expect(victim.transport.counters.dialled).toBe(0);
});

test("noise on any protocol that a node speaks breaks nothing", async () => {
  const identified = new Promise<string[]>((resolve) => {
    hostile.addEventListener("peer:identify", ({ detail }) => resolve(detail.protocols));
  });
  await hostile.dial(multiaddr(victim.address));
  const protocols = await identified;
  expect(protocols).toEqual(expect.arrayContaining([ENVELOPE_PROTOCOL, ASK_PROTOCOL, "/chhaya/kad/1"]));
  for (const protocol of protocols) {
    for (const noise of [
      new Uint8Array(0),
      new Uint8Array(20_000).fill(0xff),
      Uint8Array.from({ length: 300 }, (_, i) => i),
    ]) {
      // The victim may have refused the peer by now, which is as well.
      const stream = await dial(protocol).catch(() => undefined);
      if (stream === undefined) continue;
      stream.send(noise);
      await stream.close().catch(() => {});
    }
  }
  await expectFriendServed();
});

test("a flood of envelopes is made to wait, and others are served on", async () => {
  const stream = await dial(ENVELOPE_PROTOCOL);
  const [batches, batch] = [24, encodeFrames(Array.from({ length: 1_000 }, () => new Uint8Array(1)))];
  for (let number = 0; number < batches; number++) stream.send(batch);
  const { counters } = victim.transport;
  await expect.poll(() => counters.received, POLL).toBeGreaterThan(1_000);
  await expectFriendServed();
  expect(counters.received).toBeLessThan(batches * 1_000);
  expect([counters.malformed, victim.transport.status().refusedPeers]).toEqual([0, 0]);
});

test("streams that stay silent are bounded, and hold up nobody", async () => {
  const streams = await Promise.all(Array.from({ length: 40 }, () => dial(ASK_PROTOCOL).catch(() => undefined)));
  await expect.poll(() => streams.filter((stream) => stream?.status === "open").length, POLL).toBeLessThan(20);
  await expectFriendServed();
});

function lengthOf(bytes: number): Uint8Array {
  const header = new Uint8Array(4);
  new DataView(header.buffer).setUint32(0, bytes);
  return header;
}
