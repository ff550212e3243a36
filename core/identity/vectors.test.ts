import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { Secret } from "../safety/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { oneTimePrekeyCodec, prekeyBundleCodec, prekeyHash, verifyBundle, verifyOneTimePrekey } from "./bundle.ts";
import { cardFromBytes, cardFromText, cardToBytes, cardToText } from "./card.ts";
import {
  deviceCertificateCodec,
  deviceId,
  issueCertificate,
  type LocalDevice,
  verifyCertificate,
} from "./certificate.ts";
import {
  bundleAddress,
  openBundleRecord,
  openPrekeyRecord,
  prekeyAddress,
  sealBundleRecord,
  sealPrekeyRecord,
} from "./introduction.ts";
import { oneTimePublic, publishBundle } from "./prekeys.ts";
import { compareScanned, safetyNumber, scannable } from "./safety-number.ts";
import vectors from "./vectors.json" with { type: "json" };

/** Known answers for other implementations, and against changes of the wire by accident. */
const { account, bundle, card, certificate, oneTime, records, safety } = vectors;

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");
const secretOf = (hex: string): Secret => new Secret(fromHex(hex));
const fixed = (hex: string): { bytes(): Uint8Array } => ({ bytes: () => fromHex(hex) });

const keys = {
  signing: suite.ed25519Public(secretOf(certificate.signingSeed)),
  identity: suite.x25519Public(secretOf(certificate.identitySecret)),
};
const local: LocalDevice = {
  certificate: issueCertificate(
    suite,
    { publicKey: fromHex(account.publicKey), seed: secretOf(account.seed) },
    keys,
    certificate.notBefore,
    certificate.notAfter,
  ),
  signing: secretOf(certificate.signingSeed),
  identity: secretOf(certificate.identitySecret),
};
const pairs = oneTime.map((pair) => ({
  id: pair.id,
  x25519: secretOf(pair.x25519Secret),
  kem: secretOf(pair.kemSeed),
  hash: fromHex(pair.hash),
}));

describe("identity vectors", () => {
  test("account and certificate", () => {
    expect(toHex(suite.ed25519Public(secretOf(account.seed)))).toBe(account.publicKey);
    expect(toHex(encode(deviceCertificateCodec, local.certificate))).toBe(certificate.encoded);
    expect(deviceId(suite, local.certificate)).toBe(certificate.deviceId);
    const decoded = decode(deviceCertificateCodec, fromHex(certificate.encoded), 1_024);
    const expected = { account: fromHex(account.publicKey), now: certificate.notBefore };
    expect(decoded.ok && verifyCertificate(suite, decoded.value, expected).ok).toBe(true);
  });

  test("one-time prekeys", () => {
    for (const [i, pair] of pairs.entries()) {
      const prekey = oneTimePublic(suite, pair);
      expect(toHex(encode(oneTimePrekeyCodec, prekey))).toBe(oneTime[i]?.encoded);
      expect(toHex(prekeyHash(suite, prekey))).toBe(oneTime[i]?.hash);
    }
  });

  test("bundle", () => {
    const prekeys = {
      nextId: 301,
      signed: [
        {
          id: bundle.signedId,
          x25519: secretOf(bundle.signedSecret),
          kem: secretOf(bundle.lastResortSeed),
          notAfter: bundle.graceEnds,
        },
      ],
      oneTime: new Map(pairs.map((pair) => [pair.id, pair] as const)),
    };
    const published = publishBundle(suite, local, prekeys, {
      version: bundle.version,
      addresses: bundle.addresses,
      now: bundle.issued,
    });
    expect(toHex(encode(prekeyBundleCodec, published))).toBe(bundle.encoded);
    const expected = {
      account: fromHex(account.publicKey),
      device: certificate.deviceId,
      now: bundle.issued,
      notBelowVersion: bundle.version,
    };
    const decoded = decode(prekeyBundleCodec, fromHex(bundle.encoded), 8_192);
    expect(decoded.ok && verifyBundle(suite, decoded.value, expected).ok).toBe(true);
    for (const pair of pairs) {
      expect(decoded.ok && verifyOneTimePrekey(suite, decoded.value, oneTimePublic(suite, pair)).ok).toBe(true);
    }
  });

  test("addresses and records", () => {
    const introduction = secretOf(records.introduction);
    const first = pairs[0] as (typeof pairs)[0];
    expect(toHex(bundleAddress(suite, introduction))).toBe(records.bundleAddress);
    expect(toHex(prekeyAddress(suite, introduction, first.hash))).toBe(records.prekeyAddress);
    const opened = openBundleRecord(suite, introduction, fromHex(records.bundleRecord), records.now);
    expect(opened.ok && toHex(encode(prekeyBundleCodec, opened.value))).toBe(bundle.encoded);
    const prekey = openPrekeyRecord(suite, introduction, first.hash, fromHex(records.prekeyRecord), records.now);
    expect(prekey.ok && toHex(encode(oneTimePrekeyCodec, prekey.value))).toBe(oneTime[0]?.encoded);
    if (!opened.ok || !prekey.ok) return;
    const seed = fixed(records.seed);
    expect(toHex(sealBundleRecord(suite, seed, introduction, opened.value, records.stamp).value)).toBe(
      records.bundleRecord,
    );
    const sealed = sealPrekeyRecord(suite, seed, introduction, first.hash, prekey.value, records.stamp);
    expect(toHex(sealed.value)).toBe(records.prekeyRecord);
  });

  test("card, binary and text", () => {
    const value = {
      account: fromHex(account.publicKey),
      device: fromHex(certificate.deviceId),
      introduction: secretOf(records.introduction),
      label: card.label,
      addresses: card.addresses,
    };
    expect(toHex(cardToBytes(value))).toBe(card.binary);
    expect(cardToText(suite, value)).toBe(card.text);
    for (const found of [cardFromBytes(fromHex(card.binary)), cardFromText(suite, card.text)]) {
      expect(found.ok && toHex(cardToBytes(found.value))).toBe(card.binary);
    }
  });

  test("safety number and scannable bytes", () => {
    const [mine, theirs] = [fromHex(safety.mine), fromHex(safety.theirs)];
    expect(safetyNumber(suite, mine, theirs)).toBe(safety.number);
    expect(toHex(scannable(suite, mine, theirs))).toBe(safety.scannable);
    expect(compareScanned(suite, theirs, mine, fromHex(safety.scannable)).ok).toBe(true);
  });
});
