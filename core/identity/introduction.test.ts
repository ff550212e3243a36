import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encode } from "../codec/index.ts";
import { VEIL_OVERHEAD_BYTES } from "../envelope/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { generateAccount } from "./account.ts";
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
const random = countingRandom("introduction tests");
const account = generateAccount(suite, random);
const device = generateDevice(suite, random, account, NOW);
const prekeys = generatePrekeys(suite, random, NOW, 2);
const bundle = publishBundle(suite, device, prekeys, 1, NOW);
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
    const sealed = sealBundleRecord(suite, random, introduction, bundle);
    expect(sealed.address).toEqual(bundleAddress(suite, introduction));
    expect(openBundleRecord(suite, introduction, sealed.value)).toEqual({ ok: true, value: bundle });
    const record = sealPrekeyRecord(suite, random, introduction, hash, first);
    expect(record.address).toEqual(prekeyAddress(suite, introduction, hash));
    expect(openPrekeyRecord(suite, introduction, hash, record.value)).toEqual({ ok: true, value: first });
  });

  test("do not open for another introduction, at another address, or as another kind", () => {
    const unreadable = { ok: false, error: "identity/record-unreadable" };
    const sealed = sealBundleRecord(suite, random, introduction, bundle);
    const record = sealPrekeyRecord(suite, random, introduction, hash, first);
    expect(openBundleRecord(suite, other, sealed.value)).toEqual(unreadable);
    expect(openPrekeyRecord(suite, other, hash, record.value)).toEqual(unreadable);
    expect(openPrekeyRecord(suite, introduction, prekeyHash(suite, second), record.value)).toEqual(unreadable);
    expect(openPrekeyRecord(suite, introduction, hash, sealed.value)).toEqual(unreadable);
    expect(openBundleRecord(suite, introduction, record.value)).toEqual(unreadable);
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
      certificate: { ...bundle.certificate, notBefore: widest, notAfter: widest },
      signed: { ...bundle.signed, id: PREKEY_ID_MAX, notAfter: widest },
      lastResort: { ...bundle.lastResort, id: PREKEY_ID_MAX },
      oneTime,
    };
    expect(encode(prekeyBundleCodec, fullest).length).toBeLessThan(BUNDLE_RECORD_BYTES - VEIL_OVERHEAD_BYTES);
    for (const each of [bundle, fullest, { ...bundle, oneTime: [] }]) {
      expect(sealBundleRecord(suite, random, introduction, each).value.length).toBe(BUNDLE_RECORD_BYTES);
    }
    for (const id of [0, 24, PREKEY_ID_MAX]) {
      const record = sealPrekeyRecord(suite, random, introduction, hash, { ...first, id });
      expect(record.value.length).toBe(PREKEY_RECORD_BYTES);
    }
  });

  test("that are altered, cut or random never open, and never throw", () => {
    const { value } = sealBundleRecord(suite, random, introduction, bundle);
    const property = fc.property(fc.nat(value.length - 1), fc.nat(7), (at, bit) => {
      const changed = Uint8Array.from(value);
      changed[at] = (changed[at] as number) ^ (1 << bit);
      expect(openBundleRecord(suite, introduction, changed).ok).toBe(false);
      expect(openBundleRecord(suite, introduction, value.subarray(0, at)).ok).toBe(false);
    });
    fc.assert(property, { seed: SEED, numRuns: 100 });
    const noise = fc.property(fc.uint8Array({ minLength: 0, maxLength: 4_096, size: "max" }), (bytes) => {
      expect(openPrekeyRecord(suite, introduction, hash, bytes).ok).toBe(false);
    });
    fc.assert(noise, { seed: SEED, numRuns: 30 });
  });

  test("are sealed afresh each time, so that a storing peer cannot tell a republication from a change", () => {
    const values = Array.from({ length: 8 }, () => sealBundleRecord(suite, random, introduction, bundle).value);
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
