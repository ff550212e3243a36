import { expect, test } from "vitest";
import type { CosignedHead } from "../quorum/index.ts";
import type { SignedHead } from "../tlog/index.ts";
import { accountOf, codeOf, digest, Quorum, suite, TestDirectory } from "./directory.testing.ts";
import {
  futureVersions,
  markerOf,
  openedLeaf,
  proveStanding,
  verifyHistory,
  verifyLookup,
  watchedVersions,
} from "./index.ts";

/** Saves the pairings: the clients here have accepted the head already, and look at no cosignature again. */
class Silent extends Quorum {
  override cosign(head: SignedHead): CosignedHead {
    return { head, cosignature: { signers: new Uint8Array(1), signature: new Uint8Array(96) } };
  }
}

const LABEL = "victim";
const VERSIONS = 7;
const account = accountOf(LABEL);
const quorum = new Silent("soundness", 1, 1);
const versions = Array.from({ length: VERSIONS }, (_, i) => i + 1);
const registered = new TestDirectory("soundness", quorum);
for (const version of versions) registered.tell(registered.opening(registered.statement(LABEL, version, account)));

/** One epoch in which the tree has exactly these versions, all signed by the account, which helps the directory. */
function directoryOf(present: ReadonlySet<number>): TestDirectory {
  const of = registered.fork();
  for (const opening of of.openings.get(LABEL) ?? []) {
    if (present.has(opening.version)) of.plant(openedLeaf(suite, of.place(LABEL, opening.version), opening));
  }
  of.plant({ index: digest("somebody"), commitment: digest("else") });
  of.close();
  return of;
}

/** One tree shows the place of every version that any of these proofs speaks of. */
const places = [...watchedVersions(1), ...watchedVersions(VERSIONS)].map((version) => registered.place(LABEL, version));

/** Latest versions that a lookup shows, and those that the owner's history shows. */
function shown(of: TestDirectory): { readonly lookups: readonly number[]; readonly histories: readonly number[] } {
  const view = of.view(1);
  const standing = proveStanding(suite, of.held(), undefined, places);
  const lookups = versions.filter((version) => {
    const capsule = of.capsule(LABEL, version);
    return codeOf(verifyLookup(suite, view, LABEL, { capsule, standing })) === "ok";
  });
  const histories = versions.filter((version) => {
    const contents = of.history(LABEL, 1, version);
    return codeOf(verifyHistory(suite, view, LABEL, 1, { ...contents, standing })) === "ok";
  });
  return { lookups, histories };
}

test("under one head nobody is shown another latest version than the owner, whichever versions the directory made", () => {
  const agreed = new Set<number>();
  const splits: number[][] = [];
  for (let bits = 0; bits < 2 ** VERSIONS; bits++) {
    const present = new Set(versions.filter((version) => (bits >> (version - 1)) & 1));
    const { histories, lookups } = shown(directoryOf(present));
    // What the definitions say, once more and directly.
    const hasAll = (list: readonly number[]): boolean => list.every((version) => present.has(version));
    const hasNone = (list: readonly number[]): boolean => !list.some((version) => present.has(version));
    expect(lookups).toEqual(versions.filter((v) => hasAll([1, markerOf(v), v]) && hasNone([v + 1])));
    expect(histories).toEqual(
      versions.filter((v) => hasAll(versions.slice(0, v)) && hasNone(futureVersions(v).filter((w) => w <= VERSIONS))),
    );
    if (histories.length > 0) expect(lookups).toEqual(histories);
    for (const version of histories) agreed.add(version);
    if (lookups.length > 1) splits.push([...present]);
  }
  expect([...agreed].sort()).toEqual(versions);
  // What nobody but the owner can find out: the directory skips a version, and shows one latest version to some.
  expect(splits).toContainEqual([1, 2, 4]);
});
