import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Secret } from "../../core/safety/index.ts";
import { type Commit, newestCommit, offsetOf, SLOT_BYTES } from "./anchor-file.ts";
import { plainLayout } from "./log-layout.ts";
import { SealedLayout } from "./sealed-layout.ts";

const SEED = 1;
const commitOf = (number: number): Commit => ({
  number,
  epoch: 3,
  length: 2 ** 40 + number,
  anchor: new Uint8Array(52).fill(number),
});

describe.each([
  { what: "plain", layout: plainLayout, slotBytes: 80 },
  { what: "sealed", layout: new SealedLayout(new Secret(new Uint8Array(32).fill(1))), slotBytes: 144 },
])("$what", ({ layout, slotBytes }) => {
  const newest = (file: Uint8Array): Commit | undefined => newestCommit(file, (slot) => layout.decodeSlot(slot));

  function fileOf(...commits: Commit[]): Uint8Array {
    const file = new Uint8Array(Math.max(0, ...commits.map((commit) => offsetOf(commit) + slotBytes)));
    for (const commit of commits) file.set(layout.encodeSlot(commit), offsetOf(commit));
    return file;
  }

  test("the newest of any number of commits is found", () => {
    expect(newest(fileOf())).toBeUndefined();
    const commits = [1, 2, 3, 4, 5].map(commitOf);
    for (let count = 1; count <= commits.length; count++) {
      expect(newest(fileOf(...commits.slice(0, count)))).toEqual(commits[count - 1]);
    }
  });

  test("a torn commit leaves the one before, wherever it was torn", () => {
    for (const number of [1, 2, 3, 4]) {
      const before = fileOf(...[1, 2, 3, 4].slice(0, number - 1).map(commitOf));
      const bytes = layout.encodeSlot(commitOf(number));
      for (let cut = 0; cut < bytes.length; cut++) {
        const offset = offsetOf(commitOf(number));
        const torn = new Uint8Array(Math.max(before.length, offset + cut));
        torn.set(before);
        torn.set(bytes.subarray(0, cut), offset);
        expect(newest(torn)).toEqual(number === 1 ? undefined : commitOf(number - 1));
      }
    }
  });

  test("two unreadable commits are not none", () => {
    expect(newest(fileOf(commitOf(1), commitOf(2)).fill(0))).toMatchObject({ epoch: 0, anchor: new Uint8Array(0) });
  });

  test("is total on any bytes, and no bit of a commit can change unnoticed", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: SLOT_BYTES + 100 }), fc.nat(slotBytes * 8 - 1), (bytes, bit) => {
        newest(bytes);
        const file = fileOf(commitOf(1));
        file[bit >> 3] = (file[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(newest(file)).toBeUndefined();
      }),
      { seed: SEED },
    );
  });
});
