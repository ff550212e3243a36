import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { assert, describe, expect, test } from "vitest";
import { type SignedHead, verifyEquivocation } from "../../core/tlog/index.ts";
import { firstTerm, logId, type LogView } from "../../core/vkd/index.ts";
import { nativeSuite } from "../suite/index.ts";
import type { DirectoryFolder } from "./directory-folder.ts";
import { equivocationOf, type LabelProof, proveLabel, verifyLabel } from "./label-proof.ts";
import { HOUR_MS, Place } from "./testing.ts";

function viewOf({ anchor }: DirectoryFolder, place: Place, last?: SignedHead): LogView {
  return { anchor, terms: [firstTerm(anchor)], last, now: place.now, headAgeMsMax: 24 * HOUR_MS };
}

test("a label is proven present with its newest card, and absent before and elsewhere", async () => {
  const place = await Place.make();
  await place.publish();
  let last: SignedHead | undefined;
  for (const version of [0, 1, 2, 3]) {
    await place.with((folder) => {
      const view = viewOf(folder, place, last);
      for (const label of ["alice", "nobody"]) {
        const proof = proveLabel(folder, label, last);
        const verified = verifyLabel(view, label, proof);
        assert(verified.ok, verified.ok ? "" : verified.error);
        const { head, registration } = verified.value;
        expect(proof.kind).toBe(label === "alice" && version > 0 ? "lookup" : "absence");
        expect(registration?.version).toBe(label === "alice" && version > 0 ? version : undefined);
        if (registration !== undefined) expect(registration.account).toEqual(place.account("alice").account.publicKey);
        if (label === "nobody") last = head;
      }
    });
    await place.register("alice");
    await place.publish(version % 2 === 0 ? 2 : 3);
  }
});

test("nothing is proven that was changed on its way", async () => {
  const place = await Place.make();
  await place.register("alice");
  await place.publish();
  await place.with((folder) => {
    const view = viewOf(folder, place);
    for (const label of ["alice", "nobody"]) {
      const { bytes, kind } = proveLabel(folder, label, undefined);
      fc.assert(
        fc.property(fc.nat({ max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, flip) => {
          const altered = bytes.slice();
          altered[at] = (altered[at] as number) ^ flip;
          expect(verifyLabel(view, label, { kind, bytes: altered }).ok).toBe(false);
        }),
        { numRuns: 60 },
      );
      const other = kind === "lookup" ? "absence" : "lookup";
      expect(verifyLabel(view, label, { kind: other, bytes }).ok).toBe(false);
      expect(verifyLabel(view, "another", { kind, bytes }).ok).toBe(false);
    }
  });
});

describe("a directory that was rolled back or forked", () => {
  async function twoStories(): Promise<{ place: Place; old: string; last: SignedHead }> {
    const place = await Place.make();
    await place.register("alice");
    await place.publish();
    const old = join(place.root, "old");
    cpSync(place.path, old, { recursive: true });
    await place.register("alice");
    const { head } = await place.publish();
    return { place, old, last: head };
  }

  const refusal = (view: LogView, proof: LabelProof): string => {
    const verified = verifyLabel(view, "alice", proof);
    assert(!verified.ok, "accepted");
    return verified.error;
  };

  test("is refused by whoever saw a newer head", async () => {
    const { last, old, place } = await twoStories();
    await place.with((folder) => {
      const proof = proveLabel(folder, "alice", last);
      expect(refusal(viewOf(folder, place, last), proof)).toBe("vkd/head-older");
      expect(verifyLabel(viewOf(folder, place), "alice", proof).ok).toBe(true);
    }, old);
  });

  test("is convicted by its two heads of one epoch, though witnesses conspire", async () => {
    const { last, old, place } = await twoStories();
    // They forget what they signed.
    for (const path of place.witnessPaths) rmSync(join(path, "logs"), { recursive: true });
    const { cosigned } = await place.publish(2, old);
    assert(cosigned !== undefined);
    await place.with((folder) => {
      const view = viewOf(folder, place, last);
      const proof = proveLabel(folder, "alice", last);
      expect(refusal(view, proof)).toBe("vkd/head-conflict");
      const evidence = equivocationOf(view, proof);
      assert(evidence !== undefined);
      expect(verifyEquivocation(nativeSuite, logId(nativeSuite, folder.anchor), folder.anchor.key, evidence)).toBe(
        true,
      );
      expect(equivocationOf(viewOf(folder, place), proof)).toBeUndefined();
    }, old);
  });
});

test("what cannot be proven is said", async () => {
  const place = await Place.make();
  await place.with((folder) => {
    expect(() => proveLabel(folder, "alice", undefined)).toThrow(`${place.path} has published no epoch yet`);
    expect(() => proveLabel(folder, "a b", undefined)).toThrow('"a b" is no label');
  });
});
