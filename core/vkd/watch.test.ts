import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { accountOf, codeOf, must, settled, suite, type TestDirectory } from "./directory.testing.ts";
import {
  openedLeaf,
  proveStanding,
  type VersionProof,
  versionProofCodec,
  VERSIONS_MAX,
  verifyWatch,
  watchedVersions,
  watchIndices,
  type WatchedPlaces,
} from "./index.ts";

const directory = settled("watch");
const LABEL = "bob";
const LATEST = 3;

/** What the directory reveals to the label's owner. */
const revealed: readonly VersionProof[] = watchedVersions(LATEST).map((version) => ({
  version,
  proof: directory.vrfProof(LABEL, version),
}));
const places = must(watchIndices(suite, directory.anchor, LABEL, revealed));

/** From then on the owner needs nobody who knows the label. */
const watched: WatchedPlaces = {
  present: places
    .slice(0, LATEST)
    .map(({ index, version }) => openedLeaf(suite, index, directory.openings.get(LABEL)![version - 1]!)),
  absent: places.slice(LATEST).map(({ index }) => index),
};

function watch(of: TestDirectory, from: number | undefined, part: WatchedPlaces = watched): string {
  const indices = [...part.present.map(({ index }) => index), ...part.absent];
  const standing = proveStanding(suite, of.held(), of.succession(from), indices);
  return codeOf(verifyWatch(suite, of.view(from), part, standing));
}

test("the owner of a label watches its versions, and all in whose name another could be shown", () => {
  expect(watchedVersions(1)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768]);
  expect(watchedVersions(5).slice(0, 9)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 16]);
  expect(places.map(({ index }) => index)).toEqual(
    watchedVersions(LATEST).map((version) => directory.place(LABEL, version)),
  );
});

describe("epoch by epoch, a watch", () => {
  test("holds while the owner registers nothing, whole or in parts", () => {
    expect(watch(directory, undefined)).toBe("ok");
    const quiet = directory.fork();
    quiet.register("carol-2", accountOf("carol-2"));
    quiet.close();
    expect(watch(quiet, 5)).toBe("ok");
    for (const part of [
      { ...watched, absent: [] },
      { ...watched, present: [] },
    ])
      expect(watch(quiet, 5, part)).toBe("ok");
  });

  test.each([4, 8, 32_768])("finds version %i, which the owner did not make, whoever made it", (version) => {
    const of = directory.fork();
    const opening = of.opening(of.statement(LABEL, version, accountOf(LABEL)));
    of.plant(openedLeaf(suite, of.place(LABEL, version), opening));
    of.close();
    expect(watch(of, 5)).toBe("vkd/foreign-version");
  });

  test("finds that what the owner made is not there, or is something else", () => {
    const before = settled("watch", 4);
    expect(watch(before, undefined)).toBe("vkd/not-included");
    const [leaf] = watched.present as [(typeof watched.present)[0]];
    const altered = { ...watched, present: [{ ...leaf, commitment: new Uint8Array(32) }] };
    expect(watch(directory, undefined, altered)).toBe("vkd/commitment");
  });
});

test("what is revealed is refused for another label, version or directory, and for what is no version", () => {
  const judge = (label: string, proofs: readonly VersionProof[]): string =>
    codeOf(watchIndices(suite, directory.anchor, label, proofs));
  const [first, second] = revealed as [VersionProof, VersionProof];
  expect(judge(LABEL, [second, first])).toBe("ok");
  expect(judge("bobby", [first])).toBe("vkd/vrf");
  expect(judge("Bob", [first])).toBe("vkd/label");
  expect(judge(LABEL, [{ ...first, version: 2 }])).toBe("vkd/vrf");
  for (const version of [0, VERSIONS_MAX + 1, 1.5]) expect(judge(LABEL, [{ ...first, version }])).toBe("vkd/vrf");
  expect(decode(versionProofCodec, encode(versionProofCodec, first), 100)).toEqual({ ok: true, value: first });
});
