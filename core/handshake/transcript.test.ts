import fc from "fast-check";
import { expect, test } from "vitest";
import { portableSuite as suite } from "../suite/index.ts";
import { mix, startTranscript } from "./transcript.ts";

const SEED = 0x7a1;
const items = fc.array(fc.uint8Array({ maxLength: 6 }), { maxLength: 5 });

test("an item is mixed as SHA-256(h ‖ u32 length ‖ item)", () => {
  const [hash, item] = [startTranscript(suite), new Uint8Array(0x010203).fill(5)];
  expect(mix(suite, hash, item)).toEqual(suite.sha256(hash, Uint8Array.of(0, 1, 2, 3), item));
});

test("different sequences of items give different hashes", () => {
  fc.assert(
    fc.property(items, items, (a, b) => {
      const same = a.length === b.length && a.every((item, i) => Buffer.from(item).equals(Buffer.from(b[i]!)));
      const hashes = [a, b].map((list) => Buffer.from(mix(suite, startTranscript(suite), ...list)).toString("hex"));
      expect(hashes[0] === hashes[1]).toBe(same);
    }),
    { seed: SEED },
  );
});

test("moving a byte across the border of two items changes the hash", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2, maxLength: 40 }), fc.nat(), fc.nat(), (whole, i, j) => {
      const [a, b] = [i % (whole.length + 1), j % (whole.length + 1)];
      fc.pre(a !== b);
      const split = (at: number) => mix(suite, startTranscript(suite), whole.subarray(0, at), whole.subarray(at));
      expect(split(a)).not.toEqual(split(b));
    }),
    { seed: SEED },
  );
});

test("an absent value and an item left out differ", () => {
  const hash = startTranscript(suite);
  expect(mix(suite, hash, new Uint8Array(0))).not.toEqual(hash);
});
