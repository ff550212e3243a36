import { generateKeyPairFromSeed } from "@libp2p/crypto/keys";
import { EventTypes, type QueryEvent } from "@libp2p/kad-dht";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { expect, test } from "vitest";
import { nativeSuite } from "../../suite/index.ts";
import { hurry, type Walker } from "./walk.ts";

const KEY = Uint8Array.of(1, 2, 3);
const LIMITS = { walkMs: 20, selfWalkMs: 20 };
const peers = await Promise.all(
  [1, 2, 3, 4, 5].map(async (seed) =>
    peerIdFromPrivateKey(await generateKeyPairFromSeed("Ed25519", new Uint8Array(32).fill(seed))),
  ),
);
const names = (some: typeof peers): string[] => some.map(String);
const sha = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(nativeSuite.sha256(bytes)).toString("hex")}`);
const byDistance = peers.toSorted((a, b) =>
  (sha(a.toMultihash().bytes) ^ sha(KEY)) < (sha(b.toMultihash().bytes) ^ sha(KEY)) ? -1 : 1,
);

const path = { index: 0, queued: 0, running: 0, total: 0 };
const answer = (from: (typeof peers)[number]): QueryEvent =>
  ({
    type: EventTypes.PEER_RESPONSE,
    name: "PEER_RESPONSE",
    from,
    messageName: "FIND_NODE",
    messageType: "FIND_NODE",
    closer: [],
    providers: [],
    path,
  }) as never;

/** Walks as long as it is let, after answers of these. */
function endless(...answering: typeof peers): Walker {
  return {
    async *getClosestPeers(_key, { signal } = {}) {
      for (const peer of answering) yield answer(peer);
      await new Promise((_, reject) => signal?.addEventListener("abort", () => reject(new Error("aborted"))));
    },
  };
}

async function finals(walker: Walker, options: { signal?: AbortSignal } = {}): Promise<string[]> {
  const found: string[] = [];
  for await (const event of walker.getClosestPeers(KEY, options)) {
    if (event.name === "FINAL_PEER") found.push(event.peer.id.toString());
  }
  return found;
}

test("a walk that does not end gives the nearest of those who answered and of those who are known, each once", async () => {
  const walker = endless(...peers.slice(0, 3));
  hurry(walker, nativeSuite, () => peers.slice(2), 4, LIMITS);
  expect(await finals(walker)).toEqual(names(byDistance.slice(0, 4)));
});

test("a walk that whoever began it ends gives nobody", async () => {
  const walker = endless(...peers);
  hurry(walker, nativeSuite, () => peers, 4, { walkMs: 60_000, selfWalkMs: 60_000 });
  await expect(finals(walker, { signal: AbortSignal.timeout(5) })).rejects.toThrow("aborted");
});

test("a walk that ends in time is as it was", async () => {
  const walker: Walker = {
    async *getClosestPeers() {
      yield answer(peers[0] as (typeof peers)[number]);
    },
  };
  hurry(walker, nativeSuite, () => peers, 4, LIMITS);
  expect(await finals(walker)).toEqual([]);
});
