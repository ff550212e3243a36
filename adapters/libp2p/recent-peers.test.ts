import fc from "fast-check";
import type { PeerData, PeerId, PeerStore } from "@libp2p/interface";
import { peerIdFromString } from "@libp2p/peer-id";
import { multiaddr } from "@multiformats/multiaddr";
import { createLibp2p } from "libp2p";
import { afterEach, expect, test, vi } from "vitest";
import { RECENT_MS, recallRecent } from "./recent-peers.ts";

const SELF = peerIdFromString("12D3KooWE3XAYFTs6BUaREXkY8CtJmQfZMQjRDRjfNwyLkQ3xLZJ");
const PEERS = [
  "12D3KooWGzxzKZYveHXtpG6AsrUJBcWxHBFS2HsEoGTxrMLvKXtf",
  "12D3KooWKRyzVWW6ChFjQjK4miCty85Niy48tpPV95XdKu1BcvMA",
].map((text) => peerIdFromString(text));
const [PEER] = PEERS as [PeerId];
const AT = [1, 2].map((port) => multiaddr(`/ip4/198.51.100.7/tcp/${port}`));

afterEach(() => void vi.restoreAllMocks());

async function storeOf(): Promise<PeerStore> {
  const { peerStore } = await createLibp2p({ start: false });
  return peerStore;
}

/** A store that remembers, and how often the one below it was written and read. */
async function recalling(): Promise<{ store: PeerStore; counts: { merge: number; get: number } }> {
  const store = await storeOf();
  const counts = { merge: 0, get: 0 };
  const { get, merge } = store;
  store.get = (...values) => (counts.get++, get.apply(store, values));
  store.merge = (...values) => (counts.merge++, merge.apply(store, values));
  recallRecent(store, SELF);
  return { store, counts };
}

type Action =
  | { readonly kind: "merge" | "patch" | "save"; readonly peer: PeerId; readonly data: PeerData }
  | { readonly kind: "delete"; readonly peer: PeerId };

const arbitraryData = fc
  .record(
    {
      multiaddrs: fc.subarray(AT),
      protocols: fc.subarray(["/a", "/b"]),
      tags: fc.constantFrom({ tag: { value: 1 } }, { tag: undefined }),
    },
    { requiredKeys: [] },
  )
  .map((data) => data as PeerData);
const arbitraryPeer = fc.constantFrom(...PEERS, SELF);
const arbitraryAction: fc.Arbitrary<Action> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("merge"), peer: arbitraryPeer, data: arbitraryData }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom("patch", "save"), peer: arbitraryPeer, data: arbitraryData }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("delete"), peer: arbitraryPeer }) },
) as fc.Arbitrary<Action>;

function apply(store: PeerStore, action: Action): Promise<unknown> {
  if (action.kind === "delete") return store.delete(action.peer);
  return store[action.kind](action.peer, action.data);
}

async function contentOf(store: PeerStore): Promise<unknown> {
  const found = [];
  for (const peer of [...PEERS, SELF]) {
    const { addresses, protocols, tags } = await store
      .get(peer)
      .catch(() => ({ addresses: [], protocols: [], tags: [] }));
    found.push([addresses.map(({ multiaddr: at }) => at.toString()), protocols, [...tags]]);
  }
  return found;
}

test("whatever is written, one after another or at once, is read as from the store itself", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(arbitraryAction, { maxLength: 4 }), { maxLength: 8 }), async (rounds) => {
      const [plain, { store }] = [await storeOf(), await recalling()];
      for (const round of rounds) {
        await Promise.all(round.map((action) => apply(plain, action)));
        await Promise.all(round.map((action) => apply(store, action)));
        expect(await contentOf(store)).toEqual(await contentOf(plain));
      }
    }),
    { numRuns: 60 },
  );
});

test("what is known is not written again, and read without the store", async () => {
  const { counts, store } = await recalling();
  await store.merge(PEER, { multiaddrs: AT, protocols: ["/a"] });
  await store.merge(PEER, { protocols: ["/a"] });
  await store.merge(PEER, { multiaddrs: AT.slice(1) });
  const info = await store.getInfo(PEER);
  expect(info.multiaddrs.map(String)).toEqual(AT.map(String));
  expect(counts).toEqual({ merge: 1, get: 0 });
  await store.merge(PEER, { protocols: ["/b"] });
  await store.merge(PEER, { tags: { tag: { value: 1 } } });
  await store.merge(PEER, { tags: { tag: { value: 1 } } });
  expect(counts.merge).toBe(4);
});

test("only for a while, and nothing of a peer that was forgotten", async () => {
  const { counts, store } = await recalling();
  await store.merge(PEER, { protocols: ["/a"] });
  const now = performance.now();
  vi.spyOn(performance, "now").mockReturnValue(now + RECENT_MS);
  await store.get(PEER);
  await store.merge(PEER, { protocols: ["/a"] });
  expect(counts).toEqual({ merge: 2, get: 1 });
  await store.delete(PEER);
  await expect(store.get(PEER)).rejects.toMatchObject({ name: "NotFoundError" });
});

test("whoever changes what it was given changes it for nobody else", async () => {
  const { store } = await recalling();
  const given = await store.merge(PEER, { multiaddrs: AT, protocols: ["/a"] });
  given.protocols.push("/b");
  given.tags.set("tag", { value: 1 });
  (await store.get(PEER)).addresses.pop();
  expect(await store.get(PEER)).toMatchObject({ protocols: ["/a"], tags: new Map(), addresses: [{}, {}] });
});
