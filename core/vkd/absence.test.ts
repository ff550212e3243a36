import { describe, expect, test } from "vitest";
import { codeOf, expectChangesRefused, NOBODY, settled, suite, TRUTH } from "./directory.testing.ts";
import { ABSENCE_BYTES_MAX, absenceCodec, type AbsenceProof, proveAbsence, verifyAbsence } from "./index.ts";

const directory = settled("absence");

function proofOf(label: string, epoch: number, last?: number): AbsenceProof {
  return proveAbsence(suite, directory.vrf, directory.held(epoch), directory.succession(last, epoch), label);
}

test("a label is absent exactly until its first version, and one that nobody has stays so", () => {
  for (let epoch = 1; epoch <= 5; epoch++) {
    const last = epoch > 1 ? 1 : undefined;
    for (const label of [...Object.keys(TRUTH), NOBODY]) {
      const isThere = (TRUTH[label]?.[epoch - 1] ?? 0) > 0;
      const found = verifyAbsence(suite, directory.view(last, epoch), label, proofOf(label, epoch, last));
      expect(codeOf(found)).toBe(isThere ? "vkd/not-absent" : "ok");
      if (found.ok) expect(found.value).toEqual(directory.head(epoch).head);
    }
  }
});

describe("a proof of absence", () => {
  const proof = proofOf(NOBODY, 5, 3);

  test("is for one label, and for the head that it comes with", () => {
    expect(codeOf(verifyAbsence(suite, directory.view(3), NOBODY, proof))).toBe("ok");
    expect(codeOf(verifyAbsence(suite, directory.view(3), "nobody-else", proof))).toBe("vkd/vrf");
    expect(codeOf(verifyAbsence(suite, directory.view(3), "Nobody", proof))).toBe("vkd/label");
    const early = { ...proof, standing: { ...proof.standing, tree: proofOf(NOBODY, 4).standing.tree } };
    expect(codeOf(verifyAbsence(suite, directory.view(3), NOBODY, early))).toBe("vkd/tree-root");
    const elsewhere = { ...proof, standing: proofOf("bob", 5, 3).standing };
    expect(codeOf(verifyAbsence(suite, directory.view(3), NOBODY, elsewhere))).toBe("vkd/incomplete");
  });

  test("comes back from its encoding, and changed on the way it is refused", () => {
    const verify = (found: AbsenceProof): string => codeOf(verifyAbsence(suite, directory.view(3), NOBODY, found));
    expectChangesRefused(absenceCodec, proof, ABSENCE_BYTES_MAX, verify, { runs: 400, least: 60 });
  });
});
