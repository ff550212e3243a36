import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { CARD_BYTES_MAX } from "../identity/index.ts";
import { accountOf, codeOf, digest, expectChangesRefused, must, settled, suite, TRUTH } from "./directory.testing.ts";
import {
  type Capsule,
  CAPSULE_BYTES_MAX,
  capsuleCodec,
  capsuleIndices,
  locate,
  markerOf,
  OPENING_BYTES_MAX,
  openingCodec,
  placeVersion,
  register,
  REGISTERED_VERSIONS_MAX,
  TRANSFERS_MAX,
  transferTo,
  verifyCapsule,
} from "./index.ts";

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");
const directory = settled("opening");
const { anchor } = directory;
const capsules = Object.keys(TRUTH).flatMap((label) =>
  (directory.openings.get(label) ?? []).map(({ version }) => ({ label, capsule: directory.capsule(label, version) })),
);

test("a place is proved by the directory's VRF for one label and version, and for no other", () => {
  const { index, proof } = placeVersion(suite, directory.vrf, "bob", 2);
  expect(locate(suite, anchor, "bob", 2, proof)).toEqual(index);
  expect(locate(suite, anchor, "bob", 1, proof)).toBeUndefined();
  expect(locate(suite, anchor, "bo", 2, proof)).toBeUndefined();
  expect(locate(suite, { ...anchor, vrf: anchor.key }, "bob", 2, proof)).toBeUndefined();
});

describe("a capsule", () => {
  test("verifies for its label alone, and says where to look", () => {
    for (const { capsule, label } of capsules) {
      const { version } = capsule.latest;
      const places = must(verifyCapsule(suite, anchor, label, capsule));
      expect(places).toEqual({
        latest: directory.place(label, version),
        next: directory.place(label, version + 1),
        marker: [3, 5].includes(version) ? directory.place(label, markerOf(version)) : undefined,
        first: version > 1 ? directory.place(label, 1) : undefined,
      });
      const indices = must(capsuleIndices(suite, anchor, label, capsule));
      expect(indices).toEqual(Object.values(places).filter((index) => index !== undefined));
      for (const other of Object.keys(TRUTH)) {
        if (other !== label) expect(codeOf(capsuleIndices(suite, anchor, other, capsule))).toBe("vkd/other-label");
      }
    }
  });

  test("has a marker and a first version exactly where its version needs them", () => {
    const [one, three] = [directory.capsule("carol-2"), directory.capsule("alice@example", 3)];
    const four = directory.capsule("alice@example", 4);
    const wrong: [string, Capsule][] = [
      ["carol-2", { ...one, marker: one.next }],
      ["carol-2", { ...one, first: one.latest }],
      ["alice@example", { ...three, marker: undefined }],
      ["alice@example", { ...three, first: undefined }],
      ["alice@example", { ...four, marker: four.latest.proof }],
    ];
    for (const [label, capsule] of wrong) {
      expect(codeOf(verifyCapsule(suite, anchor, label, capsule))).toBe("vkd/incomplete");
    }
  });

  test.each(capsules)(
    "comes back from its encoding, and changed on the way it is refused (%#)",
    ({ capsule, label }) => {
      const verify = (found: Capsule): string => {
        // A salt is for the tree to judge.
        const isSalted =
          hex(found.latest.salt) === hex(capsule.latest.salt) && hex(found.first?.salt) === hex(capsule.first?.salt);
        return isSalted ? codeOf(verifyCapsule(suite, anchor, label, found)) : "vkd/commitment";
      };
      expectChangesRefused(capsuleCodec, capsule, CAPSULE_BYTES_MAX, verify, { runs: 40, least: 8 });
    },
  );

  test("of the largest contents is as long as the limits say", () => {
    const owner = accountOf("owner");
    const transfer = transferTo(suite, owner, directory.log, "bob", REGISTERED_VERSIONS_MAX, owner.publicKey);
    const registration = register(suite, owner, {
      log: directory.log,
      label: "a".repeat(64),
      version: REGISTERED_VERSIONS_MAX,
      card: new Uint8Array(CARD_BYTES_MAX),
      lineage: new Array(TRANSFERS_MAX).fill(transfer),
      issued: Number.MAX_SAFE_INTEGER,
    });
    const proof = new Uint8Array(80);
    const opening = { version: REGISTERED_VERSIONS_MAX, proof, salt: digest("salt"), registration };
    expect(encode(openingCodec, opening).length).toBe(OPENING_BYTES_MAX);
    const capsule = { latest: opening, next: proof, marker: proof, first: opening };
    expect(encode(capsuleCodec, capsule).length).toBe(CAPSULE_BYTES_MAX);
    expect(decode(openingCodec, encode(openingCodec, opening), OPENING_BYTES_MAX)).toEqual({
      ok: true,
      value: opening,
    });
  });
});
