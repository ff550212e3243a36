import { expect, test } from "vitest";
import { encode } from "../codec/index.ts";
import { accountOf, cardOf, codeOf, deepen, digest, Quorum, suite, TestDirectory } from "./directory.testing.ts";
import { lookupCodec, proveLookup, verifyLookup } from "./index.ts";

const LABEL = "sixteen-letters1";
/** 2^20 leaves. */
const DEPTH = 20;
/** The longest path to the newest of up to 2^17 epochs: three months of one a minute. */
const INCLUSION_HASHES = 17;

test("a lookup of a first version in a directory of a million labels takes less than three kilobytes", () => {
  const directory = new TestDirectory("size", new Quorum("size", 7, 5));
  const account = accountOf("size");
  directory.register(LABEL, account);
  for (const version of [1, 2]) directory.plant(...deepen(directory.place(LABEL, version), DEPTH));
  directory.close();
  const proof = proveLookup(suite, directory.anchor, directory.held(), undefined, LABEL, directory.capsule(LABEL));
  expect(codeOf(verifyLookup(suite, directory.view(), LABEL, proof))).toBe("ok");
  expect(cardOf(account, LABEL).length).toBeGreaterThan(150);

  const inclusion = Array.from({ length: INCLUSION_HASHES }, (_, i) => digest(`${i}`));
  const { epoch } = proof.standing;
  const aged = { ...proof, standing: { ...proof.standing, epoch: { ...epoch, inclusion } } };
  const length = encode(lookupCodec, aged).length;
  expect(length).toBeGreaterThan(2 * DEPTH * 32 + INCLUSION_HASHES * 34);
  expect(length).toBeLessThan(3_072);
});
