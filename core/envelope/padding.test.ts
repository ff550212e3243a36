import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionFailure } from "../safety/index.ts";
import { bucketFor, BUCKETS, ENVELOPE_BYTES_MAX, isBucket, pad, unpad } from "./padding.ts";
import { DELIVERY_TAG_BYTES, splitTag, tagKey } from "./tag.ts";

const SEED = 0xe27;

describe("buckets", () => {
  test("are these seven sizes, ascending, and end at the ceiling", () => {
    expect(BUCKETS).toEqual([512, 1024, 4096, 8192, 16384, 32768, 65536]);
    expect(ENVELOPE_BYTES_MAX).toBe(65_536);
  });

  test("the bucket of a length is the smallest that holds it, and none does above the ceiling", () => {
    const lengths = fc.oneof(fc.nat(70_000), fc.constantFrom(...BUCKETS.flatMap((size) => [size - 1, size, size + 1])));
    const property = fc.property(lengths, (length) => {
      const bucket = bucketFor(length);
      expect(bucket).toBe([...BUCKETS].sort((a, b) => a - b).find((size) => length <= size));
      if (bucket !== undefined) expect(isBucket(bucket)).toBe(true);
      expect(isBucket(length)).toBe(BUCKETS.some((size) => size === length));
    });
    fc.assert(property, { seed: SEED });
  });
});

describe("padding", () => {
  const content = fc.uint8Array({ maxLength: 200 });

  test("gives exactly the size asked for, and back exactly the content, whatever it ends with", () => {
    const ending = fc.constantFrom<readonly number[]>([], [0], [0x80], [0x80, 0, 0], [0, 0x80]);
    const property = fc.property(content, ending, fc.integer({ min: 1, max: 100 }), (head, tail, extra) => {
      const whole = Uint8Array.of(...head, ...tail);
      const padded = pad(whole, whole.length + extra);
      expect(padded.length).toBe(whole.length + extra);
      expect(unpad(padded)).toEqual(whole);
    });
    fc.assert(property, { seed: SEED });
  });

  test("has one form: what unpads pads to the same bytes again", () => {
    const bytes = fc.array(fc.constantFrom(0, 1, 0x80, 0xff), { maxLength: 40 }).map((list) => Uint8Array.from(list));
    const property = fc.property(bytes, (padded) => {
      const found = unpad(padded);
      const bare = [...padded].join(",").replace(/(,?0)+$/u, "");
      expect(found !== undefined).toBe(/(^|,)128$/u.test(bare));
      if (found !== undefined) expect(pad(found, padded.length)).toEqual(padded);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
  });

  test("without a mark is refused", () => {
    for (const padded of [[], [0], [0, 0, 0], [1], [0x81, 0], [0x7f]]) {
      expect(unpad(Uint8Array.from(padded))).toBeUndefined();
    }
  });

  test("is a copy, of a Node Buffer too, so that the padded plaintext can be wiped", () => {
    const padded = Buffer.from(pad(Uint8Array.of(1, 2, 3), 9));
    const found = unpad(padded);
    padded.fill(0);
    expect(found).toEqual(Uint8Array.of(1, 2, 3));
  });

  test("always takes one byte: content as long as its size is a bug", () => {
    expect(() => pad(new Uint8Array(8), 8)).toThrow(AssertionFailure);
    expect(unpad(pad(new Uint8Array(7), 8))).toEqual(new Uint8Array(7));
  });
});

describe("delivery tags", () => {
  test("split from the rest without loss, and not at all from an envelope that is too short", () => {
    const property = fc.property(fc.uint8Array({ maxLength: 64 }), (envelope) => {
      const split = splitTag(envelope);
      expect(split !== undefined).toBe(envelope.length >= DELIVERY_TAG_BYTES);
      if (split === undefined) return;
      expect(split.tag).toMatch(/^[0-9a-f]{32}$/u);
      expect(Buffer.concat([Buffer.from(split.tag, "hex"), split.rest]).equals(envelope)).toBe(true);
      expect(tagKey(envelope.subarray(0, DELIVERY_TAG_BYTES))).toBe(split.tag);
    });
    fc.assert(property, { seed: SEED });
  });
});
