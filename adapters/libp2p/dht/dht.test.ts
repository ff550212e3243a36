import { expect, test } from "vitest";
import { POLL } from "../nodes.testing.ts";
import { content, DAY_MS, DhtNode, signed } from "./dht.testing.ts";
import { GET_MORE_MS } from "./dht-records.ts";

const body = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const NOW = Date.now();
const signedNow = (seed: number, sequence: number, text = "x") =>
  signed(seed, NOW + sequence, body(text), NOW + DAY_MS);

test("two servers: what one puts the other finds, and still when it is alone", async () => {
  const [a, b] = await Promise.all([DhtNode.start(), DhtNode.start()]);
  await a.connect(b);
  const [note, bundle] = [content(1), signedNow(1, 0)];
  await a.put(note, b);
  await a.put(bundle, b);
  await a.network.stop();
  expect(await b.find(note.address)).toEqual(note.value);
  expect(await b.find(bundle.address)).toEqual(bundle.value);
});

test("two clients find each other's records at the one server", async () => {
  const [server, a, b] = await Promise.all([DhtNode.start(), DhtNode.start("client"), DhtNode.start("client")]);
  await a.connect(server);
  await b.connect(server);
  const [note, bundle] = [content(1), signedNow(1, 0)];
  await a.put(note, server);
  await b.put(bundle, server);
  expect(await b.find(note.address)).toEqual(note.value);
  expect(await a.find(bundle.address)).toEqual(bundle.value);
  expect([a.store.get(bundle.address), b.store.get(note.address)]).toEqual([undefined, undefined]);
});

test("a client finds what the one server put itself", async () => {
  const [server, client] = await Promise.all([DhtNode.start(), DhtNode.start("client")]);
  const bundle = signedNow(1, 0);
  server.records.put(bundle.address, bundle.value, Date.now() + DAY_MS);
  await client.connect(server);
  expect(await client.find(bundle.address)).toEqual(bundle.value);
});

test("what a server holds it finds though nobody is there, at once where it is content", async () => {
  const alone = await DhtNode.start();
  const note = content(1);
  alone.store.put(note.address, note.value, "somebody");
  const started = Date.now();
  expect(await alone.find(note.address)).toEqual(note.value);
  expect(Date.now() - started).toBeLessThan(GET_MORE_MS);
  const bundle = signedNow(1, 0);
  alone.store.put(bundle.address, bundle.value, "somebody");
  expect(await alone.find(bundle.address)).toEqual(bundle.value);
  expect(Date.now() - started).toBeLessThan(3 * GET_MORE_MS);
});

test("what is put while nobody is there is put when somebody comes", async () => {
  const [a, b] = await Promise.all([DhtNode.start(), DhtNode.start()]);
  const note = content(1);
  a.records.put(note.address, note.value, Date.now() + DAY_MS);
  expect(await a.find(note.address)).toEqual(note.value);
  await a.connect(b);
  await expect.poll(() => b.store.get(note.address)?.value, POLL).toEqual(note.value);
});

test("a newer record takes the place of an older one, and never the other way round", async () => {
  const [server, a, b] = await Promise.all([DhtNode.start(), DhtNode.start("client"), DhtNode.start("client")]);
  await a.connect(server);
  await b.connect(server);
  const [old, late] = [signedNow(1, 0), signedNow(1, 1)];
  await a.put(old, server);
  await a.put(late, server);
  b.records.put(old.address, old.value, Date.now() + DAY_MS);
  const after = content(1);
  await b.put(after, server);
  expect(server.store.get(old.address)?.value).toEqual(late.value);
});

test("what was put here gives way to what another put since", async () => {
  const node = await DhtNode.start();
  const [old, late] = [signedNow(1, 0), signedNow(1, 1)];
  node.records.put(old.address, old.value, NOW + DAY_MS);
  expect(await node.find(old.address)).toEqual(old.value);
  node.store.put(late.address, late.value, "somebody");
  expect(await node.find(old.address)).toEqual(late.value);
});

test("of several answers the newest is taken", async () => {
  const servers = await Promise.all([DhtNode.start(), DhtNode.start(), DhtNode.start()]);
  const versions = [signedNow(1, 0), signedNow(1, 2), signedNow(1, 1)];
  for (const [i, { store }] of servers.entries()) {
    const { address, value } = versions[i] as (typeof versions)[0];
    store.put(address, value, "somebody");
  }
  const client = await DhtNode.start("client");
  await client.connect(...servers);
  await client.knows(3);
  expect(await client.find((versions[0] as (typeof versions)[0]).address)).toEqual(versions[1]?.value);
});

test("nobody has it: the lookup ends without an answer", async () => {
  const [a, b] = await Promise.all([DhtNode.start("client"), DhtNode.start()]);
  await a.connect(b);
  await a.knows(1);
  expect(await a.find(content(1).address)).toBeUndefined();
});

test("lookups of one address are one lookup, and each is called back once", async () => {
  const [a, b] = await Promise.all([DhtNode.start("client"), DhtNode.start()]);
  const note = content(1);
  b.store.put(note.address, note.value, "somebody");
  await a.connect(b);
  await a.knows(1);
  let calls = 0;
  const found = await Promise.all(
    Array.from(
      { length: 50 },
      () => new Promise((resolve) => a.records.get(note.address, (value) => resolve([++calls, value]))),
    ),
  );
  expect(found).toEqual(found.map((_, i) => [i + 1, note.value]));
});

test("a stop answers everybody who waits", async () => {
  const a = await DhtNode.start();
  const waiting = Promise.all([a.find(content(1).address), a.find(content(2).address)]);
  a.records.stop();
  expect(await waiting).toEqual([undefined, undefined]);
  expect(await a.find(content(3).address)).toBeUndefined();
});

test("what does not verify is not put, and callers may alter their bytes afterwards", async () => {
  const a = await DhtNode.start();
  const [note, other] = [content(1), content(2)];
  a.records.put(note.address, other.value, Date.now() + DAY_MS);
  expect(a.store.get(note.address)).toBeUndefined();
  const address = note.address.slice();
  const value = note.value.slice();
  a.records.put(address, value, Date.now() + DAY_MS);
  address.fill(0);
  value.fill(0);
  expect(await a.find(note.address)).toEqual(note.value);
});
