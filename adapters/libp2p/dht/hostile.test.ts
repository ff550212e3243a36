import { expect, test } from "vitest";
import { POLL } from "../nodes.testing.ts";
import { content, DAY_MS, DhtNode, signed } from "./dht.testing.ts";
import { actor, liar, lie } from "./hostile.testing.ts";
import { dhtKey } from "./record-keys.ts";
import { KAD_PROTOCOL, MESSAGE_BYTES_MAX } from "./supervision.ts";

const GARBAGE = new Uint8Array(100).fill(7);
const signedNow = (seed: number, sequence: number, lifeMs = DAY_MS) =>
  signed(seed, Date.now() + sequence, Uint8Array.of(1), Date.now() + lifeMs);

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

test("who puts what does not verify is refused, and nothing is kept", async () => {
  const [server, bad] = await Promise.all([DhtNode.start(), liar()]);
  await bad.network.dial(server.network.getMultiaddrs());
  await expect.poll(() => bad.dht.routingTable.size, POLL).toBe(1);
  const { address } = content(1);
  await lie(bad, dhtKey(address), GARBAGE);
  await expect.poll(() => server.refused, POLL).toEqual([bad.network.peerId.toString()]);
  expect(server.store.size).toBe(0);
});

test("a record whose time is over is not kept, and its bringer not blamed: clocks differ", async () => {
  const [server, other] = await Promise.all([DhtNode.start(), liar()]);
  await other.network.dial(server.network.getMultiaddrs());
  await expect.poll(() => other.dht.routingTable.size, POLL).toBe(1);
  const over = signedNow(1, 0, -1_000);
  await lie(other, dhtKey(over.address), over.value);
  const good = content(1);
  await lie(other, dhtKey(good.address), good.value);
  expect(server.store.get(good.address)?.value).toEqual(good.value);
  expect(server.store.get(over.address)).toBeUndefined();
  expect(server.conduct.score(other.network.peerId.toString())).toBe(0);
});

test("a poisoned peer's answers are discarded and it is refused; the record is found all the same", async () => {
  const [server, bad, client] = await Promise.all([DhtNode.start(), liar(), DhtNode.start("client")]);
  const bundle = signedNow(1, 0);
  server.store.put(bundle.address, bundle.value, "somebody");
  void lie(bad, dhtKey(bundle.address), GARBAGE);
  await client.network.dial(bad.network.getMultiaddrs());
  await client.connect(server);
  await client.knows(2);
  expect(await client.find(bundle.address)).toEqual(bundle.value);
  await expect.poll(() => client.refused, POLL).toEqual([bad.network.peerId.toString()]);
  expect(client.conduct.score(server.peer)).toBe(0);
});

test("what was found once, whoever hands out an older one does not take back", async () => {
  const [server, bad, client] = await Promise.all([DhtNode.start(), liar(), DhtNode.start("client")]);
  const [old, bundle] = [signedNow(1, 0), signedNow(1, 1)];
  server.store.put(bundle.address, bundle.value, "somebody");
  await client.connect(server);
  await client.knows(1);
  expect(await client.find(bundle.address)).toEqual(bundle.value);
  await server.network.stop();
  await lie(bad, dhtKey(bundle.address), old.value);
  await client.network.dial(bad.network.getMultiaddrs());
  await client.knows(1);
  expect(await client.find(bundle.address)).toEqual(bundle.value);
  expect(client.conduct.score(bad.network.peerId.toString())).toBe(0);
});

test("where everybody lies, nothing is found", async () => {
  const [bad, client] = await Promise.all([liar(), DhtNode.start("client")]);
  const { address } = content(1);
  void lie(bad, dhtKey(address), GARBAGE);
  await client.network.dial(bad.network.getMultiaddrs());
  await client.knows(1);
  expect(await client.find(address)).toBeUndefined();
});

test("a message longer than any cuts its stream off before it is there", async () => {
  const [server, bad] = await Promise.all([DhtNode.start(), liar()]);
  const connection = await bad.network.dial(server.network.getMultiaddrs());
  const stream = await connection.newStream(KAD_PROTOCOL);
  stream.send(Uint8Array.from(varint(MESSAGE_BYTES_MAX + 1)));
  await expect.poll(() => stream.status, POLL).toBe("reset");
  expect(server.conduct.score(bad.network.peerId.toString())).toBeLessThan(0);
});

test("an answer longer than any is not waited for", async () => {
  const bad = await actor((stream) => {
    stream.send(Uint8Array.from([...varint(MESSAGE_BYTES_MAX + 1), ...new Uint8Array(100)]));
  });
  const client = await DhtNode.start("client");
  await client.network.dial(bad.getMultiaddrs());
  await client.knows(1);
  expect(await client.find(content(1).address)).toBeUndefined();
  expect(client.conduct.score(bad.peerId.toString())).toBeLessThan(0);
});

test("bytes that are no message end their stream, and nothing else", async () => {
  const [server, bad] = await Promise.all([DhtNode.start(), liar()]);
  const connection = await bad.network.dial(server.network.getMultiaddrs());
  // No field of that number, a field that is cut off, a type that is none, and a key that is no key.
  for (const junk of [[255], [10], [8, 99], [18, 200, 1], [8, 4, 18, 2, 1, 2], [8, 0, 26, 3, 1, 2, 3]]) {
    const stream = await connection.newStream(KAD_PROTOCOL);
    stream.send(Uint8Array.from([...varint(junk.length), ...junk]));
    await stream.close();
    await expect.poll(() => stream.status, POLL).not.toBe("open");
  }
  const [note, client] = [content(1), await DhtNode.start("client")];
  await client.connect(server);
  await client.put(note, server);
  expect(server.store.size).toBe(1);
});

test("a flood of requests is not served", async () => {
  const [server, bad] = await Promise.all([DhtNode.start(), liar()]);
  const connection = await bad.network.dial(server.network.getMultiaddrs());
  const stream = await connection.newStream(KAD_PROTOCOL);
  // Pings, which are the least that can be asked: field 1, type 5.
  const pings = Uint8Array.from(Array.from({ length: 5_000 }, () => [2, 8, 5]).flat());
  stream.send(pings);
  await expect.poll(() => stream.status, POLL).toBe("reset");
  expect(server.conduct.score(bad.network.peerId.toString())).toBeLessThan(0);
});

test("whom a node talks with it tells nobody; who serves the DHT it does", async () => {
  const [server, other, client, asker] = await Promise.all([
    DhtNode.start(),
    DhtNode.start(),
    DhtNode.start("client"),
    liar(),
  ]);
  await client.connect(server);
  await other.connect(server);
  await server.knows(1);
  // Who asks is written down as one who speaks the protocol.
  await client.put(content(1), server);
  await asker.network.dial(server.network.getMultiaddrs());
  await expect.poll(() => asker.dht.routingTable.size, POLL).toBeGreaterThan(0);
  const told = async (wanted: DhtNode): Promise<boolean> => {
    const options = { useCache: false, signal: AbortSignal.timeout(3_000) };
    try {
      for await (const event of asker.dht.findPeer(wanted.network.peerId, options)) {
        if (event.name === "FINAL_PEER") return true;
      }
    } catch {
      // Not found.
    }
    return false;
  };
  expect([await told(other), await told(client)]).toEqual([true, false]);
});
