import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode } from "../codec/index.ts";
import { codeOf, expectChangesRefused, must, NOBODY, settled, suite, TRUTH } from "./directory.testing.ts";
import {
  capsuleIndices,
  LOOKUP_BYTES_MAX,
  lookupCodec,
  type LookupProof,
  proveLookup,
  proveStanding,
  verifyLookup,
} from "./index.ts";

const SEED = 0x100c;
const directory = settled("lookup");
const labels = Object.keys(TRUTH);
const EPOCHS = 5;

function versionAt(label: string, epoch: number): number {
  return TRUTH[label]?.[epoch - 1] ?? 0;
}

function indicesOf(label: string, version?: number): readonly Uint8Array[] {
  return must(capsuleIndices(suite, directory.anchor, label, directory.capsule(label, version)));
}

function proofOf(label: string, epoch: number, last?: number): LookupProof {
  const capsule = directory.capsule(label, versionAt(label, epoch));
  const succession = last === epoch ? undefined : directory.succession(last, epoch);
  return proveLookup(suite, directory.anchor, directory.held(epoch), succession, label, capsule);
}

test("an honest directory shows the latest version of every label in every epoch, to whoever accepted any earlier head or none", () => {
  for (const label of labels) {
    for (let epoch = 1; epoch <= EPOCHS; epoch++) {
      if (versionAt(label, epoch) === 0) continue;
      for (const last of [undefined, 1, epoch - 1, epoch]) {
        if (last !== undefined && (last < 1 || last > epoch)) continue;
        const found = must(verifyLookup(suite, directory.view(last, epoch), label, proofOf(label, epoch, last)));
        expect(found.head).toEqual(directory.head(epoch).head);
        expect(found.registration).toEqual(directory.openings.get(label)?.[versionAt(label, epoch) - 1]?.registration);
      }
    }
  }
});

test("a client assembles the proof itself: the capsule from where it is stored, the standing from a mirror that knows no label", () => {
  const label = "alice@example";
  const capsule = directory.capsule(label);
  const indices = indicesOf(label);
  expect(indices).toEqual([5, 6, 4, 1].map((version) => directory.place(label, version)));
  const standing = proveStanding(suite, directory.held(), directory.succession(3), indices.toReversed());
  const proof = { capsule, standing };
  expect(codeOf(verifyLookup(suite, directory.view(3), label, proof))).toBe("ok");
  expect(encode(lookupCodec, proof)).toEqual(encode(lookupCodec, proofOf(label, EPOCHS, 3)));
});

describe("whatever is put together of true parts", () => {
  const epochs = fc.integer({ min: 1, max: EPOCHS });
  const parts = fc.record({
    told: fc.constantFrom(...labels),
    asked: fc.option(fc.constantFrom(...labels, NOBODY), { nil: undefined, freq: 2 }),
    version: epochs,
    epoch: epochs,
    /** Where the tree is shown beside, or instead of, where the capsule needs it. */
    beside: fc.constantFrom(...labels),
    isShown: fc.boolean(),
    last: fc.option(epochs, { nil: undefined, freq: 2 }),
    linkedTo: fc.option(epochs, { nil: undefined }),
    now: epochs,
  });

  test("is accepted exactly when it is true of the label, in an epoch neither older than the last nor expired", () => {
    const reached = new Set<string>();
    const property = fc.property(parts, (drawn) => {
      const { beside, epoch, isShown, last, linkedTo, now, told } = drawn;
      const asked = drawn.asked ?? told;
      const version = Math.min(drawn.version, (directory.openings.get(told) ?? []).length);
      const indices = isShown ? [...indicesOf(told, version), ...indicesOf(beside)] : indicesOf(beside);
      const succession = linkedTo !== undefined && linkedTo < epoch ? directory.succession(linkedTo, epoch) : undefined;
      const standing = proveStanding(suite, directory.held(epoch), succession, indices);
      const capsule = directory.capsule(told, version);
      const found = verifyLookup(suite, directory.view(last, now), asked, { capsule, standing });
      reached.add(codeOf(found));
      const conditions = {
        isTrue: asked === told && version === versionAt(asked, epoch),
        isTimely: epoch >= now - 1 && epoch >= (last ?? 1),
        isLinked: last === undefined || last === epoch || linkedTo === last,
      };
      const holds = Object.values(conditions).every((condition) => condition);
      if (found.ok) expect({ holds, ...conditions }).toMatchObject({ holds: true });
      else if (isShown) expect(holds).toBe(false);
    });
    fc.assert(property, { seed: SEED, numRuns: 1_500 });
    expect([...reached].sort()).toEqual([
      "ok",
      "vkd/head-expired",
      "vkd/head-inconsistent",
      "vkd/head-older",
      "vkd/head-unlinked",
      "vkd/incomplete",
      "vkd/not-included",
      "vkd/not-latest",
      "vkd/other-label",
    ]);
  });
});

test.each(labels)("a proof for %s comes back from its encoding, and changed on the way it is refused", (label) => {
  const verify = (found: LookupProof): string => codeOf(verifyLookup(suite, directory.view(3), label, found));
  expectChangesRefused(lookupCodec, proofOf(label, EPOCHS, 3), LOOKUP_BYTES_MAX, verify, { runs: 150, least: 30 });
});
