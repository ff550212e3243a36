import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { AssertionFailure, type Secret } from "../safety/index.ts";
import { portableSuite, type Suite } from "../suite/index.ts";
import { EPOCHS_MAX, headHash } from "../tlog/index.ts";
import { digest, Directory, mutated, mutations, noise } from "../tlog/testing.ts";
import {
  combine,
  cosign,
  COSIGNATURE_BYTES_MAX,
  type Cosignature,
  cosignatureCodec,
  COSIGNED_HEAD_BYTES_MAX,
  cosignedHeadCodec,
  verifyCosignature,
  verifyPart,
} from "./cosignature.ts";
import type { WitnessMember, WitnessSet } from "./set.ts";
import { openSuite, type Panel, panelOf, partsOf } from "./testing.ts";

const SEED = 0xc051;
const head = Directory.of("cosigned", 3).newest;
const hash = headHash(portableSuite, head);
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `w${i}`);

function codeOf(suite: Suite, set: WitnessSet, cosignature: Cosignature, over = hash): string {
  const verified = verifyCosignature(suite, set, over, cosignature);
  return verified.ok ? "ok" : verified.error;
}

function cosigned(suite: Suite, panel: Panel, signers: readonly number[]): Cosignature {
  return combine(suite, panel.set, partsOf(suite, panel, hash, signers)) as Cosignature;
}

const neverPairs: Suite = {
  ...portableSuite,
  blsVerify: () => {
    throw new Error("a pairing before the quorum was counted");
  },
};

describe("a quorum of a real set", () => {
  const suite = portableSuite;
  const panel = panelOf(suite, names(5), 3);
  const cosignature = cosigned(suite, panel, [0, 3, 4]);

  test("is one signature of 96 bytes and a bit a member", () => {
    expect(cosignature.signers).toEqual(Uint8Array.of(0b11001));
    expect(cosignature.signature.length).toBe(96);
    expect(codeOf(suite, panel.set, cosignature)).toBe("ok");
    const bytes = encode(cosignatureCodec, cosignature);
    expect(decode(cosignatureCodec, bytes, COSIGNATURE_BYTES_MAX)).toEqual({ ok: true, value: cosignature });
  });

  test("signed this hash and no other, each of its members and nobody else", () => {
    expect(codeOf(suite, panel.set, cosignature, digest("another head"))).toBe("quorum/signature");
    for (const signers of [0b11010, 0b11011, 0b111]) {
      expect(codeOf(suite, panel.set, { ...cosignature, signers: Uint8Array.of(signers) })).toBe("quorum/signature");
    }
  });

  test("is made of parts that verify by themselves, for their member and hash only", () => {
    const [a, b] = panel.set.members as [WitnessMember, WitnessMember];
    const part = cosign(suite, panel.seeds[0] as Secret, hash);
    expect(verifyPart(suite, a, hash, part)).toBe(true);
    expect(verifyPart(suite, b, hash, part)).toBe(false);
    expect(verifyPart(suite, a, digest("other"), part)).toBe(false);
    expect(verifyPart(suite, a, hash, new Uint8Array(3))).toBe(false);
    // Signed as a cosignature, not as a bare hash.
    expect(verifyPart(suite, a, hash, suite.blsSign(panel.seeds[0] as Secret, hash))).toBe(false);
    expect(() => cosign(suite, panel.seeds[0] as Secret, new Uint8Array(31))).toThrow(AssertionFailure);
  });

  test("is covered wholly: no change of its encoding is accepted", () => {
    const property = fc.property(mutations, (mutate) => {
      const changed = mutated(cosignatureCodec, cosignature, mutate);
      if (changed !== undefined) expect(codeOf(suite, panel.set, changed)).not.toBe("ok");
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  test("is not made of points that are none", () => {
    for (const part of [new Uint8Array(96), new Uint8Array(95), Uint8Array.of(0xc0, ...new Uint8Array(95))]) {
      const parts = partsOf(suite, panel, hash, [0, 1]).set(2, part);
      expect(combine(suite, panel.set, parts)).toBeUndefined();
      expect(codeOf(suite, panel.set, { ...cosignature, signature: part })).toBe("quorum/signature");
    }
  });
});

describe("any set", () => {
  const suite = openSuite;
  const panels = new Map<number, Panel>();
  const panelFor = (count: number): Panel => {
    const found = panels.get(count) ?? panelOf(suite, names(count), 1);
    panels.set(count, found);
    return found;
  };

  test("accepts exactly its quorums", () => {
    const property = fc.property(fc.integer({ min: 1, max: 64 }), fc.nat(), fc.nat(2 ** 32), (count, t, bits) => {
      const threshold = 1 + (t % count);
      const panel = panelFor(count);
      const set = { ...panel.set, threshold };
      const signers = [...set.members.keys()].filter((i) => (bits >>> (i % 32)) & 1 || (i > 31 && i % 3 === 0));
      const cosignature = combine(suite, set, partsOf(suite, panel, hash, signers));
      expect(cosignature !== undefined).toBe(signers.length >= threshold);
      if (cosignature !== undefined) expect(codeOf(suite, set, cosignature)).toBe("ok");
      if (signers.length === 0) return;
      const loose = cosigned(suite, panel, signers);
      expect(codeOf(suite, set, loose)).toBe(signers.length >= threshold ? "ok" : "quorum/under-threshold");
    });
    fc.assert(property, { seed: SEED, numRuns: 100 });
  });

  test("refuses bitmaps of another length and bits for nobody, whatever its size", () => {
    for (let count = 1; count <= 64; count++) {
      const panel = panelFor(count);
      const cosignature = cosigned(suite, panel, [...panel.set.members.keys()]);
      expect(codeOf(suite, panel.set, cosignature)).toBe("ok");
      const { signers } = cosignature;
      for (const other of [new Uint8Array(0), signers.subarray(1), Uint8Array.of(...signers, 0)]) {
        expect(codeOf(neverPairs, panel.set, { ...cosignature, signers: other })).toBe("quorum/malformed");
      }
      for (let bit = count; bit < signers.length * 8; bit++) {
        const stray = Uint8Array.from(signers);
        stray[bit >> 3] = (stray[bit >> 3] as number) | (1 << (bit & 7));
        expect(codeOf(neverPairs, panel.set, { ...cosignature, signers: stray })).toBe("quorum/malformed");
      }
    }
  });

  test("counts the quorum before it computes anything", () => {
    const panel = panelFor(20);
    const set = { ...panel.set, threshold: 8 };
    const cosignature = cosigned(suite, panel, [1, 2, 3, 5, 8, 13, 19]);
    expect(codeOf(neverPairs, set, cosignature)).toBe("quorum/under-threshold");
    expect(codeOf(neverPairs, set, { ...cosignature, signers: new Uint8Array(3) })).toBe("quorum/under-threshold");
  });

  test("a part of nobody is a bug of the caller", () => {
    const panel = panelFor(3);
    const part = cosign(suite, panel.seeds[0] as Secret, hash);
    for (const member of [3, -1, 0.5]) {
      expect(() => combine(suite, panel.set, new Map([[member, part]]))).toThrow(AssertionFailure);
    }
  });
});

describe("a cosigned head", () => {
  const panel = panelOf(openSuite, names(64), 64);
  const cosignature = cosigned(openSuite, panel, [...panel.set.members.keys()]);

  test("decodes to what was encoded, in at most COSIGNED_HEAD_BYTES_MAX bytes", () => {
    const value = { head, cosignature };
    const bytes = encode(cosignedHeadCodec, value);
    expect(decode(cosignedHeadCodec, bytes, COSIGNED_HEAD_BYTES_MAX)).toEqual({ ok: true, value });
    const largest = { ...head, epoch: EPOCHS_MAX, size: EPOCHS_MAX, time: Number.MAX_SAFE_INTEGER };
    expect(encode(cosignedHeadCodec, { head: largest, cosignature }).length).toBe(COSIGNED_HEAD_BYTES_MAX);
  });

  test("decodes totally from any bytes", () => {
    const property = fc.property(noise, (bytes) => {
      for (const codec of [cosignatureCodec, cosignedHeadCodec]) {
        const decoded = decode<unknown>(codec, bytes, COSIGNED_HEAD_BYTES_MAX);
        if (decoded.ok) expect(encode<unknown>(codec, decoded.value)).toEqual(bytes);
        else expect(decoded.error).toMatch(/^codec\//u);
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 1_000 });
  });
});
