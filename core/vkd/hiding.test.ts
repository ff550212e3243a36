import { describe, expect, test } from "vitest";
import { encode } from "../codec/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { NOBODY, settled, suite, type TestDirectory, TRUTH } from "./directory.testing.ts";
import {
  absenceCodec,
  capsuleIndices,
  historyCodec,
  lookupCodec,
  type Opening,
  proveAbsence,
  proveHistory,
  proveLookup,
  proveStanding,
  registrationBytes,
  sealCapsule,
  standingCodec,
  stretchLabel,
} from "./index.ts";

const directory = settled("hiding");
const labels = Object.keys(TRUTH);

/** What must not be found in what is about another label; where each thing comes from is its key. */
function traces({ openings }: TestDirectory, label: string): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>([["label", Buffer.from(label)]]);
  for (const { proof, registration, salt, version } of openings.get(label) as readonly Opening[]) {
    const parts = { proof, salt, card: registration.card, account: registration.account };
    for (const [name, part] of Object.entries(parts)) found.set(`${name} ${version}`, part);
    found.set(`signature ${version}`, registration.signature);
    found.set(`registration ${version}`, registrationBytes(registration));
  }
  return found;
}

function tracesIn(bytes: Uint8Array, label: string): string[] {
  return [...traces(directory, label)].flatMap(([name, part]) => (Buffer.from(bytes).includes(part) ? [name] : []));
}

function lookupOf(label: string): Uint8Array {
  const succession = directory.succession(2);
  const capsule = directory.capsule(label);
  return encode(lookupCodec, proveLookup(suite, directory.anchor, directory.held(), succession, label, capsule));
}

function historyOf(label: string): Uint8Array {
  const contents = directory.history(label);
  const proof = proveHistory(suite, directory.anchor, directory.held(), directory.succession(2), label, contents);
  return encode(historyCodec, proof);
}

describe.each(labels)("a proof about %s", (label) => {
  test("has nothing of any other label in it, and what it is about", () => {
    for (const bytes of [lookupOf(label), historyOf(label)]) {
      expect(tracesIn(bytes, label)).toContain("label");
      for (const other of labels)
        expect([other, tracesIn(bytes, other)].slice(other === label ? 2 : 0)).toEqual(
          other === label ? [] : [other, []],
        );
    }
  });

  test("rests on a standing that says nothing of it either, so that a mirror need not know", () => {
    const indices = capsuleIndices(suite, directory.anchor, label, directory.capsule(label));
    if (!indices.ok) throw new Error(indices.error);
    const standing = encode(standingCodec, proveStanding(suite, directory.held(), undefined, indices.value));
    for (const other of labels) expect(tracesIn(standing, other)).toEqual([]);
  });

  test("is stored in a sealed capsule that shows nothing of it", () => {
    const random = countingRandom(`hiding ${label}`.replaceAll("@", " "));
    const stretched = stretchLabel(suite, directory.anchor, label);
    const { address, value } = sealCapsule(suite, random, stretched, directory.capsule(label), {
      sequence: 1,
      expires: 2,
    });
    for (const other of labels) {
      // Three letters turn up in a kilobyte of noise now and then.
      expect([...tracesIn(value, other), ...tracesIn(address, other)].filter((name) => name !== "label")).toEqual([]);
    }
  });
});

test("a proof that nobody has a label names no label, not even that one", () => {
  const bytes = encode(absenceCodec, proveAbsence(suite, directory.vrf, directory.held(), undefined, NOBODY));
  for (const label of labels) expect(tracesIn(bytes, label)).toEqual([]);
  expect(Buffer.from(bytes).includes(NOBODY)).toBe(false);
});
