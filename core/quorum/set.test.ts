import { bls12_381 } from "@noble/curves/bls12-381.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { AssertionFailure } from "../safety/index.ts";
import { portableSuite, type Suite } from "../suite/index.ts";
import { digest, mutated, mutations, noise } from "../tlog/testing.ts";
import { verifyCosignature } from "./cosignature.ts";
import {
  enrol,
  verifyWitnessSet,
  type WitnessMember,
  WITNESS_SET_BYTES_MAX,
  type WitnessSet,
  witnessSetCodec,
  witnessSetId,
  WITNESSES_MAX,
} from "./set.ts";
import { openSuite, panelOf, seedOf } from "./testing.ts";

const SEED = 0x5e7;
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `w${i}`);
const { set } = panelOf(openSuite, names(5), 3);

function codeOf(found: WitnessSet, suite = openSuite, known?: WitnessSet): string {
  const verified = verifyWitnessSet(suite, found, known);
  return verified.ok ? "ok" : verified.error;
}

function enrolCode(members: readonly WitnessMember[], threshold: number, suite = openSuite): string {
  const enrolled = enrol(suite, members, threshold);
  return enrolled.ok ? "ok" : enrolled.error;
}

/** Counts the pairings that possession proofs cost. */
function counting(): Suite & { checks: number } {
  const suite = { ...openSuite, checks: 0 };
  suite.blsVerifyPossession = (key, proof) => {
    suite.checks++;
    return openSuite.blsVerifyPossession(key, proof);
  };
  return suite;
}

describe("enrolment", () => {
  test("gives one set for the members in any order", () => {
    const property = fc.property(fc.shuffledSubarray(set.members as WitnessMember[], { minLength: 5 }), (members) => {
      expect(enrol(openSuite, members, 3)).toEqual({ ok: true, value: set });
    });
    fc.assert(property, { seed: SEED, numRuns: 30 });
    const keys = set.members.map(({ key }) => Buffer.from(key).toString("hex"));
    expect(keys).toEqual([...keys].sort());
    expect(codeOf(set)).toBe("ok");
  });

  test("holds size, threshold and uniqueness", () => {
    const member = set.members[0] as WitnessMember;
    const many = panelOf(openSuite, names(WITNESSES_MAX), 1).set.members;
    const extra = panelOf(openSuite, ["extra"], 1).set.members[0] as WitnessMember;
    expect(enrolCode([], 0)).toBe("quorum/size");
    expect(enrolCode(many, WITNESSES_MAX)).toBe("ok");
    expect(enrolCode([...many, extra], 1)).toBe("quorum/size");
    for (const threshold of [0, -1, 6, 1.5, Number.NaN]) {
      expect(enrolCode(set.members, threshold)).toBe("quorum/threshold");
    }
    expect(enrolCode([member, member], 1)).toBe("quorum/order");
  });

  test("refuses a member without its own proof of possession", () => {
    const [a, b] = set.members as [WitnessMember, WitnessMember];
    expect(enrolCode([a, { key: b.key, possession: a.possession }], 1)).toBe("quorum/possession");
    expect(enrolCode([a, { key: b.key, possession: new Uint8Array(96) }], 1)).toBe("quorum/possession");
  });
});

describe("a set from outside", () => {
  test("must be in order, and of a form that enrolment gives", () => {
    expect(codeOf({ ...set, members: [...set.members].reverse() })).toBe("quorum/order");
    expect(codeOf({ ...set, members: [] })).toBe("quorum/size");
    expect(codeOf({ ...set, threshold: 0 })).toBe("quorum/threshold");
    for (const bad of [
      { ...set, threshold: 0 },
      { ...set, threshold: 6 },
      { ...set, members: [] },
    ]) {
      expect(() => encode(witnessSetCodec, bad)).toThrow(AssertionFailure);
    }
    // The threshold is the second byte; a peer may write there what the encoder refuses to.
    for (const threshold of [0, 6]) {
      const bytes = encode(witnessSetCodec, set);
      bytes[1] = threshold;
      expect(decode(witnessSetCodec, bytes, WITNESS_SET_BYTES_MAX)).toEqual({ ok: false, error: "codec/out-of-range" });
    }
  });

  test("decodes to what was encoded; the largest takes WITNESS_SET_BYTES_MAX bytes", () => {
    const largest = panelOf(openSuite, names(WITNESSES_MAX), WITNESSES_MAX).set;
    for (const value of [set, largest]) {
      const bytes = encode(witnessSetCodec, value);
      expect(decode(witnessSetCodec, bytes, WITNESS_SET_BYTES_MAX)).toEqual({ ok: true, value });
    }
    expect(encode(witnessSetCodec, largest).length).toBe(WITNESS_SET_BYTES_MAX);
  });

  test("costs nothing for members known from a verified set, unless their proof differs", () => {
    const next = panelOf(openSuite, [...names(4), "new"], 3).set;
    const suite = counting();
    expect(codeOf(next, suite, set)).toBe("ok");
    expect(suite.checks).toBe(1);
    const swapped = { ...set, members: set.members.map((m) => ({ ...m, possession: new Uint8Array(96) })) };
    expect(codeOf(swapped, suite, set)).toBe("quorum/possession");
  });

  test("is named by its threshold, keys and proofs: no change of its encoding has its identity and verifies", () => {
    const id = witnessSetId(openSuite, set);
    expect(witnessSetId(openSuite, { ...set, threshold: 2 })).not.toEqual(id);
    const property = fc.property(mutations, (mutate) => {
      const changed = mutated(witnessSetCodec, set, mutate);
      if (changed === undefined) return;
      expect(witnessSetId(openSuite, changed)).not.toEqual(id);
      if (changed.members.length === set.members.length && changed.threshold === set.threshold) {
        expect(codeOf(changed)).not.toBe("ok");
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });

  test("decodes totally from any bytes", () => {
    const property = fc.property(noise, (bytes) => {
      const decoded = decode(witnessSetCodec, bytes, WITNESS_SET_BYTES_MAX);
      if (decoded.ok) expect(encode(witnessSetCodec, decoded.value)).toEqual(bytes);
      else expect(decoded.error).toMatch(/^codec\//u);
    });
    fc.assert(property, { seed: SEED, numRuns: 1_000 });
  });
});

describe("a rogue key", () => {
  // pk = g^x − Σ others: its owner signs for everybody, though nobody holds the secret of pk itself.
  const suite = portableSuite;
  const { G1, G2, longSignatures } = bls12_381;
  const honest = panelOf(suite, ["a", "b"], 2).set.members;
  const x = 0x1234_5678n;
  const others = honest.reduce((sum, { key }) => sum.add(G1.Point.fromBytes(key)), G1.Point.ZERO);
  const key = G1.Point.BASE.multiply(x).subtract(others).toBytes();
  const possessionTag = "BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

  test("would sign for all members, if it were let in", () => {
    const members = [...honest, { key, possession: new Uint8Array(96) }];
    members.sort((a, b) => Buffer.compare(a.key, b.key));
    const hash = digest("head");
    const message = Buffer.concat([Buffer.from("chhaya cosignature v1\0"), hash]);
    const tag = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
    const signature = longSignatures.hash(message, tag).multiply(x).toBytes();
    const cosignature = { signers: Uint8Array.of(0b111), signature };
    expect(verifyCosignature(suite, { threshold: 3, members }, hash, cosignature).ok).toBe(true);
  });

  test("is refused, whatever its maker can sign", () => {
    const point = longSignatures.hash(key, possessionTag);
    const ofMember = honest.map(({ possession }) => G2.Point.fromBytes(possession));
    const attempts = [
      point.multiply(x),
      // What the equation asks for has g^x − Σ others in it; the others' proofs are over other messages.
      ofMember.reduce((sum, possession) => sum.subtract(possession), point.multiply(x)),
      ...ofMember,
    ];
    for (const attempt of attempts) {
      const possession = attempt.toBytes();
      expect(enrolCode([...honest, { key, possession }], 3, suite)).toBe("quorum/possession");
    }
  });

  test("a member's signature on a head that happens to be its key proves no possession", () => {
    const seed = seedOf("a");
    const member = { key: suite.blsPublic(seed), possession: suite.blsSign(seed, suite.blsPublic(seed)) };
    expect(enrolCode([member], 1, suite)).toBe("quorum/possession");
  });
});
