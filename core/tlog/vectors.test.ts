import { bytesToHex } from "@noble/hashes/utils.js";
import { expect, test } from "vitest";
import { encode } from "../codec/index.ts";
import { Secret } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import {
  convict,
  type EpochLeaf,
  epochLeafCodec,
  epochLeafHash,
  epochProofCodec,
  equivocationCodec,
  headHash,
  NO_HEAD,
  proveEpoch,
  proveSuccession,
  signHead,
  type SignedHead,
  signedHeadCodec,
  successionCodec,
} from "./index.ts";
import { MemoryLog } from "./testing.ts";
import vectors from "./vectors.json" with { type: "json" };

/** Recomputes the fixtures of this folder's own encodings. Randomness is SHA-256 of "tlog vectors:0", "…:1", …. */
function recompute(): typeof vectors.encodings {
  const random = countingRandom("tlog vectors");
  const seed = new Secret(random.bytes(32));
  const [log, witnesses] = [random.bytes(32), random.bytes(32)];
  const reader = new MemoryLog();
  const leaves: EpochLeaf[] = [];
  const heads: SignedHead[] = [];
  for (let epoch = 1; epoch <= 5; epoch++) {
    const before = heads.at(-1);
    const previous = before === undefined ? NO_HEAD : headHash(suite, before);
    const leaf = { epoch, root: random.bytes(32), previous, changes: random.bytes(32) };
    const root = reader.append(epochLeafHash(suite, leaf));
    leaves.push(leaf);
    const head = { log, epoch, size: epoch, root, previous, time: 1_800_000_000_000 + epoch * 60_000, witnesses };
    heads.push(signHead(suite, seed, head));
  }
  const [second, last] = [heads[1], heads[4]] as [SignedHead, SignedHead];
  const { signature: _, ...fields } = last;
  const rival = signHead(suite, seed, { ...fields, time: last.time + 1 });
  const succession = proveSuccession(suite, reader, (epoch) => leaves[epoch - 1] as EpochLeaf, second, last);
  const equivocation = convict(suite, suite.ed25519Public(seed), last, rival);
  if (succession === undefined || equivocation === undefined) throw new Error("these two are provable");
  return {
    seed: bytesToHex(seed.expose()),
    key: bytesToHex(suite.ed25519Public(seed)),
    epochs: leaves.map((leaf, i) => ({
      leaf: bytesToHex(encode(epochLeafCodec, leaf)),
      leafHash: bytesToHex(epochLeafHash(suite, leaf)),
      head: bytesToHex(encode(signedHeadCodec, heads[i] as SignedHead)),
      headHash: bytesToHex(headHash(suite, heads[i] as SignedHead)),
    })),
    epochProof: bytesToHex(encode(epochProofCodec, proveEpoch(suite, reader, last, leaves[4] as EpochLeaf))),
    successionFrom2To5: bytesToHex(encode(successionCodec, succession)),
    equivocation: bytesToHex(encode(equivocationCodec, equivocation)),
  };
}

test("the fixtures for other implementations are what this one computes", () => {
  expect(recompute()).toEqual(vectors.encodings);
});
