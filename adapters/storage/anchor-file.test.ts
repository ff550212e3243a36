import fc from "fast-check";
import { expect, test } from "vitest";
import { type Commit, encodeCommit, newestCommit, offsetOf, SLOT_BYTES } from "./anchor-file.ts";

const SEED = 1;
const commitOf = (number: number): Commit => ({
  number,
  epoch: 3,
  length: 2 ** 40 + number,
  anchor: new Uint8Array(52).fill(number),
});

function fileOf(...commits: Commit[]): Uint8Array {
  const file = new Uint8Array(Math.max(0, ...commits.map((commit) => offsetOf(commit) + encodeCommit(commit).length)));
  for (const commit of commits) file.set(encodeCommit(commit), offsetOf(commit));
  return file;
}

test("the newest of any number of commits is found", () => {
  expect(newestCommit(fileOf())).toBeUndefined();
  const commits = [1, 2, 3, 4, 5].map(commitOf);
  for (let count = 1; count <= commits.length; count++) {
    expect(newestCommit(fileOf(...commits.slice(0, count)))).toEqual(commits[count - 1]);
  }
});

test("a torn commit leaves the one before, wherever it was torn", () => {
  for (const number of [1, 2, 3, 4]) {
    const before = fileOf(...[1, 2, 3, 4].slice(0, number - 1).map(commitOf));
    const bytes = encodeCommit(commitOf(number));
    for (let cut = 0; cut < bytes.length; cut++) {
      const offset = offsetOf(commitOf(number));
      const torn = new Uint8Array(Math.max(before.length, offset + cut));
      torn.set(before);
      torn.set(bytes.subarray(0, cut), offset);
      expect(newestCommit(torn)).toEqual(number === 1 ? undefined : commitOf(number - 1));
    }
  }
});

test("two unreadable commits are not none", () => {
  expect(newestCommit(fileOf(commitOf(1), commitOf(2)).fill(0))).toMatchObject({ epoch: 0, anchor: new Uint8Array(0) });
});

test("is total on any bytes, and no bit of a commit can change unnoticed", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: SLOT_BYTES + 100 }), fc.nat(80 * 8 - 1), (bytes, bit) => {
      newestCommit(bytes);
      const file = fileOf(commitOf(1));
      file[bit >> 3] = (file[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(newestCommit(file)).toBeUndefined();
    }),
    { seed: SEED },
  );
});
