import { expect, test } from "vitest";
import { EnvelopeTally, noteOf } from "./envelopes.ts";

const envelope = (tag: number, content: number): Uint8Array =>
  Uint8Array.of(...new Uint8Array(16).fill(tag), ...new Uint8Array(496).fill(content));

function tallied(...envelopes: readonly Uint8Array[]): EnvelopeTally {
  const tally = new EnvelopeTally();
  tally.take(Buffer.concat(envelopes.map(noteOf)));
  return tally;
}

test("one tag with other bytes is a conflict, in whichever process it was sent", () => {
  expect(tallied(envelope(1, 1), envelope(2, 1), envelope(3, 2))).toMatchObject({
    envelopes: 3,
    tags: 3,
    conflicts: 0,
  });
  expect(tallied(envelope(1, 1), envelope(2, 1), envelope(1, 2))).toMatchObject({
    envelopes: 3,
    tags: 2,
    conflicts: 1,
  });
  const tally = tallied(envelope(1, 1));
  tally.take(Buffer.from(noteOf(envelope(1, 2))));
  expect(tally.conflicts).toBe(1);
});

test("the same envelope again is none, and a note that was cut off counts for nothing", () => {
  const tally = tallied(envelope(1, 1), envelope(1, 1));
  expect(tally).toMatchObject({ envelopes: 2, tags: 1, repeated: 1, conflicts: 0 });
  tally.take(Buffer.from(noteOf(envelope(1, 2)).subarray(0, 47)));
  expect(tally).toMatchObject({ envelopes: 2, conflicts: 0 });
});
