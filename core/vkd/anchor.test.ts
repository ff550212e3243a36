import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionFailure } from "../safety/index.ts";
import { STRETCH_KIB_MAX, STRETCH_PASSES_MAX } from "../suite/index.ts";
import { mutations, noise } from "../tlog/testing.ts";
import { codeOf, digest, Quorum, suite, TestDirectory } from "./directory.testing.ts";
import {
  anchorFromBytes,
  anchorToBytes,
  EPOCH_MS_MAX,
  LOG_ANCHOR_BYTES_MAX,
  LOG_NAME_BYTES_MAX,
  type LogAnchor,
  logId,
  verifyAnchor,
} from "./index.ts";

const SEED = 0xa2c4;
const { anchor } = new TestDirectory("anchor", new Quorum("anchor", 2, 1));
const others = new Quorum("others", 2, 1).set;

describe("a binary anchor", () => {
  test("comes back the same, whatever its owner calls it", () => {
    for (const name of ["", "a directory", "é".repeat(LOG_NAME_BYTES_MAX / 2)]) {
      expect(anchorFromBytes(anchorToBytes({ ...anchor, name }))).toEqual({ ok: true, value: { ...anchor, name } });
    }
    expect(() => anchorToBytes({ ...anchor, name: "é".repeat(LOG_NAME_BYTES_MAX) })).toThrow(AssertionFailure);
  });

  test("is total on any bytes, and accepts exactly what is made", () => {
    const bytes = anchorToBytes(anchor);
    const property = fc.property(mutations, noise, fc.boolean(), (mutate, random, isVersioned) => {
      for (const changed of [mutate(bytes), isVersioned ? Uint8Array.of(1, 0x86, ...random) : random]) {
        const found = anchorFromBytes(changed);
        if (found.ok) expect(Buffer.from(anchorToBytes(found.value)).equals(changed)).toBe(true);
        else expect(found.error).toMatch(/^(codec|vkd)\//u);
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 300 });
    expect(codeOf(anchorFromBytes(new Uint8Array(0)))).toBe("codec/truncated");
    expect(codeOf(anchorFromBytes(Uint8Array.of(2, ...bytes.subarray(1))))).toBe("vkd/anchor-version");
    expect(codeOf(anchorFromBytes(new Uint8Array(LOG_ANCHOR_BYTES_MAX + 1)))).toBe("codec/too-long");
  });

  test("asks for a cost and a pace within their limits only", () => {
    const wrong: Partial<LogAnchor>[] = [
      { cost: { memoryKiB: 7, passes: 1 } },
      { cost: { memoryKiB: STRETCH_KIB_MAX + 1, passes: 1 } },
      { cost: { memoryKiB: 8, passes: 0 } },
      { cost: { memoryKiB: 8, passes: STRETCH_PASSES_MAX + 1 } },
      { epochMs: 0 },
      { epochMs: EPOCH_MS_MAX + 1 },
    ];
    for (const change of wrong) expect(() => anchorToBytes({ ...anchor, ...change })).toThrow(AssertionFailure);
  });

  test("of 64 witnesses fits the limit", () => {
    const members = Array.from({ length: 64 }, (_, i) => {
      const key = new Uint8Array(48);
      key[0] = i;
      return { key, possession: new Uint8Array(96) };
    });
    const largest: LogAnchor = {
      ...anchor,
      name: "n".repeat(LOG_NAME_BYTES_MAX),
      witnesses: { threshold: 64, members },
      cost: { memoryKiB: STRETCH_KIB_MAX, passes: STRETCH_PASSES_MAX },
      epochMs: EPOCH_MS_MAX,
    };
    expect(anchorFromBytes(anchorToBytes(largest))).toEqual({ ok: true, value: largest });
    expect(LOG_ANCHOR_BYTES_MAX - anchorToBytes(largest).length).toBeLessThan(16);
  });
});

describe("the identity of a log", () => {
  test("changes with everything that its clients rely on, but not with its name", () => {
    const changes: Partial<LogAnchor>[] = [
      {},
      { key: digest("key") },
      { vrf: digest("vrf") },
      { witnesses: others },
      { witnesses: { ...anchor.witnesses, threshold: 2 } },
      { cost: { ...anchor.cost, memoryKiB: 9 } },
      { cost: { ...anchor.cost, passes: 2 } },
      { epochMs: anchor.epochMs + 1 },
    ];
    const ids = changes.map((change) => Buffer.from(logId(suite, { ...anchor, ...change })).toString("hex"));
    expect(new Set(ids).size).toBe(changes.length);
    expect(logId(suite, { ...anchor, name: "something else" })).toEqual(logId(suite, anchor));
  });
});

test("a witness that does not have its key is found out", () => {
  expect(codeOf(verifyAnchor(suite, anchor))).toBe("ok");
  const [one, two] = anchor.witnesses.members as [(typeof others.members)[0], (typeof others.members)[0]];
  const members = [one, { key: two.key, possession: one.possession }];
  const forged = { ...anchor, witnesses: { ...anchor.witnesses, members } };
  expect(codeOf(verifyAnchor(suite, forged))).toBe("quorum/possession");
});
