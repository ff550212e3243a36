import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode } from "../codec/index.ts";
import { CARD_BYTES_MAX } from "../identity/index.ts";
import { pad, veil, VEIL_OVERHEAD_BYTES } from "../envelope/index.ts";
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
    expect(new Set(all.flatMap(({ address, key }) => [hex(address), hex(key.expose())])).size).toBe(12);
    const again = stretchLabel(suite, { ...anchor, name: "renamed" }, "bob");
    expect([again.address, again.key.expose()]).toEqual([stretched.address, stretched.key.expose()]);
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
      const { address, value } = sealCapsule(suite, random, secret, directory.capsule(label));
      expect(address).toEqual(secret.address);
      expect(openCapsule(suite, secret, value)).toEqual({ ok: true, value: directory.capsule(label) });
      if (label !== "bob") expect(codeOf(openCapsule(suite, stretched, value))).toBe("vkd/capsule-unreadable");
    }
  });

  test("has one length for every version and every card but the longest, and never repeats a byte string", () => {
    const values = [1, 2, 3, 4, 5].flatMap((version) => {
      const capsule = directory.capsule("alice@example", version);
      return [0, 0].map(() => sealCapsule(suite, random, stretched, capsule).value);
    });
    expect(values.map(({ length }) => length)).toEqual(values.map(() => 4_096));
    expect(new Set(values.map(hex)).size).toBe(values.length);
    expect(sealed(longest(1_400, 4)).length).toBe(4_096);
    expect(sealed(longest(CARD_BYTES_MAX, TRANSFERS_MAX)).length).toBe(8_192);
    expect(CAPSULE_BUCKETS).toEqual([4_096, 8_192]);
  });

  test("shows nothing of its contents, in any of its bytes", () => {
    const values = Array.from(
      { length: 64 },
      () => sealCapsule(suite, random, stretched, directory.capsule("bob")).value,
    );
    for (let at = 0; at < 4_096; at++) expect(new Set(values.map((value) => value[at])).size).toBeGreaterThan(32);
  });

  test("changed, cut, of another length or stored elsewhere is unreadable", () => {
    const { address, value } = sealCapsule(suite, random, stretched, directory.capsule("bob"));
    const property = fc.property(mutations, fc.uint8Array({ maxLength: 64 }), (mutate, noise) => {
      const changed = mutate(value);
      if (!Buffer.from(changed).equals(value)) {
        expect(codeOf(openCapsule(suite, stretched, changed))).toBe("vkd/capsule-unreadable");
      }
      expect(codeOf(openCapsule(suite, stretched, noise))).toBe("vkd/capsule-unreadable");
    });
    fc.assert(property, { seed: SEED });
    const elsewhere = { ...stretched, address: digest("elsewhere") };
    expect(codeOf(openCapsule(suite, elsewhere, value))).toBe("vkd/capsule-unreadable");
    expect(codeOf(openCapsule(suite, { ...stretched, address }, value))).toBe("ok");
  });

  test("of any other length is not even tried, though whoever knows the label sealed it", () => {
    const { address, key } = stretched;
    const encoded = encode(capsuleCodec, directory.capsule("bob"));
    const codes = [2_048, 4_096, 5_000, 65_536].map((length) => {
      const padded = pad(encoded, length - VEIL_OVERHEAD_BYTES);
      return codeOf(openCapsule(suite, stretched, veil(suite, random, key, "vkd capsule", address, padded)));
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
    const { value } = sealCapsule(suite, random, stretched, capsule);
    expect(must(openCapsule(suite, stretched, value))).toEqual(capsule);
    return value;
  }
});
