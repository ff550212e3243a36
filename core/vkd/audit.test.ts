import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { AssertionFailure } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { type Audit, auditCodec, AUDIT_LEAVES_MAX, verifyAudit } from "./audit.ts";
import { pruneForInsert, prunedRoot, sortLeaves, type TreeLeaf } from "./tree/index.ts";
import { fromHex, leafSets, lies, spec, toHex, treeOf } from "./tree/testing.ts";

const SEED = 0xa0d;
const LIMIT = 1 << 20;

interface Change {
  readonly old: Uint8Array;
  readonly new: Uint8Array;
  readonly audit: Audit;
}

function changeOf(before: readonly TreeLeaf[], added: readonly TreeLeaf[]): Change {
  const { nodes, root } = treeOf(before);
  const audit = { old: pruneForInsert(suite, nodes, root, added), leaves: sortLeaves(added) };
  return { old: root, new: nodes.insert(root, added), audit };
}

/** A tree and what is added to it. */
const changes = fc
  .tuple(leafSets(1, 30), fc.nat(8))
  .map(([set, count]) => changeOf(set.slice(count), set.slice(0, count)));

test("the audit of an epoch decodes to itself and shows that the one root follows from the other", () => {
  const property = fc.property(changes, (change) => {
    const decoded = decode(auditCodec, encode(auditCodec, change.audit), LIMIT);
    expect(decoded).toEqual({ ok: true, value: change.audit });
    expect(decoded.ok && verifyAudit(suite, change.old, change.new, decoded.value)).toEqual({
      ok: true,
      value: undefined,
    });
  });
  fc.assert(property, { seed: SEED, numRuns: 60 });
});

test("no changed byte of an audit is accepted for the same two roots", () => {
  const property = fc.property(changes, fc.nat(), fc.integer({ min: 1, max: 255 }), (change, pick, by) => {
    const encoded = encode(auditCodec, change.audit);
    encoded[pick % encoded.length]! ^= by;
    const decoded = decode(auditCodec, encoded, LIMIT);
    if (decoded.ok) expect(verifyAudit(suite, change.old, change.new, decoded.value).ok).toBe(false);
    else expect(decoded.error).toMatch(/^codec\/[a-z-]+$/u);
  });
  fc.assert(property, { seed: SEED, numRuns: 300 });
});

test("is total on any bytes", () => {
  const property = fc.property(fc.uint8Array({ maxLength: 100 }), fc.boolean(), (noise, framed) => {
    const decoded = decode(auditCodec, framed ? Uint8Array.of(0x82, ...noise) : noise, LIMIT);
    if (decoded.ok) expect(verifyAudit(suite, spec.hash("a"), spec.hash("b"), decoded.value).ok).toBe(false);
    else expect(decoded.error).toMatch(/^codec\/[a-z-]+$/u);
  });
  fc.assert(property, { seed: SEED, numRuns: 500 });
});

test("verifying is total on any tree and any leaves", () => {
  const property = fc.property(lies, leafSets(0, 3), (old, leaves) => {
    const verified = verifyAudit(suite, prunedRoot(suite, old), spec.hash("wanted"), { old, leaves });
    const codes = ["vkd/audit-new-root", "vkd/index-taken", "vkd/pruned-away"];
    expect(codes).toContain(verified.ok ? "ok" : verified.error);
  });
  fc.assert(property, { seed: SEED, numRuns: 200 });
});

describe("an epoch that is no mere addition has no audit", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((name) => ({
    index: spec.hash("index", name),
    commitment: spec.hash("value", name),
  })) as [TreeLeaf, TreeLeaf, TreeLeaf, TreeLeaf];
  const honest = changeOf([a, b, c], [d]);

  test.each<[string, readonly TreeLeaf[]]>([
    ["a leaf altered", [{ ...a, commitment: spec.hash("another") }, b, c, d]],
    ["a leaf removed", [b, c, d]],
    ["a leaf moved", [{ ...a, index: spec.hash("elsewhere") }, b, c, d]],
    ["a leaf kept to itself", [a, b, c, d, { index: spec.hash("more"), commitment: a.commitment }]],
    ["the addition left out", [a, b, c]],
  ])("%s", (_, after) => {
    expect(verifyAudit(suite, honest.old, spec.root(after), honest.audit)).toEqual({
      ok: false,
      error: "vkd/audit-new-root",
    });
  });

  test("another tree before, an index that is taken, a place that is not shown", () => {
    const verify = (audit: Audit) => verifyAudit(suite, honest.old, honest.new, audit);
    expect(verify(honest.audit).ok).toBe(true);
    expect(verify(changeOf([b, c], [d]).audit)).toEqual({ ok: false, error: "vkd/audit-old-root" });
    const taken = changeOf([a, b, c], []);
    const again = pruneForInsert(suite, treeOf([a, b, c]).nodes, taken.old, [a]);
    expect(verify({ old: again, leaves: [a] })).toEqual({ ok: false, error: "vkd/index-taken" });
    expect(verify({ ...honest.audit, leaves: [d, d] })).toEqual({ ok: false, error: "vkd/index-taken" });
    expect(verify({ ...taken.audit, leaves: [d] })).toEqual({ ok: false, error: "vkd/pruned-away" });
    expect(verify({ old: { kind: "hash", hash: new Uint8Array(0) }, leaves: [] }).ok).toBe(false);
  });

  test("an epoch without changes keeps its root, and a large one is audited in steps", () => {
    expect(verifyAudit(suite, honest.old, honest.old, { old: { kind: "hash", hash: honest.old }, leaves: [] }).ok).toBe(
      true,
    );
    const [first, second] = [changeOf([a, b], [c]), changeOf([a, b, c], [d])];
    expect(toHex(first.new)).toBe(toHex(second.old));
    expect(verifyAudit(suite, first.old, first.new, first.audit).ok).toBe(true);
    expect(verifyAudit(suite, first.new, second.new, second.audit).ok).toBe(true);
  });
});

test("leaves are in order, each index once, and no more than the limit", () => {
  const sorted = Array.from({ length: AUDIT_LEAVES_MAX + 1 }, (_, i) => ({
    index: fromHex(i.toString(16).padStart(64, "0")),
    commitment: spec.hash("value"),
  }));
  const old = { kind: "empty" } as const;
  const most = encode(auditCodec, { old, leaves: sorted.slice(1) });
  expect(decode(auditCodec, most, LIMIT).ok).toBe(true);
  expect(decode(auditCodec, most, most.length - 1)).toEqual({ ok: false, error: "codec/too-long" });
  for (const leaves of [sorted, sorted.slice(0, 2).reverse(), [sorted[0]!, sorted[0]!]]) {
    expect(() => encode(auditCodec, { old, leaves })).toThrow(AssertionFailure);
  }
});
