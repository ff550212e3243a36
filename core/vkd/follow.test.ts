import { describe, expect, test } from "vitest";
import { combine, type CosignedHead, followRotations, rotationHash, witnessSetId } from "../quorum/index.ts";
import { headHash } from "../tlog/index.ts";
import { codeOf, digest, EPOCH_MS, must, Quorum, settled, suite, TestDirectory } from "./directory.testing.ts";
import { acceptHead, firstTerm, type LogView } from "./index.ts";

const directory = settled("follow");

function accept(last: number | undefined, to: number, change: Partial<LogView> = {}): string {
  const succession = last !== undefined && last < to ? directory.succession(last, to) : undefined;
  return codeOf(acceptHead(suite, directory.view(last, to, change), directory.head(to), succession));
}

describe("a head", () => {
  test("is accepted after any older one, and as the first", () => {
    for (let to = 1; to <= 5; to++) {
      expect(accept(undefined, to)).toBe("ok");
      for (let last = 1; last <= 5; last++) expect(accept(last, to)).toBe(last > to ? "vkd/head-older" : "ok");
    }
  });

  test("is fresh up to its age limit and the skew of clocks, to the millisecond", () => {
    const { time } = directory.head(5).head;
    const limits = { headAgeMsMax: EPOCH_MS };
    expect(accept(4, 5, { ...limits, now: time + EPOCH_MS })).toBe("ok");
    expect(accept(4, 5, { ...limits, now: time + EPOCH_MS + 1 })).toBe("vkd/head-expired");
    expect(accept(4, 5, { ...limits, now: time - 300_000 })).toBe("ok");
    expect(accept(4, 5, { ...limits, now: time - 300_001 })).toBe("vkd/head-from-future");
  });

  test("that was accepted is given back as it was, whatever comes with it now", () => {
    const { head } = directory.head(5);
    const bare: CosignedHead = {
      head: { ...head, signature: new Uint8Array(64) },
      cosignature: { signers: new Uint8Array(0), signature: new Uint8Array(96) },
    };
    const accepted = acceptHead(suite, directory.view(5), bare, undefined);
    expect(accepted.ok && accepted.value).toBe(head);
    expect(codeOf(acceptHead(suite, directory.view(4), bare, directory.succession(4)))).toBe("vkd/head-signature");
  });

  test("names its directory as guilty only under its signature", () => {
    const fork = settled("follow", 4);
    fork.plant({ index: digest("fork"), commitment: digest("fork") });
    const { cosignature, head } = fork.close();
    const view = directory.view(5);
    expect(codeOf(acceptHead(suite, view, { head, cosignature }, undefined))).toBe("vkd/head-conflict");
    const forged = { head: { ...head, signature: new Uint8Array(64) }, cosignature };
    expect(codeOf(acceptHead(suite, view, forged, undefined))).toBe("vkd/head-signature");
  });
});

describe("witnesses that change", () => {
  const quorums = [new Quorum("first", 3, 2), new Quorum("second", 4, 3)] as const;
  const [before, after] = quorums;
  const rotating = new TestDirectory("rotating", before);
  rotating.close();
  const unsigned = {
    log: rotating.log,
    sequence: 1,
    from: witnessSetId(suite, before.set),
    to: after.set,
    fromEpoch: 3,
  };
  const rotation = {
    ...unsigned,
    cosignature: combine(suite, before.set, before.parts(rotationHash(suite, unsigned)))!,
  };
  const terms = [
    firstTerm(rotating.anchor),
    ...must(followRotations(suite, rotating.log, firstTerm(rotating.anchor), [rotation])),
  ];

  test("cosign from the epoch on that the rotation names, each set in its term", () => {
    const outcomes: string[][] = [];
    for (const epoch of [2, 3]) {
      for (const quorum of quorums) {
        const of = new TestDirectory("rotating", before, rotating);
        if (epoch === 3) of.close();
        const { head } = of.close(quorum.set);
        const cosigned = quorum.cosign(head);
        const view = { ...of.view(epoch - 1), terms };
        const succession = of.succession(epoch - 1);
        const unaware = { ...view, terms: terms.slice(0, 1) };
        outcomes.push([view, unaware].map((seen) => codeOf(acceptHead(suite, seen, cosigned, succession))));
      }
    }
    expect(outcomes).toEqual([
      ["ok", "ok"],
      ["vkd/other-witnesses", "vkd/other-witnesses"],
      ["vkd/other-witnesses", "ok"],
      ["ok", "vkd/other-witnesses"],
    ]);
  });

  test("a cosignature over something else than the head is none", () => {
    const of = new TestDirectory("rotating", before, rotating);
    const { head } = of.close();
    const signed = (hash: Uint8Array): CosignedHead => ({
      head,
      cosignature: combine(suite, before.set, before.parts(hash))!,
    });
    const succession = of.succession(1);
    expect(codeOf(acceptHead(suite, of.view(1), signed(headHash(suite, head)), succession))).toBe("ok");
    expect(codeOf(acceptHead(suite, of.view(1), signed(digest("else")), succession))).toBe("vkd/cosignature");
  });
});
