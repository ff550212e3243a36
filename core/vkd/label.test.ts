import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionFailure } from "../safety/index.ts";
import {
  futureVersions,
  indexOf,
  isLabel,
  isVersion,
  LABEL_BYTES_MAX,
  labelInput,
  markerOf,
  VERSIONS_MAX,
} from "./label.ts";
import { toHex } from "./tree/testing.ts";

const SEED = 0x1abe1;
const ENDS = "abcdefghijklmnopqrstuvwxyz0123456789";
const INNER = `${ENDS}._@+-`;
const labels = fc
  .tuple(
    fc.constantFrom(...ENDS),
    fc.option(fc.tuple(fc.string({ unit: fc.constantFrom(...INNER), maxLength: 62 }), fc.constantFrom(...ENDS))),
  )
  .map(([first, rest]) => first + (rest ?? []).join(""));
const versions = fc.integer({ min: 1, max: VERSIONS_MAX });

describe("a label", () => {
  test("begins and ends with a small letter or a digit, and has these and ._@+- within", () => {
    const accepted = fc.property(labels, (label) => {
      expect(isLabel(label)).toBe(true);
    });
    fc.assert(accepted, { seed: SEED });
    const texts = fc.string({
      unit: fc.oneof(fc.constantFrom(...INNER), fc.constantFrom(..."A \n\0é/")),
      maxLength: 67,
    });
    const judged = fc.property(texts, (text) => {
      const ends = [text[0] ?? "", text.at(-1) ?? ""].every(
        (character) => character !== "" && ENDS.includes(character),
      );
      const inside = [...text].every((character) => INNER.includes(character));
      expect(isLabel(text)).toBe(ends && inside && text.length <= LABEL_BYTES_MAX);
    });
    fc.assert(judged, { seed: SEED, numRuns: 500 });
  });

  test.each([
    "",
    "A",
    "alice ",
    "alice\n",
    "-a",
    "a-",
    ".a",
    "\u0430lice",
    "\uff41lice",
    "alice\u200b",
    "\u017f",
    "\u212a",
  ])("is not %j", (text) => {
    expect(isLabel(text)).toBe(false);
    expect(() => labelInput(text, 1)).toThrow(AssertionFailure);
  });

  test("is at most 64 bytes long", () => {
    expect(["a".repeat(64), "a".repeat(65), `${"a".repeat(63)}-`].map(isLabel)).toEqual([true, false, false]);
  });
});

describe("the VRF's input", () => {
  test("is domain, length, label and version", () => {
    const property = fc.property(labels, versions, (label, version) => {
      const tail = Buffer.alloc(4);
      tail.writeUInt32BE(version);
      const expected = Buffer.concat([
        Buffer.from("chhaya vkd label v1\0"),
        Buffer.of(label.length),
        Buffer.from(label),
        tail,
      ]);
      expect(toHex(labelInput(label, version))).toBe(toHex(expected));
    });
    fc.assert(property, { seed: SEED });
    expect(toHex(labelInput("bob", 258))).toBe("63686861796120766b64206c6162656c2076310003626f6200000102");
  });

  test("exists for every version and for the successor of the last, and for nothing else", () => {
    expect([1, VERSIONS_MAX, VERSIONS_MAX + 1].map((version) => labelInput("a", version).length)).toEqual([26, 26, 26]);
    for (const version of [0, -1, 1.5, VERSIONS_MAX + 2, Number.NaN]) {
      expect(() => labelInput("a", version)).toThrow(AssertionFailure);
    }
    expect([0, 1, 1.5, VERSIONS_MAX, VERSIONS_MAX + 1].map(isVersion)).toEqual([false, true, false, true, false]);
  });

  test("leads to an index by the first half of the output", () => {
    const output = Uint8Array.from({ length: 64 }, (_, i) => i);
    expect(indexOf(output)).toEqual(output.slice(0, 32));
    expect(() => indexOf(output.slice(1))).toThrow(AssertionFailure);
  });
});

describe("versions that a lookup and the owner look at", () => {
  test("the marker is the largest power of two up to the version", () => {
    expect([1, 2, 3, 4, 7, 8, 65_535].map(markerOf)).toEqual([1, 2, 2, 4, 4, 8, 32_768]);
    const property = fc.property(versions, (version) => {
      const marker = markerOf(version);
      expect(marker <= version && version < 2 * marker && Number.isInteger(Math.log2(marker))).toBe(true);
    });
    fc.assert(property, { seed: SEED });
    for (const version of [0, VERSIONS_MAX + 1]) expect(() => markerOf(version)).toThrow(AssertionFailure);
  });

  test("the future of a version is pinned", () => {
    const markers = [8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768];
    expect(futureVersions(1)).toEqual([2, 4, ...markers]);
    expect(futureVersions(5)).toEqual([6, 7, ...markers]);
    expect(futureVersions(7)).toEqual(markers);
    expect(futureVersions(VERSIONS_MAX)).toEqual([]);
    expect(futureVersions(65_533)).toEqual([65_534, 65_535]);
  });

  test("whatever newer version a directory passes off, its lookup needs one present that the owner has seen absent", () => {
    const property = fc.property(versions, versions, (latest, other) => {
      const absent = new Set(futureVersions(latest));
      expect([...absent].every((version) => version > latest && version <= VERSIONS_MAX)).toBe(true);
      if (other <= latest) return;
      // A lookup of `other` shows it and its marker to be present.
      expect(absent.has(other) || absent.has(markerOf(other))).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
  });
});
