import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionFailure, Secret } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import {
  CONTENT_OVERHEAD_BYTES,
  contentRecord,
  RECORD_BODY_BYTES_MAX,
  RECORD_BYTES_MAX,
  RECORD_LIFE_MS_MAX,
  recordKey,
  recordKeyOf,
  type RecordStamp,
  SEQUENCE_AHEAD_MS_MAX,
  sequenceAt,
  SIGNED_OVERHEAD_BYTES,
  signRecord,
  supersedes,
  type VerifiedRecord,
  verifyRecord,
} from "./index.ts";

const SEED = 0x4ec0;
const NOW = 1_800_000_000_000;
const STAMP = { sequence: NOW, expires: NOW + 3_600_000 };
const EMPTY = new Uint8Array(0);
const secret = new Secret(new Uint8Array(32).fill(7));
const key = recordKey(suite, secret, "test record", EMPTY);
const body = Uint8Array.of(1, 2, 3);
const content = contentRecord(suite, body);

function signed(change: Partial<RecordStamp> = {}, said: Uint8Array = body): Uint8Array {
  return signRecord(suite, key, { ...STAMP, ...change }, said);
}

function codeOf(address: Uint8Array, value: Uint8Array, now = NOW): string {
  const verified = verifyRecord(suite, address, value, now);
  return verified.ok ? "ok" : verified.error;
}

const bodies = fc.uint8Array({ maxLength: 200 });

describe("verifyRecord", () => {
  test("accepts what was made for its address, and gives back what it says", () => {
    const property = fc.property(
      bodies,
      fc.nat(NOW),
      fc.integer({ min: 1, max: RECORD_LIFE_MS_MAX }),
      (said, at, life) => {
        const stamp = { sequence: at, expires: NOW + life };
        const value = signRecord(suite, key, stamp, said);
        const expected = { kind: "signed", ...stamp, body: said };
        expect(verifyRecord(suite, key.address, value, NOW)).toEqual({ ok: true, value: expected });
        const { address, value: plain } = contentRecord(suite, said);
        const told = { kind: "content", sequence: 0, expires: undefined, body: said };
        expect(verifyRecord(suite, address, plain, NOW)).toEqual({ ok: true, value: told });
        expect([value.length, plain.length]).toEqual([
          SIGNED_OVERHEAD_BYTES + said.length,
          CONTENT_OVERHEAD_BYTES + said.length,
        ]);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 50 });
  });

  test("refuses every other value of every byte of a signed record", () => {
    const value = signed();
    for (let at = 0; at < value.length; at++) {
      const changed = value.slice();
      for (const difference of [1, 0x80, 0x55]) {
        changed[at] = (value[at] as number) ^ difference;
        expect(codeOf(key.address, changed)).not.toBe("ok");
      }
    }
  });

  test("refuses every other value of every byte of a content record", () => {
    for (let at = 0; at < content.value.length; at++) {
      for (let difference = 1; difference < 256; difference++) {
        const changed = content.value.slice();
        changed[at] = (changed[at] as number) ^ difference;
        expect(codeOf(content.address, changed)).not.toBe("ok");
      }
    }
  });

  test("refuses a record that was cut or has something behind it", () => {
    const value = signed();
    for (let length = 0; length < value.length; length++) {
      expect(codeOf(key.address, value.subarray(0, length))).not.toBe("ok");
    }
    expect(codeOf(key.address, Uint8Array.of(...value, 0))).toBe("record/signature");
    expect(codeOf(content.address, Uint8Array.of(...content.value, 0))).toBe("record/other-address");
  });

  test("is total on any bytes, under any address", () => {
    const kinds = fc.constantFrom(0, 1, 2, 3, 0x80);
    const property = fc.property(kinds, fc.uint8Array({ maxLength: 300 }), bodies, (kind, rest, address) => {
      expect(codeOf(address, Uint8Array.of(kind, ...rest))).toMatch(/^record\//u);
      expect(codeOf(address, rest)).toMatch(/^record\//u);
    });
    fc.assert(property, { seed: SEED, numRuns: 500 });
    expect(codeOf(key.address, EMPTY)).toBe("record/malformed");
    expect(codeOf(key.address, new Uint8Array(SIGNED_OVERHEAD_BYTES).fill(2))).toBe("record/malformed");
  });

  test("takes each record for its own address only", () => {
    const other = recordKey(suite, secret, "test record", Uint8Array.of(1));
    expect(codeOf(other.address, signed())).toBe("record/other-address");
    expect(codeOf(content.address, signed())).toBe("record/other-address");
    expect(codeOf(key.address, content.value)).toBe("record/other-address");
    expect(codeOf(key.address.subarray(1), signed())).toBe("record/other-address");
    // A stranger's signature under the owner's key.
    const stolen = signRecord(suite, { seed: other.seed, publicKey: key.publicKey }, STAMP, body);
    expect(codeOf(key.address, stolen)).toBe("record/signature");
  });

  test("keeps nothing beyond its time, nor for longer than anything is kept, nor from the future", () => {
    const { expires } = STAMP;
    expect([expires - 1, expires, expires + 1].map((now) => codeOf(key.address, signed(), now))).toEqual([
      "ok",
      "record/expired",
      "record/expired",
    ]);
    const longest = signed({ expires: NOW + RECORD_LIFE_MS_MAX });
    expect(codeOf(key.address, longest)).toBe("ok");
    expect(codeOf(key.address, longest, NOW - 1)).toBe("record/life");
    const ahead = signed({ sequence: NOW + SEQUENCE_AHEAD_MS_MAX });
    expect(codeOf(key.address, ahead)).toBe("ok");
    expect(codeOf(key.address, ahead, NOW - 1)).toBe("record/from-future");
  });

  test("reads numbers as far as they are exact", () => {
    const largest = signed({ sequence: Number.MAX_SAFE_INTEGER, expires: Number.MAX_SAFE_INTEGER });
    expect(codeOf(key.address, largest, Number.MAX_SAFE_INTEGER - 1)).toBe("ok");
    for (const at of [33, 41]) {
      const larger = largest.slice();
      larger[at + 1] = 0x20;
      expect(codeOf(key.address, larger, Number.MAX_SAFE_INTEGER - 1)).toBe("record/malformed");
    }
  });

  test("takes the longest bodies of both kinds, and no longer ones", () => {
    const longest = new Uint8Array(RECORD_BODY_BYTES_MAX);
    expect(signed({}, longest).length).toBe(RECORD_BYTES_MAX);
    expect(codeOf(key.address, signed({}, longest))).toBe("ok");
    const { address, value } = contentRecord(suite, longest);
    expect(codeOf(address, value)).toBe("ok");
    const longer = contentRecord(suite, new Uint8Array(RECORD_BODY_BYTES_MAX + 1));
    expect(codeOf(longer.address, longer.value)).toBe("record/too-long");
    expect(codeOf(key.address, new Uint8Array(RECORD_BYTES_MAX + 1).fill(2))).toBe("record/too-long");
    expect(() => signed({}, new Uint8Array(RECORD_BODY_BYTES_MAX + 1))).toThrow(AssertionFailure);
  });

  test("reads a value in the middle of other bytes", () => {
    const value = signed();
    const around = Uint8Array.of(9, 9, 9, ...value, 9);
    expect(codeOf(key.address, around.subarray(3, 3 + value.length))).toBe("ok");
  });
});

describe("the key of a record", () => {
  test("is another for every secret, label and context, and none signs for another", () => {
    const another = new Secret(new Uint8Array(32).fill(8));
    const keys = [secret, another].flatMap((from) =>
      ["one", "two"].flatMap((label) => [EMPTY, Uint8Array.of(1)].map((info) => recordKey(suite, from, label, info))),
    );
    expect(new Set(keys.map(({ address }) => String(address))).size).toBe(8);
    for (const each of keys) {
      const value = signRecord(suite, each, STAMP, body);
      expect(keys.filter(({ address }) => codeOf(address, value) === "ok")).toEqual([each]);
    }
  });

  test("is made again from its seed", () => {
    expect(recordKeyOf(suite, key.seed)).toEqual(key);
  });

  test("signs numbers that are some, or nothing", () => {
    for (const wrong of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => signed({ sequence: wrong })).toThrow(AssertionFailure);
      expect(() => signed({ expires: wrong })).toThrow(AssertionFailure);
    }
  });
});

describe("supersedes", () => {
  interface Pair {
    readonly record: VerifiedRecord;
    readonly bytes: Uint8Array;
  }
  const pairs: fc.Arbitrary<Pair> = fc
    .record({ sequence: fc.nat(2), bytes: fc.uint8Array({ maxLength: 2, max: 2 }) })
    .map(({ bytes, sequence }) => ({ record: { kind: "signed", sequence, expires: NOW, body: bytes }, bytes }));
  const replaces = (b: Pair, a: Pair): boolean => supersedes(b.record, a.record, b.bytes, a.bytes);

  test("is a strict total order of different records: whoever stores them ends with the same one", () => {
    const property = fc.property(pairs, pairs, pairs, (a, b, c) => {
      expect(replaces(a, a)).toBe(false);
      const same = a.record.sequence === b.record.sequence && Buffer.compare(a.bytes, b.bytes) === 0;
      expect([replaces(a, b), replaces(b, a)].filter(Boolean).length).toBe(same ? 0 : 1);
      if (replaces(a, b) && replaces(b, c)) expect(replaces(a, c)).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 2_000 });
  });

  test("asks first for the sequence, and then for the bytes", () => {
    const pair = (sequence: number, ...bytes: number[]): Pair => ({
      record: { kind: "signed", sequence, expires: NOW, body: EMPTY },
      bytes: Uint8Array.from(bytes),
    });
    expect(replaces(pair(2, 1), pair(1, 255))).toBe(true);
    expect(replaces(pair(2, 1, 0), pair(2, 1))).toBe(true);
    expect(replaces(pair(2, 2), pair(2, 1, 255))).toBe(true);
  });
});

test("a sequence number never falls back, unless nobody would take it yet, and is one that is taken", () => {
  const property = fc.property(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), (ahead) => {
    const last = NOW + ahead;
    const sequence = sequenceAt(NOW, last);
    expect(sequence).toBeGreaterThanOrEqual(NOW);
    expect(codeOf(key.address, signed({ sequence }))).toBe("ok");
    if (ahead <= SEQUENCE_AHEAD_MS_MAX) expect(sequence).toBeGreaterThanOrEqual(last);
    else expect(sequence).toBe(NOW);
  });
  fc.assert(property, { seed: SEED, numRuns: 100 });
});
