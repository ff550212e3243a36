import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode } from "../codec/index.ts";
import { VEIL_OVERHEAD_BYTES } from "../envelope/index.ts";
import { recordKey, SIGNED_OVERHEAD_BYTES, signRecord, verifyRecord } from "../record/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { generateAccount } from "./account.ts";
import { CARD_ADDRESS_BYTES_MAX, CARD_ADDRESSES_MAX } from "./addresses.ts";
import { ONE_TIME_PREKEYS_MAX, PREKEY_ID_MAX, type PrekeyBundle, prekeyBundleCodec, prekeyHash } from "./bundle.ts";
import { generateDevice } from "./certificate.ts";
import {
  BUNDLE_RECORD_BYTES,
  bundleAddress,
  generateIntroduction,
  openBundleRecord,
  openPrekeyRecord,
  PREKEY_RECORD_BYTES,
  prekeyAddress,
  sealBundleRecord,
  sealPrekeyRecord,
} from "./introduction.ts";
import { generatePrekeys, oneTimePublic, publishBundle } from "./prekeys.ts";

const SEED = 0x127;
const NOW = 1_800_000_000_000;
const STAMP = { sequence: NOW, expires: NOW + 86_400_000 };
const random = countingRandom("introduction tests");
const account = generateAccount(suite, random);
const device = generateDevice(suite, random, account, NOW);
const prekeys = generatePrekeys(suite, random, NOW, 2);
const bundle = publishBundle(suite, device, prekeys, { version: 1, addresses: ["somewhere"], now: NOW });
const [first, second] = [...prekeys.oneTime.values()].map((pair) => oneTimePublic(suite, pair)) as [
  ReturnType<typeof oneTimePublic>,
  ReturnType<typeof oneTimePublic>,
];
const hash = prekeyHash(suite, first);
const introduction = generateIntroduction(random);
const other = generateIntroduction(random);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

describe("records", () => {
  test("open for the introduction that sealed them", () => {
    const sealed = sealBundleRecord(suite, random, introduction, bundle, STAMP);
    expect(sealed.address).toEqual(bundleAddress(suite, introduction));
    expect(openBundleRecord(suite, introduction, sealed.value, NOW)).toEqual({ ok: true, value: bundle });
    const record = sealPrekeyRecord(suite, random, introduction, hash, first, STAMP);
    expect(record.address).toEqual(prekeyAddress(suite, introduction, hash));
    expect(openPrekeyRecord(suite, introduction, hash, record.value, NOW)).toEqual({ ok: true, value: first });
  });

  test("do not open for another introduction, at another address, or as another kind", () => {
    const unreadable = { ok: false, error: "identity/record-unreadable" };
    const elsewhere = { ok: false, error: "record/other-address" };
    const sealed = sealBundleRecord(suite, random, introduction, bundle, STAMP);
    const record = sealPrekeyRecord(suite, random, introduction, hash, first, STAMP);
    expect(openBundleRecord(suite, other, sealed.value, NOW)).toEqual(elsewhere);
    expect(openPrekeyRecord(suite, other, hash, record.value, NOW)).toEqual(elsewhere);
    expect(openPrekeyRecord(suite, introduction, prekeyHash(suite, second), record.value, NOW)).toEqual(elsewhere);
    expect(openPrekeyRecord(suite, introduction, hash, sealed.value, NOW)).toEqual(unreadable);
    expect(openBundleRecord(suite, introduction, record.value, NOW)).toEqual(unreadable);
  });

  test("verify by themselves at whoever stores them, until they expire", () => {
    const sealed = sealBundleRecord(suite, random, introduction, bundle, STAMP);
    const record = sealPrekeyRecord(suite, random, introduction, hash, first, STAMP);
    for (const { address, value } of [sealed, record]) {
      const { expires, sequence } = STAMP;
      expect(verifyRecord(suite, address, value, NOW)).toMatchObject({ ok: true, value: { ...STAMP, kind: "signed" } });
      expect(verifyRecord(suite, address, value, expires)).toEqual({ ok: false, error: "record/expired" });
      expect(sequence).toBe(NOW);
    }
    const expired = { ok: false, error: "record/expired" };
    expect(openBundleRecord(suite, introduction, sealed.value, STAMP.expires)).toEqual(expired);
    expect(openPrekeyRecord(suite, introduction, hash, record.value, STAMP.expires)).toEqual(expired);
  });

  test("are nothing to their readers when somebody who has the introduction signs what is not sealed for them", () => {
    const key = recordKey(suite, introduction, "bundle record key", new Uint8Array(0));
    const body = new Uint8Array(BUNDLE_RECORD_BYTES - SIGNED_OVERHEAD_BYTES);
    const value = signRecord(suite, key, STAMP, body);
    expect(key.address).toEqual(bundleAddress(suite, introduction));
    expect(verifyRecord(suite, key.address, value, NOW).ok).toBe(true);
    expect(openBundleRecord(suite, introduction, value, NOW)).toEqual({
      ok: false,
      error: "identity/record-unreadable",
    });
  });

  test("have one length each, so that how many prekeys are left does not show; the fullest bundle fits", () => {
    const oneTime = Array.from({ length: ONE_TIME_PREKEYS_MAX }, (_, i) => ({
      id: PREKEY_ID_MAX - ONE_TIME_PREKEYS_MAX + i,
      hash: new Uint8Array(32),
    }));
    const widest = Number.MAX_SAFE_INTEGER;
    const fullest: PrekeyBundle = {
      ...bundle,
      version: widest,
      issued: widest,
      addresses: Array.from({ length: CARD_ADDRESSES_MAX }, () => "a".repeat(CARD_ADDRESS_BYTES_MAX)),
      certificate: { ...bundle.certificate, notBefore: widest, notAfter: widest },
      signed: { ...bundle.signed, id: PREKEY_ID_MAX, notAfter: widest },
      lastResort: { ...bundle.lastResort, id: PREKEY_ID_MAX },
      oneTime,
    };
    const room = BUNDLE_RECORD_BYTES - SIGNED_OVERHEAD_BYTES - VEIL_OVERHEAD_BYTES;
    expect(encode(prekeyBundleCodec, fullest).length).toBeLessThan(room);
    for (const each of [bundle, fullest, { ...bundle, oneTime: [] }]) {
      expect(sealBundleRecord(suite, random, introduction, each, STAMP).value.length).toBe(BUNDLE_RECORD_BYTES);
    }
    for (const id of [0, 24, PREKEY_ID_MAX]) {
      const record = sealPrekeyRecord(suite, random, introduction, hash, { ...first, id }, STAMP);
      expect(record.value.length).toBe(PREKEY_RECORD_BYTES);
    }
  });

  test("that are altered, cut or random never open, and never throw", () => {
    const { value } = sealBundleRecord(suite, random, introduction, bundle, STAMP);
    const property = fc.property(fc.nat(value.length - 1), fc.nat(7), (at, bit) => {
      const changed = Uint8Array.from(value);
      changed[at] = (changed[at] as number) ^ (1 << bit);
      expect(openBundleRecord(suite, introduction, changed, NOW).ok).toBe(false);
      expect(openBundleRecord(suite, introduction, value.subarray(0, at), NOW).ok).toBe(false);
    });
    fc.assert(property, { seed: SEED, numRuns: 100 });
    const noise = fc.property(fc.uint8Array({ minLength: 0, maxLength: 4_096, size: "max" }), (bytes) => {
      expect(openPrekeyRecord(suite, introduction, hash, bytes, NOW).ok).toBe(false);
    });
    fc.assert(noise, { seed: SEED, numRuns: 30 });
  });

  test("are sealed afresh each time, so that a storing peer cannot tell a republication from a change", () => {
    const values = Array.from({ length: 8 }, () => sealBundleRecord(suite, random, introduction, bundle, STAMP).value);
    expect(new Set(values.map(hex)).size).toBe(8);
  });
});

describe("addresses", () => {
  test("depend on the introduction and the hash, and none is another's", () => {
    const all = [
      bundleAddress(suite, introduction),
      bundleAddress(suite, other),
      prekeyAddress(suite, introduction, hash),
      prekeyAddress(suite, other, hash),
      prekeyAddress(suite, introduction, prekeyHash(suite, second)),
      prekeyAddress(suite, introduction, new Uint8Array(0)),
    ];
    for (const address of all) expect(address.length).toBe(32);
    expect(new Set(all.map(hex)).size).toBe(all.length);
  });
});
