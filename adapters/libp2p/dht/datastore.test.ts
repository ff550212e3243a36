import { Libp2pRecord } from "@libp2p/record";
import { Key } from "interface-datastore";
import fc from "fast-check";
import { expect, test } from "vitest";
import { toBase32 } from "../../../core/identity/index.ts";
import { nativeSuite } from "../../suite/index.ts";
import { RecordDatastore } from "./datastore.ts";
import { content } from "./dht.testing.ts";
import { addressOf, dhtKey } from "./record-keys.ts";
import { RecordStore } from "./record-store.ts";

const nameOf = (key: Uint8Array, prefix = "/dht/record"): Key =>
  new Key(`${prefix}/${toBase32(key).toLowerCase()}`, false);
const packed = (key: Uint8Array, value: Uint8Array): Uint8Array =>
  new Libp2pRecord(key, value, new Date(0)).serialize();

function made(): { datastore: RecordDatastore; store: RecordStore; sources: string[] } {
  const clock = { now: () => 1_800_000_000_000 };
  const store = new RecordStore(nativeSuite, clock);
  const sources: string[] = [];
  const datastore = new RecordDatastore(store, clock, () => sources.shift() ?? "somebody");
  return { datastore, store, sources };
}

test("a record comes back as if it had just been received", () => {
  const { datastore } = made();
  const { address, value } = content(1);
  const name = nameOf(dhtKey(address));
  datastore.put(name, packed(dhtKey(address), value));
  const back = Libp2pRecord.deserialize(datastore.get(name));
  expect([back.key, back.value, back.timeReceived.getTime()]).toEqual([dhtKey(address), value, 1_800_000_000_000]);
  expect(datastore.has(name)).toBe(true);
});

test("what is under any other name is neither kept nor found: providers, public keys, other addresses", async () => {
  const { datastore, store } = made();
  const { address, value } = content(1);
  const key = dhtKey(address);
  const names = [
    nameOf(key, "/dht/provider"),
    nameOf(new Uint8Array(Buffer.from("/pk/abc"))),
    nameOf(dhtKey(content(2).address)),
    new Key("/dht/record", false),
    new Key("/peers/x", false),
  ];
  for (const name of names) {
    datastore.put(name, packed(key, value));
    expect(() => datastore.get(name)).toThrow(expect.objectContaining({ name: "NotFoundError" }) as Error);
    expect(datastore.has(name)).toBe(false);
  }
  expect(store.size).toBe(0);
  for await (const _ of datastore.query()) expect.unreachable();
});

test("a key holds one address, and no other key does", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 90 }), (address, any) => {
      expect(addressOf(dhtKey(address))).toEqual(address);
      const found = addressOf(any);
      if (found !== undefined) expect(dhtKey(found)).toEqual(any);
    }),
    { seed: 1 },
  );
  const upper = Buffer.from(
    Buffer.from(dhtKey(new Uint8Array(32).fill(0xab)))
      .toString()
      .toUpperCase(),
  );
  expect(addressOf(upper)).toBeUndefined();
});
