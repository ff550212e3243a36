import fc from "fast-check";
import { expect, test } from "vitest";
import { Stream } from "../kernel/index.ts";
import { damage } from "./index.ts";

test("damage always changes the bytes, or nearly, and never the original", () => {
  fc.assert(
    fc.property(fc.nat(), fc.uint8Array({ minLength: 32, maxLength: 600 }), (seed, bytes) => {
      const before = bytes.slice();
      const damaged = damage(Stream.seeded(seed), bytes);
      expect(bytes).toEqual(before);
      expect(damaged).not.toEqual(bytes);
    }),
    { seed: 1, numRuns: 200 },
  );
});
