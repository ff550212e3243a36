import { bytesToHex } from "@noble/hashes/utils.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Stream } from "./index.ts";

test("a seed and a name decide the bytes, on every machine", () => {
  expect(bytesToHex(Stream.seeded(7).child("network").bytes(16))).toBe("db23af46193903fa44587ad96d9341a1");
});

test("a child does not depend on what was drawn before, nor on its siblings", () => {
  const used = Stream.seeded(1);
  used.bytes(1_000);
  used.child("other").bytes(10);
  expect(used.child("x").bytes(32)).toEqual(Stream.seeded(1).child("x").bytes(32));
  expect(used.child("x").bytes(32)).not.toEqual(used.child("y").bytes(32));
});

test("the same bytes come however they are asked for", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(700), { maxLength: 8 }), (lengths) => {
      const [pieces, whole] = [Stream.seeded(3), Stream.seeded(3)];
      const joined = lengths.flatMap((length) => [...pieces.bytes(length)]);
      expect(joined).toEqual([...whole.bytes(joined.length)]);
    }),
    { seed: 1, numRuns: 50 },
  );
});

test("numbers stay in their bounds and reach both ends", () => {
  const stream = Stream.seeded(5);
  const drawn = Array.from({ length: 500 }, () => stream.between(2, 4));
  expect(new Set(drawn)).toEqual(new Set([2, 3, 4]));
  for (let i = 0; i < 500; i++) expect(stream.unit()).toBeLessThan(1);
  expect(() => stream.pick([])).toThrow("nothing to pick from");
});
