import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { expect, test } from "vitest";
import { encode } from "../codec/index.ts";
import { Secret } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { headHash, NO_HEAD, signHead } from "../tlog/index.ts";
import {
  combine,
  cosign,
  cosignedHeadCodec,
  enrol,
  type Rotation,
  rotationCodec,
  rotationHash,
  type UnsignedRotation,
  type WitnessSet,
  witnessSetCodec,
  witnessSetId,
} from "./index.ts";
import vectors from "./vectors.json" with { type: "json" };

/** Recomputes the fixtures. Randomness is SHA-256 of "quorum vectors:0", "quorum vectors:1", …. */
function recompute(): typeof vectors {
  const random = countingRandom("quorum vectors");
  const seeds = new Map<string, Secret>();
  const members = Array.from({ length: 5 }, () => {
    const seed = new Secret(random.bytes(32));
    const key = suite.blsPublic(seed);
    seeds.set(bytesToHex(key), seed);
    return { key, possession: suite.blsProvePossession(seed) };
  });
  const setOf = (from: number, to: number, threshold: number): WitnessSet => {
    const enrolled = enrol(suite, members.slice(from, to), threshold);
    if (!enrolled.ok) throw new Error(enrolled.error);
    return enrolled.value;
  };
  const [set, to] = [setOf(0, 3, 2), setOf(1, 5, 3)];
  const cosigned = (hash: Uint8Array, signers: readonly number[]): Rotation["cosignature"] => {
    const parts = signers.map((i) => {
      const seed = seeds.get(bytesToHex(set.members[i]?.key ?? new Uint8Array(0))) as Secret;
      return [i, cosign(suite, seed, hash)] as const;
    });
    const cosignature = combine(suite, set, new Map(parts));
    if (cosignature === undefined) throw new Error("no quorum");
    return cosignature;
  };
  const directory = new Secret(random.bytes(32));
  const [log, root] = [random.bytes(32), random.bytes(32)];
  const head = signHead(suite, directory, {
    log,
    epoch: 1,
    size: 1,
    root,
    previous: NO_HEAD,
    time: 1_800_000_000_000,
    witnesses: witnessSetId(suite, set),
  });
  const hash = headHash(suite, head);
  const rotation: UnsignedRotation = { log, sequence: 1, from: witnessSetId(suite, set), to, fromEpoch: 500 };
  const handover = rotationHash(suite, rotation);
  return {
    // In the order of the set's members, then those that join.
    seeds: [...new Set([...set.members, ...to.members].map(({ key }) => bytesToHex(key)))].map((key) => {
      return { key, seed: bytesToHex(seeds.get(key)?.expose() ?? new Uint8Array(0)) };
    }),
    set: bytesToHex(encode(witnessSetCodec, set)),
    setId: bytesToHex(witnessSetId(suite, set)),
    directorySeed: bytesToHex(directory.expose()),
    headHash: bytesToHex(hash),
    parts: [0, 2].map((member) => {
      const seed = seeds.get(bytesToHex(set.members[member]?.key ?? new Uint8Array(0))) as Secret;
      return { member, part: bytesToHex(cosign(suite, seed, hash)) };
    }),
    cosignedHead: bytesToHex(encode(cosignedHeadCodec, { head, cosignature: cosigned(hash, [0, 2]) })),
    rotationHash: bytesToHex(handover),
    rotation: bytesToHex(encode(rotationCodec, { ...rotation, cosignature: cosigned(handover, [1, 2]) })),
  };
}

test("the fixtures for other implementations are what this one computes", () => {
  expect(recompute()).toEqual(vectors);
});

test("identities and messages are of the domains that the specification gives", () => {
  const domain = (name: string): Uint8Array => Buffer.from(`${name}\0`, "ascii");
  expect(bytesToHex(suite.sha256(domain("chhaya witness set v1"), hexToBytes(vectors.set)))).toBe(vectors.setId);
  const [signer] = vectors.seeds;
  const seed = new Secret(hexToBytes(signer?.seed ?? ""));
  const message = Buffer.concat([domain("chhaya cosignature v1"), hexToBytes(vectors.headHash)]);
  expect(bytesToHex(suite.blsSign(seed, message))).toBe(vectors.parts[0]?.part);
});
