import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Secret } from "../../core/safety/index.ts";
import { fromLine } from "../directory/line.ts";
import { toLine } from "../directory/index.ts";
import { nativeSuite } from "../suite/index.ts";
import { anchorIdOf, type BootstrapAnchor, bootstrapAnchorLine } from "./anchor.ts";
import { bootstrapListLine, type BootstrapList, type SignedBootstrapList } from "./list.ts";
import { addSignature, LIST_LIFE_MS_MAX, verifyList } from "./verify.ts";

const NOW = 1_800_000_000_000;
const DAY_MS = 86_400_000;
const seeds = [1, 2, 3].map((byte) => new Secret(new Uint8Array(32).fill(byte)));
const keys = seeds.map((seed) => nativeSuite.ed25519Public(seed)).sort(Buffer.compare);
const anchor: BootstrapAnchor = { network: "town", threshold: 2, keys };
const PEER = "/ip4/192.0.2.1/udp/4001/quic-v1/p2p/12D3KooWBmAwcd4PJNJvfV89HwE48nwkRmAgo8Vy3uQEyNNHBox2";

function listOf(change: Partial<BootstrapList> = {}): BootstrapList {
  return { anchor: anchorIdOf(anchor), sequence: 7, issued: NOW, expires: NOW + DAY_MS, peers: [PEER], ...change };
}

function signedBy(list: BootstrapList, ...by: readonly Secret[]): SignedBootstrapList {
  return by.reduce<SignedBootstrapList>((signed, seed) => addSignature(anchor, signed, seed) ?? signed, {
    list,
    signatures: [],
  });
}

function codeOf(signed: SignedBootstrapList, last?: number, now = NOW): string {
  const verified = verifyList(anchor, signed, last, now);
  return verified.ok ? "good" : verified.error;
}

const [one, two, three] = seeds as [Secret, Secret, Secret];

describe("a list", () => {
  test("is good with the signatures of any two of three, until it expires", () => {
    for (const pair of [
      [one, two],
      [three, one],
    ]) {
      expect(codeOf(signedBy(listOf(), ...pair))).toBe("good");
    }
    const signed = signedBy(listOf(), one, two, three);
    expect(codeOf(signed, 7)).toBe("good");
    expect(codeOf(signed, undefined, NOW + DAY_MS - 1)).toBe("good");
    expect(codeOf(signed, undefined, NOW + DAY_MS)).toBe("bootstrap/expired");
  });

  test("is refused for what is wrong with it", () => {
    expect(codeOf(signedBy(listOf(), one))).toBe("bootstrap/too-few");
    expect(codeOf(signedBy(listOf(), one, one))).toBe("bootstrap/too-few");
    expect(codeOf(signedBy(listOf(), one, two), 8)).toBe("bootstrap/rollback");
    expect(codeOf(signedBy(listOf({ issued: NOW + 300_001 }), one, two))).toBe("bootstrap/from-future");
    expect(codeOf(signedBy(listOf({ expires: NOW + LIST_LIFE_MS_MAX + 1 }), one, two))).toBe("bootstrap/life");
    const others = { ...anchor, threshold: 1 };
    expect(codeOf(signedBy(listOf({ anchor: anchorIdOf(others) }), one, two))).toBe("bootstrap/other-anchor");
  });

  test("is refused when a signature is for another list, or by a place that there is not", () => {
    const { signatures } = signedBy(listOf(), one, two);
    expect(codeOf({ list: listOf({ sequence: 8 }), signatures })).toBe("bootstrap/signature");
    const [first, second] = signatures;
    if (first === undefined || second === undefined) throw new Error("two signatures");
    expect(codeOf({ list: listOf(), signatures: [first, { ...second, signer: 3 }] })).toBe("bootstrap/signature");
    expect(codeOf({ list: listOf(), signatures: [first, { ...first, signer: second.signer }] })).toBe(
      "bootstrap/signature",
    );
  });

  test("a stranger's signature is not added", () => {
    const stranger = new Secret(new Uint8Array(32).fill(9));
    expect(addSignature(anchor, { list: listOf(), signatures: [] }, stranger)).toBeUndefined();
  });
});

describe("lines", () => {
  const signed = signedBy(listOf(), one, two);

  test("go there and back", () => {
    expect(fromLine(bootstrapListLine, toLine(bootstrapListLine, signed))).toEqual({ ok: true, value: signed });
    expect(fromLine(bootstrapAnchorLine, toLine(bootstrapAnchorLine, anchor))).toEqual({ ok: true, value: anchor });
  });

  test("no altered byte of a list is good", () => {
    const bytes = bootstrapListLine.toBytes(signed);
    const property = fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const altered = bytes.slice();
      altered[at] = (altered[at] as number) ^ flip;
      const decoded = bootstrapListLine.fromBytes(altered);
      if (decoded.ok) expect(codeOf(decoded.value)).not.toBe("good");
    });
    fc.assert(property, { seed: 0xb007, numRuns: 300 });
  });

  test("any bytes give a value or a code", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
      bootstrapListLine.fromBytes(bytes);
      bootstrapAnchorLine.fromBytes(bytes);
    });
    fc.assert(property, { seed: 0xb008, numRuns: 300 });
  });

  test("an anchor whose keys are out of order, or fewer than it asks for, is none", () => {
    const [a, b] = keys as [Uint8Array, Uint8Array];
    const bytesOf = (threshold: number): Uint8Array =>
      bootstrapAnchorLine.toBytes({ network: "town", threshold, keys: [a, b] });
    const two = bytesOf(2);
    expect(bootstrapAnchorLine.fromBytes(two).ok).toBe(true);
    const [first, second] = [a, b].map((key) => Buffer.from(two).indexOf(key)) as [number, number];
    const holding = (...listed: readonly Uint8Array[]): boolean => {
      const bytes = two.slice();
      for (const [i, place] of [first, second].entries()) bytes.set(listed[i] as Uint8Array, place);
      return bootstrapAnchorLine.fromBytes(bytes).ok;
    };
    expect(holding(a, b)).toBe(true);
    expect(holding(b, a)).toBe(false);
    expect(holding(a, a)).toBe(false);
    const at = bytesOf(1).findIndex((byte, i) => byte !== two[i]);
    expect(bootstrapAnchorLine.fromBytes(two.with(at, 3)).ok).toBe(false);
    expect(bootstrapAnchorLine.fromBytes(two.with(at, 0)).ok).toBe(false);
  });
});
