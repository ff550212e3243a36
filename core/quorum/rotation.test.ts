import { encode as cborEncode } from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { portableSuite, type Suite } from "../suite/index.ts";
import { EPOCHS_MAX } from "../tlog/index.ts";
import { digest, mutated, mutations, noise } from "../tlog/testing.ts";
import { combine } from "./cosignature.ts";
import {
  followRotations,
  type Rotation,
  ROTATION_BYTES_MAX,
  rotationCodec,
  rotationHash,
  ROTATIONS_MAX,
  termAt,
  type WitnessTerm,
} from "./rotation.ts";
import { witnessSetId, WITNESSES_MAX } from "./set.ts";
import { openSuite, type Panel, panelOf, partsOf, rotated } from "./testing.ts";

const SEED = 0x407a;
const log = digest("rotating log");
const names = (first: number, count: number): string[] => Array.from({ length: count }, (_, i) => `w${first + i}`);

/** Rotation i hands over from witnesses i … i + 4 to witnesses i + 1 … i + 5, any three of them, at epoch 100 (i + 1). */
function chain(suite: Suite, length: number): { panels: Panel[]; rotations: Rotation[]; term: WitnessTerm } {
  const panels = Array.from({ length: length + 1 }, (_, i) => panelOf(suite, names(i, 5), 3));
  const rotations = panels.slice(0, -1).map((panel, i) =>
    rotated(suite, panel, {
      log,
      sequence: i + 1,
      from: witnessSetId(suite, panel.set),
      to: (panels[i + 1] as Panel).set,
      fromEpoch: (i + 1) * 100,
    }),
  );
  return { panels, rotations, term: { set: (panels[0] as Panel).set, fromEpoch: 1, sequence: 0 } };
}

const { panels, rotations, term } = chain(openSuite, 6);
const [first, second] = rotations as [Rotation, Rotation];
const [old, next] = panels as [Panel, Panel];

function codeOf(list: readonly Rotation[], from = term, of = log, suite = openSuite): string {
  const followed = followRotations(suite, of, from, list);
  return followed.ok ? `ok ${followed.value.length}` : followed.error;
}

const neverPairs: Suite = {
  ...openSuite,
  blsVerify: () => {
    throw new Error("a pairing for a rotation that could be refused without");
  },
};

describe("a node that comes back", () => {
  test("follows any number of rotations from what it knew, page by page", () => {
    const long = chain(openSuite, 150);
    let at = long.term;
    const terms = [at];
    for (let i = 0; i < long.rotations.length; i += ROTATIONS_MAX) {
      const followed = followRotations(openSuite, log, at, long.rotations.slice(i, i + ROTATIONS_MAX));
      if (!followed.ok) throw new Error(followed.error);
      terms.push(...followed.value);
      at = terms.at(-1) as WitnessTerm;
    }
    expect(terms.map(({ set }) => set)).toEqual(long.panels.map(({ set }) => set));
    expect(at).toMatchObject({ fromEpoch: 15_000, sequence: 150 });
    expect(codeOf(long.rotations.slice(0, ROTATIONS_MAX), long.term)).toBe(`ok ${ROTATIONS_MAX}`);
    expect(codeOf(long.rotations.slice(0, ROTATIONS_MAX + 1), long.term)).toBe("quorum/too-many-rotations");
  });

  test("after a year of monthly rotations, with real signatures", () => {
    const year = chain(portableSuite, 12);
    expect(codeOf(year.rotations, year.term, log, portableSuite)).toBe("ok 12");
    const forged = { ...(year.rotations[0] as Rotation), fromEpoch: 101 };
    expect(codeOf([forged], year.term, log, portableSuite)).toBe("quorum/signature");
  });

  test("needs nothing when nothing rotated", () => {
    expect(codeOf([])).toBe("ok 0");
  });

  test("knows the set of every epoch", () => {
    const followed = followRotations(openSuite, log, term, rotations);
    const terms = [term, ...(followed.ok ? followed.value : [])];
    const sequences = [1, 99, 100, 199, 200, 600, EPOCHS_MAX].map((epoch) => termAt(terms, epoch)?.sequence);
    expect(sequences).toEqual([0, 0, 1, 1, 2, 6, 6]);
    expect(termAt(terms, 0)).toBeUndefined();
    expect(termAt([], 5)).toBeUndefined();
  });
});

describe("refused", () => {
  test("a gap, a repetition, another order", () => {
    expect(codeOf([second])).toBe("quorum/sequence");
    expect(codeOf([first, ...rotations.slice(2)])).toBe("quorum/sequence");
    expect(codeOf([first, first])).toBe("quorum/sequence");
    expect(codeOf([second, first])).toBe("quorum/sequence");
  });

  test("a rotation of another log", () => {
    expect(codeOf([first], term, digest("another log"))).toBe("quorum/other-log");
    const elsewhere = rotated(openSuite, old, { ...first, log: digest("another log") });
    expect(codeOf([elsewhere])).toBe("quorum/other-log");
    expect(codeOf([{ ...elsewhere, log }])).toBe("quorum/signature");
  });

  test("a statement of a set that is not the predecessor", () => {
    const stranger = panelOf(openSuite, names(70, 5), 3);
    const foreign = rotated(openSuite, stranger, { ...first, from: witnessSetId(openSuite, stranger.set) });
    expect(codeOf([foreign])).toBe("quorum/other-predecessor");
    expect(codeOf([rotated(openSuite, stranger, first)])).toBe("quorum/signature");
    // The next set cannot appoint itself, nor a retired one speak again.
    expect(codeOf([rotated(openSuite, next, first)])).toBe("quorum/signature");
    expect(codeOf([first, rotated(openSuite, old, second)])).toBe("quorum/signature");
  });

  test("fewer signatures than the predecessor's threshold, though the new set needs fewer", () => {
    const lax = panelOf(openSuite, names(1, 5), 1).set;
    const statement = { ...first, to: lax };
    const parts = partsOf(openSuite, old, rotationHash(openSuite, statement), [0, 4]);
    const cosignature = combine(openSuite, { ...old.set, threshold: 2 }, parts);
    if (cosignature === undefined) throw new Error("two are two");
    expect(codeOf([{ ...statement, cosignature }])).toBe("quorum/under-threshold");
    expect(codeOf([rotated(openSuite, old, statement)])).toBe("ok 1");
  });

  test("a term that does not begin later than the one that it ends", () => {
    for (const fromEpoch of [1, 99, 100]) {
      const early = rotated(openSuite, next, { ...second, fromEpoch });
      expect(codeOf([first, early])).toBe("quorum/from-epoch");
    }
    expect(codeOf([first, rotated(openSuite, next, { ...second, fromEpoch: 101 })])).toBe("ok 2");
    expect(codeOf([rotated(openSuite, old, { ...first, fromEpoch: 1 })])).toBe("quorum/from-epoch");
  });

  test("a set whose new member does not hold its key, though the quorum signed it", () => {
    const members = next.set.members.map((member) => {
      const isNew = old.set.members.every(({ key }) => Buffer.compare(key, member.key) !== 0);
      return isNew ? { ...member, possession: new Uint8Array(96) } : member;
    });
    expect(codeOf([rotated(openSuite, old, { ...first, to: { ...next.set, members } })])).toBe("quorum/possession");
  });

  test("a set of threshold 0 or of too many members: nobody decodes it", () => {
    const { members } = panelOf(openSuite, names(0, WITNESSES_MAX + 1), 1).set;
    const encoded = (threshold: number, count: number): Uint8Array => {
      const to = [threshold, members.slice(0, count).map(({ key, possession }) => [key, possession])];
      const { signature, signers } = first.cosignature;
      return cborEncode([log, 1, first.from, to, 100, [signers, signature]]);
    };
    const codes = ([threshold, count]: readonly [number, number]): string => {
      const decoded = decode(rotationCodec, encoded(threshold, count), 2 * ROTATION_BYTES_MAX);
      return decoded.ok ? "ok" : decoded.error;
    };
    expect([[3, 5] as const, [WITNESSES_MAX, WITNESSES_MAX] as const].map(codes)).toEqual(["ok", "ok"]);
    for (const [threshold, count] of [
      [0, 5],
      [6, 5],
      [0, 0],
      [3, WITNESSES_MAX + 1],
    ] as const) {
      expect(codes([threshold, count])).toBe("codec/out-of-range");
    }
  });

  test("without a pairing, whatever can be", () => {
    expect(codeOf([second], term, log, neverPairs)).toBe("quorum/sequence");
    expect(codeOf([first], term, digest("other"), neverPairs)).toBe("quorum/other-log");
    expect(codeOf([{ ...first, from: digest("other") }], term, log, neverPairs)).toBe("quorum/other-predecessor");
    expect(codeOf([{ ...first, fromEpoch: 1 }], term, log, neverPairs)).toBe("quorum/from-epoch");
    const few = { ...first.cosignature, signers: Uint8Array.of(0b11) };
    expect(codeOf([{ ...first, cosignature: few }], term, log, neverPairs)).toBe("quorum/under-threshold");
  });

  test("wholly, by the first offence: no terms of the part before it", () => {
    expect(codeOf([...rotations.slice(0, 4), rotations[5] as Rotation])).toBe("quorum/sequence");
  });

  test("any change of the encoding of a rotation", () => {
    const property = fc.property(fc.integer({ min: 0, max: 5 }), mutations, (i, mutate) => {
      const changed = mutated(rotationCodec, rotations[i] as Rotation, mutate);
      if (changed !== undefined) expect(codeOf(rotations.with(i, changed))).toMatch(/^quorum\//u);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });
});

test("a rotation decodes to what was encoded, in at most ROTATION_BYTES_MAX bytes, and totally", () => {
  for (const value of rotations) {
    expect(decode(rotationCodec, encode(rotationCodec, value), ROTATION_BYTES_MAX)).toEqual({ ok: true, value });
  }
  const to = panelOf(openSuite, names(0, WITNESSES_MAX), WITNESSES_MAX).set;
  const cosignature = { signers: new Uint8Array(8), signature: new Uint8Array(96) };
  const largest = { ...first, sequence: EPOCHS_MAX, fromEpoch: EPOCHS_MAX, to, cosignature };
  expect(encode(rotationCodec, largest).length).toBe(ROTATION_BYTES_MAX);
  const property = fc.property(noise, (bytes) => {
    const decoded = decode(rotationCodec, bytes, ROTATION_BYTES_MAX);
    if (decoded.ok) expect(encode(rotationCodec, decoded.value)).toEqual(bytes);
    else expect(decoded.error).toMatch(/^codec\//u);
  });
  fc.assert(property, { seed: SEED, numRuns: 1_000 });
});
