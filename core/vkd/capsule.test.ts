import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode } from "../codec/index.ts";
import { CARD_BYTES_MAX } from "../identity/index.ts";
import { pad, veil, VEIL_OVERHEAD_BYTES } from "../envelope/index.ts";
import { SIGNED_OVERHEAD_BYTES, signRecord } from "../record/index.ts";
import { AssertionFailure } from "../safety/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { mutations } from "../tlog/testing.ts";
import { codeOf, digest, must, settled, suite, TRUTH } from "./directory.testing.ts";
import {
  type Capsule,
  CAPSULE_BUCKETS,
  capsuleCodec,
  type LogAnchor,
  openCapsule,
  sealCapsule,
  stretchLabel,
  TRANSFERS_MAX,
} from "./index.ts";

const SEED = 0xca95;
const NOW = 1_800_000_000_000;
const STAMP = { sequence: NOW, expires: NOW + 86_400_000 };
const directory = settled("capsule");
const { anchor } = directory;
const stretched = stretchLabel(suite, anchor, "bob");
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("what follows from a label", () => {
  test("is another address and key for every label, log and cost", () => {
    const anchors: LogAnchor[] = [
      anchor,
      { ...anchor, key: digest("other") },
      { ...anchor, cost: { ...anchor.cost, passes: 2 } },
    ];
    const all = anchors.flatMap((log) => ["bob", "bob2"].map((label) => stretchLabel(suite, log, label)));
    expect(
      new Set(all.flatMap(({ key, record }) => [hex(record.address), hex(record.seed.expose()), hex(key.expose())]))
        .size,
    ).toBe(18);
    const again = stretchLabel(suite, { ...anchor, name: "renamed" }, "bob");
    expect([again.record, again.key.expose()]).toEqual([stretched.record, stretched.key.expose()]);
  });

  test("costs what the anchor says, once", () => {
    const costs: unknown[] = [];
    const counting = {
      ...suite,
      argon2id: (...args: Parameters<typeof suite.argon2id>) => {
        costs.push(args[2]);
        return suite.argon2id(...args);
      },
    };
    stretchLabel(counting, { ...anchor, cost: { memoryKiB: 16, passes: 3 } }, "bob");
    expect(costs).toEqual([{ memoryKiB: 16, passes: 3 }]);
  });

  test("is asked for labels only", () => {
    expect(() => stretchLabel(suite, anchor, "Bob")).toThrow(AssertionFailure);
  });
});

describe("a sealed capsule", () => {
  const random = countingRandom("sealed capsules");

  test("opens for who knows the label, under its address", () => {
    for (const label of Object.keys(TRUTH)) {
      const secret = stretchLabel(suite, anchor, label);
      const { address, value } = sealCapsule(suite, random, secret, directory.capsule(label), STAMP);
      expect(address).toEqual(secret.record.address);
      expect(openCapsule(suite, secret, value, NOW)).toEqual({ ok: true, value: directory.capsule(label) });
      if (label !== "bob") expect(codeOf(openCapsule(suite, stretched, value, NOW))).toBe("record/other-address");
    }
  });

  test("has one length for every version and every card but the longest, and never repeats a byte string", () => {
    const values = [1, 2, 3, 4, 5].flatMap((version) => {
      const capsule = directory.capsule("alice@example", version);
      return [0, 0].map(() => sealCapsule(suite, random, stretched, capsule, STAMP).value);
    });
    expect(values.map(({ length }) => length)).toEqual(values.map(() => SIGNED_OVERHEAD_BYTES + 4_096));
    expect(new Set(values.map(hex)).size).toBe(values.length);
    expect(sealed(longest(1_400, 4)).length).toBe(SIGNED_OVERHEAD_BYTES + 4_096);
    expect(sealed(longest(CARD_BYTES_MAX, TRANSFERS_MAX)).length).toBe(SIGNED_OVERHEAD_BYTES + 8_192);
    expect(CAPSULE_BUCKETS).toEqual([4_096, 8_192]);
  });

  test("shows nothing of its contents, in any of its bytes", () => {
    const values = Array.from(
      { length: 64 },
      () => sealCapsule(suite, random, stretched, directory.capsule("bob"), STAMP).value,
    );
    // Before it are kind, key and times, which are the same in each; after it is a signature.
    const [begin, end] = [SIGNED_OVERHEAD_BYTES - 64, SIGNED_OVERHEAD_BYTES - 64 + 4_096];
    for (let at = begin; at < end; at++) expect(new Set(values.map((value) => value[at])).size).toBeGreaterThan(32);
  });

  test("changed, cut, of another length or stored elsewhere is unreadable", () => {
    const { address, value } = sealCapsule(suite, random, stretched, directory.capsule("bob"), STAMP);
    const property = fc.property(mutations, fc.uint8Array({ maxLength: 64 }), (mutate, noise) => {
      const changed = mutate(value);
      if (!Buffer.from(changed).equals(value)) expect(openCapsule(suite, stretched, changed, NOW).ok).toBe(false);
      expect(codeOf(openCapsule(suite, stretched, noise, NOW))).toBe("vkd/capsule-unreadable");
    });
    fc.assert(property, { seed: SEED });
    const elsewhere = { ...stretched, record: { ...stretched.record, address: digest("elsewhere") } };
    expect(codeOf(openCapsule(suite, elsewhere, value, NOW))).toBe("record/other-address");
    expect(codeOf(openCapsule(suite, { ...stretched, record: { ...stretched.record, address } }, value, NOW))).toBe(
      "ok",
    );
    expect(codeOf(openCapsule(suite, stretched, value, STAMP.expires))).toBe("record/expired");
  });

  test("that whoever knows the label signed, but did not seal, is unreadable", () => {
    const value = signRecord(suite, stretched.record, STAMP, new Uint8Array(4_096));
    expect(codeOf(openCapsule(suite, stretched, value, NOW))).toBe("vkd/capsule-unreadable");
  });

  test("of any other length is not even tried, though whoever knows the label sealed it", () => {
    const { key, record } = stretched;
    const encoded = encode(capsuleCodec, directory.capsule("bob"));
    const codes = [2_048, 4_096, 5_000, 65_535].map((length) => {
      const padded = pad(encoded, length - VEIL_OVERHEAD_BYTES);
      const body = veil(suite, random, key, "vkd capsule", record.address, padded);
      return codeOf(openCapsule(suite, stretched, signRecord(suite, record, STAMP, body), NOW));
    });
    expect(codes).toEqual(["vkd/capsule-unreadable", "ok", "vkd/capsule-unreadable", "vkd/capsule-unreadable"]);
  });

  /** Of the longest card and lineage, which the decoder accepts, though no verifier would. */
  function longest(cardBytes: number, transfers: number): Capsule {
    const capsule = directory.capsule("alice@example", 5);
    const [transfer] = capsule.latest.registration.lineage as [never];
    const card = new Uint8Array(cardBytes);
    const first = capsule.first!;
    return {
      ...capsule,
      latest: {
        ...capsule.latest,
        registration: { ...capsule.latest.registration, card, lineage: new Array(transfers).fill(transfer) },
      },
      first: { ...first, registration: { ...first.registration, card } },
    };
  }

  function sealed(capsule: Capsule): Uint8Array {
    const { value } = sealCapsule(suite, random, stretched, capsule, STAMP);
    expect(must(openCapsule(suite, stretched, value, NOW))).toEqual(capsule);
    return value;
  }
});
