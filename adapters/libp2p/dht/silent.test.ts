import { expect, test } from "vitest";
import { POLL } from "../nodes.testing.ts";
import { content, DAY_MS, DhtNode, signed } from "./dht.testing.ts";
import { actor } from "./hostile.testing.ts";

/** Nobody is passed over sooner. */
const SILENCE_MS_MIN = 3_000;
const signedNow = (seed: number) => signed(seed, Date.now(), Uint8Array.of(1), Date.now() + DAY_MS);

test("peers that never answer hold up neither lookups nor puts for long", async () => {
  const silent = await Promise.all(Array.from({ length: 5 }, () => actor(() => {})));
  const [server, client] = await Promise.all([DhtNode.start(), DhtNode.start("client")]);
  const [note, bundle, own] = [content(1), signedNow(1), content(2)];
  server.store.put(note.address, note.value, "somebody");
  server.store.put(bundle.address, bundle.value, "somebody");
  for (const peer of silent) await client.network.dial(peer.getMultiaddrs());
  await client.connect(server);
  await client.knows(6);
  client.records.put(own.address, own.value, Date.now() + DAY_MS);
  // The first lookup waits for the library's search for neighbours, and so once for the silent ones.
  expect(await client.find(note.address)).toEqual(note.value);
  const started = Date.now();
  expect(await client.find(bundle.address)).toEqual(bundle.value);
  expect(Date.now() - started).toBeLessThan(SILENCE_MS_MIN);
  await expect.poll(() => server.store.get(own.address)?.value, POLL).toEqual(own.value);
}, 30_000);
