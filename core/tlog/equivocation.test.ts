import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import {
  convict,
  type Equivocation,
  EQUIVOCATION_BYTES_MAX,
  equivocationCodec,
  verifyEquivocation,
} from "./equivocation.ts";
import { headHash, signHead } from "./head.ts";
import { verifySuccession } from "./succession.ts";
import { digest, Directory, mutated, mutations, noise } from "./testing.ts";
import { EPOCHS_MAX } from "./tree.ts";

const SEED = 0xec;

function forked(common: number, left: number, right: number): [Directory, Directory] {
  const a = Directory.of("forking", common);
  const b = a.fork();
  for (let i = 0; i < left; i++) a.advance("left", (common + i + 1) * 1_000);
  for (let i = 0; i < right; i++) b.advance("right", (common + i + 1) * 1_000);
  return [a, b];
}

const [a, b] = forked(3, 4, 4);
const { id, key } = a;
const proof = convict(suite, key, a.head(5), b.head(5)) as Equivocation;

describe("two signed heads of one epoch", () => {
  test("convict their directory before anyone, in either order the same", () => {
    expect(verifyEquivocation(suite, id, key, proof)).toBe(true);
    expect(convict(suite, key, b.head(5), a.head(5))).toEqual(proof);
    const decoded = decode(equivocationCodec, encode(equivocationCodec, proof), EQUIVOCATION_BYTES_MAX);
    expect(decoded).toEqual({ ok: true, value: proof });
  });

  test("are in one order only", () => {
    expect(Buffer.compare(headHash(suite, proof.a), headHash(suite, proof.b))).toBe(-1);
    expect(verifyEquivocation(suite, id, key, { a: proof.b, b: proof.a })).toBe(false);
  });

  test("are found for every two heads of which neither descends from the other", () => {
    const property = fc.property(
      fc.nat(8),
      fc.integer({ min: 1, max: 8 }),
      fc.integer({ min: 1, max: 8 }),
      fc.nat(),
      fc.nat(),
      (common, left, right, i, j) => {
        const [one, other] = forked(common, left, right);
        const [x, y] = [one.head(common + 1 + (i % left)), other.head(common + 1 + (j % right))];
        // The rival of the earlier head is what the other story says of its epoch.
        const [earlier, rival] = x.epoch <= y.epoch ? [x, other.head(x.epoch)] : [y, one.head(y.epoch)];
        const found = convict(suite, one.key, earlier, rival);
        expect(found !== undefined && verifyEquivocation(suite, one.id, one.key, found)).toBe(true);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 30 });
  });
});

describe("nobody is convicted by", () => {
  test("one head, whatever its signature", () => {
    const head = a.head(5);
    expect(convict(suite, key, head, head)).toBeUndefined();
    expect(verifyEquivocation(suite, id, key, { a: head, b: { ...head } })).toBe(false);
  });

  test("two heads of an honest log", () => {
    for (const x of a.heads) for (const y of a.heads) expect(convict(suite, key, x, y)).toBeUndefined();
    expect(verifySuccession(suite, a.head(3), a.head(3), undefined).ok).toBe(true);
  });

  test("two heads of one epoch of two logs, though one key signs both", () => {
    expect(verifyEquivocation(suite, digest("another log"), key, proof)).toBe(false);
    const { signature: _, ...head } = b.head(5);
    const own = a.head(5);
    const firsts = Array.from({ length: 12 }, (_unused, i) => {
      const elsewhere = signHead(suite, a.seed, { ...head, log: digest(`another log ${i}`) });
      expect(convict(suite, key, own, elsewhere)).toBeUndefined();
      const isFirst = Buffer.compare(headHash(suite, elsewhere), headHash(suite, own)) < 0;
      const pair = isFirst ? { a: elsewhere, b: own } : { a: own, b: elsewhere };
      expect(verifyEquivocation(suite, id, key, pair)).toBe(false);
      expect(verifyEquivocation(suite, elsewhere.log, key, pair)).toBe(false);
      return isFirst;
    });
    expect(new Set(firsts)).toEqual(new Set([true, false]));
  });

  test("what it did not sign", () => {
    const stranger = Directory.of("stranger", 0);
    const { signature: _, ...head } = b.head(5);
    const forged = signHead(suite, stranger.seed, head);
    expect(convict(suite, key, a.head(5), forged)).toBeUndefined();
    expect(convict(suite, key, forged, a.head(5))).toBeUndefined();
    expect(verifyEquivocation(suite, id, stranger.key, proof)).toBe(false);
  });

  test("any change of the encoding of a proof", () => {
    const property = fc.property(mutations, (mutate) => {
      const changed = mutated(equivocationCodec, proof, mutate);
      if (changed !== undefined) expect(verifyEquivocation(suite, id, key, changed)).toBe(false);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });
});

test("the decoder is total on any bytes", () => {
  const property = fc.property(noise, (bytes) => {
    const decoded = decode(equivocationCodec, bytes, EQUIVOCATION_BYTES_MAX);
    if (decoded.ok) expect(encode(equivocationCodec, decoded.value)).toEqual(bytes);
    else expect(decoded.error).toMatch(/^codec\//u);
  });
  fc.assert(property, { seed: SEED, numRuns: 1_000 });
});

test("a proof takes EQUIVOCATION_BYTES_MAX bytes at most", () => {
  const largest = { ...a.head(5), epoch: EPOCHS_MAX, size: EPOCHS_MAX, time: Number.MAX_SAFE_INTEGER };
  expect(encode(equivocationCodec, { a: largest, b: largest }).length).toBe(EQUIVOCATION_BYTES_MAX);
});
