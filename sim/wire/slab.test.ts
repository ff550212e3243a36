import fc from "fast-check";
import { expect, test } from "vitest";
import { type Growing, Slab } from "./slab.ts";

test("what grows keeps its bytes, whatever grows beside it", () => {
  const sizes = fc.oneof(fc.nat(40), fc.nat(3_000));
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(4), sizes), { maxLength: 100 }), (steps) => {
      const slab = new Slab();
      const pieces = Array.from({ length: 5 }, (): Growing => ({
        memory: new Uint8Array(0),
        start: 0,
        length: 0,
        room: 0,
      }));
      const expected = pieces.map((): number[] => []);
      steps.forEach(([which, size], i) => {
        const bytes = new Uint8Array(size).fill(i);
        slab.append(pieces[which] as Growing, bytes, 65_536);
        expected[which]?.push(...bytes);
      });
      const held = pieces.map(({ length, memory, start }) => [...memory.subarray(start, start + length)]);
      expect(held).toEqual(expected);
    }),
    { seed: 1 },
  );
});
