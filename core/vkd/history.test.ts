import { describe, expect, test } from "vitest";
import { AssertionFailure } from "../safety/index.ts";
import { codeOf, expectChangesRefused, must, settled, suite, TRUTH } from "./directory.testing.ts";
import {
  futureVersions,
  HISTORY_BYTES_MAX,
  historyCodec,
  type HistoryProof,
  proveHistory,
  verifyHistory,
} from "./index.ts";

const directory = settled("history");
const EPOCHS = 5;

function proofOf(label: string, from: number, epoch: number, last?: number): HistoryProof {
  const contents = directory.history(label, from, TRUTH[label]?.[epoch - 1]);
  const succession = directory.succession(last, epoch);
  return proveHistory(suite, directory.anchor, directory.held(epoch), succession, label, contents);
}

test("the owner sees every version from any on, in every epoch", () => {
  for (const label of Object.keys(TRUTH)) {
    for (let epoch = 1; epoch <= EPOCHS; epoch++) {
      const latest = TRUTH[label]?.[epoch - 1] ?? 0;
      for (let from = 1; from <= latest; from++) {
        const proof = proofOf(label, from, epoch);
        const found = must(verifyHistory(suite, directory.view(undefined, epoch), label, from, proof));
        expect(found.head).toEqual(directory.head(epoch).head);
        expect(found.registrations.map(({ version }) => version)).toEqual(
          Array.from({ length: latest - from + 1 }, (_, i) => from + i),
        );
        expect(proof.absent.length).toBe(futureVersions(latest).length);
      }
    }
  }
});

describe("a history", () => {
  const label = "alice@example";
  const view = directory.view(3);
  const proof = proofOf(label, 1, EPOCHS, 3);
  const verify = (change: Partial<HistoryProof>, from = 1): string =>
    codeOf(verifyHistory(suite, view, label, from, { ...proof, ...change }));

  test("is refused with a version missing, twice, or in another place", () => {
    const { openings } = proof;
    expect(verify({})).toBe("ok");
    expect(verify({ openings: [] })).toBe("vkd/incomplete");
    expect(verify({ openings: openings.slice(1) })).toBe("vkd/incomplete");
    expect(verify({ openings: openings.slice(1) }, 2)).toBe("vkd/incomplete");
    expect(verify({ openings: openings.slice(1), first: openings[1] }, 2)).toBe("vkd/incomplete");
    expect(verify({ openings: openings.slice(1), first: openings[0] }, 2)).toBe("ok");
    expect(verify({ first: openings[0] })).toBe("vkd/incomplete");
    expect(verify({ openings: openings.slice(0, -1) })).toBe("vkd/incomplete");
    expect(verify({ openings: openings.toReversed() }, 5)).toBe("vkd/incomplete");
    expect(verify({ openings: [...openings, ...openings.slice(-1)] })).toBe("vkd/incomplete");
  });

  test("that ends early is contradicted by the tree, if it brings what its end needs", () => {
    expect(verify(directory.history(label, 1, 4))).toBe("vkd/not-latest");
  });

  test("is of one label", () => {
    expect(codeOf(verifyHistory(suite, view, "bob", 1, proof))).toBe("vkd/other-label");
    expect(codeOf(verifyHistory(suite, view, "Bob", 1, proof))).toBe("vkd/label");
  });

  test("is only made of parts that fit together", () => {
    const prove = (contents: object): unknown =>
      proveHistory(suite, directory.anchor, directory.held(), undefined, label, {
        ...directory.history(label),
        ...contents,
      });
    expect(() => prove({})).not.toThrow();
    expect(() => prove({ absent: [] })).toThrow(AssertionFailure);
    expect(() => prove({ openings: [] })).toThrow(AssertionFailure);
    expect(() => prove({ absent: directory.history(label).absent.toReversed() })).toThrow(AssertionFailure);
  });

  test("comes back from its encoding, and changed on the way it is refused", () => {
    const judge = (found: HistoryProof): string => codeOf(verifyHistory(suite, view, label, 1, found));
    expectChangesRefused(historyCodec, proof, HISTORY_BYTES_MAX, judge, { runs: 400, least: 100 });
  });
});
