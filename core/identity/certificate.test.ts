import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytes, decode, encode, statementOf, struct, uint } from "../codec/index.ts";
import { AssertionFailure } from "../safety/index.ts";
import { portableSuite as suite, type Suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { accountId, accountKey, generateAccount } from "./account.ts";
import {
  CERTIFICATE_LIFE_MS,
  CERTIFICATE_VALIDITY_MS_MAX,
  CLOCK_SKEW_MS,
  type DeviceCertificate,
  deviceCertificateCodec,
  deviceId,
  generateDevice,
  issueCertificate,
  renewCertificate,
  verifyCertificate,
} from "./certificate.ts";

const SEED = 0xce57;
const NOW = 1_800_000_000_000;
const random = countingRandom("certificate tests");
const account = generateAccount(suite, random);
const stranger = generateAccount(suite, random);
const device = generateDevice(suite, random, account, NOW);
const { certificate } = device;

/** What is signed, written down a second time. */
const unsignedFields = struct({
  account: bytes(32),
  signing: bytes(32),
  identity: bytes(32),
  notBefore: uint(),
  notAfter: uint(),
});

const signingNever: Suite = {
  ...suite,
  ed25519Sign: () => {
    throw new Error("a no-op must not sign");
  },
};

function codeOf(found: DeviceCertificate, now = NOW, pinned: Uint8Array | undefined = account.publicKey): string {
  const verified = verifyCertificate(suite, found, pinned === undefined ? { now } : { account: pinned, now });
  return verified.ok ? "ok" : verified.error;
}

describe("verifyCertificate", () => {
  test("accepts what the account issued, pinned or not", () => {
    expect(codeOf(certificate)).toBe("ok");
    expect(codeOf(certificate, NOW, undefined)).toBe("ok");
  });

  test("refuses another account than the pinned one, even when that one signed correctly", () => {
    expect(codeOf(generateDevice(suite, random, stranger, NOW).certificate)).toBe("identity/certificate-other-account");
  });

  test("holds the window to the millisecond, with the skew on both ends", () => {
    const { notAfter, notBefore } = certificate;
    expect(codeOf(certificate, notBefore - CLOCK_SKEW_MS)).toBe("ok");
    expect(codeOf(certificate, notBefore - CLOCK_SKEW_MS - 1)).toBe("identity/certificate-not-yet-valid");
    expect(codeOf(certificate, notAfter + CLOCK_SKEW_MS)).toBe("ok");
    expect(codeOf(certificate, notAfter + CLOCK_SKEW_MS + 1)).toBe("identity/certificate-expired");
  });

  test("refuses a signed window that is empty, reversed or longer than the limit", () => {
    const window = (notBefore: number, notAfter: number): DeviceCertificate => {
      const statement = { ...certificate, notBefore, notAfter };
      const signed = statementOf("chhaya device certificate v1", unsignedFields, statement);
      return { ...statement, signature: suite.ed25519Sign(account.seed, signed) };
    };
    expect(codeOf(window(NOW, NOW + CERTIFICATE_VALIDITY_MS_MAX))).toBe("ok");
    for (const [notBefore, notAfter] of [
      [NOW, NOW],
      [NOW, NOW - 1],
      [NOW, NOW + CERTIFICATE_VALIDITY_MS_MAX + 1],
      [0, Number.MAX_SAFE_INTEGER],
    ] as const) {
      expect(codeOf(window(notBefore, notAfter))).toBe("identity/certificate-window");
      expect(() => issueCertificate(suite, account, certificate, notBefore, notAfter)).toThrow(AssertionFailure);
    }
  });

  test("refuses another account's signature over the same statement", () => {
    const forged = issueCertificate(
      suite,
      { publicKey: account.publicKey, seed: stranger.seed },
      certificate,
      certificate.notBefore,
      certificate.notAfter,
    );
    expect(codeOf(forged)).toBe("identity/certificate-signature");
  });

  test("refuses a signature without the domain, or from another domain", () => {
    const bare = encode(unsignedFields, certificate);
    for (const statement of [bare, statementOf("chhaya prekey bundle v1", unsignedFields, certificate)]) {
      const signature = suite.ed25519Sign(account.seed, statement);
      expect(codeOf({ ...certificate, signature })).toBe("identity/certificate-signature");
    }
  });

  test("covers every bit: any flip in an encoded certificate is refused, by the decoder or the verifier", () => {
    const encoded = encode(deviceCertificateCodec, certificate);
    const property = fc.property(fc.nat(encoded.length - 1), fc.nat(7), (at, bit) => {
      const changed = Uint8Array.from(encoded);
      changed[at] = (changed[at] as number) ^ (1 << bit);
      const decoded = decode(deviceCertificateCodec, changed, 1_024);
      if (decoded.ok) expect(codeOf(decoded.value)).not.toBe("ok");
      if (decoded.ok) expect(codeOf(decoded.value, NOW, undefined)).not.toBe("ok");
    });
    fc.assert(property, { seed: SEED, numRuns: 150 });
  });

  test("is total on any bytes that decode", () => {
    const any = fc.record({
      account: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      signing: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      identity: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      notBefore: fc.maxSafeNat(),
      notAfter: fc.maxSafeNat(),
      signature: fc.uint8Array({ minLength: 64, maxLength: 64 }),
    });
    const property = fc.property(any, fc.maxSafeNat(), (found, now) => {
      expect(codeOf(found, now, undefined)).toMatch(/^identity\/certificate-/u);
    });
    fc.assert(property, { seed: SEED });
  });
});

describe("renewCertificate", () => {
  const third = certificate.notAfter - CERTIFICATE_LIFE_MS / 3;

  test("is a no-op that signs nothing until a third of the life is left", () => {
    for (const now of [NOW, NOW - CLOCK_SKEW_MS, third - 1]) {
      expect(renewCertificate(signingNever, account, device, now)).toBe(device);
    }
  });

  test("issues a valid certificate for the same device once it is due, expired too", () => {
    for (const now of [third, certificate.notAfter, certificate.notAfter + CERTIFICATE_LIFE_MS]) {
      const renewed = renewCertificate(suite, account, device, now);
      expect(codeOf(renewed.certificate, now)).toBe("ok");
      expect(renewed.certificate.notAfter).toBe(now + CERTIFICATE_LIFE_MS);
      expect(deviceId(suite, renewed.certificate)).toBe(deviceId(suite, certificate));
      expect(renewed.certificate.identity).toEqual(certificate.identity);
      expect(renewed.signing).toBe(device.signing);
      expect(renewCertificate(signingNever, account, renewed, now)).toBe(renewed);
    }
  });

  test("reissues when the clock was set back beyond the skew, since others would refuse the certificate", () => {
    const now = NOW - CLOCK_SKEW_MS - 1;
    expect(codeOf(certificate, now)).toBe("identity/certificate-not-yet-valid");
    expect(codeOf(renewCertificate(suite, account, device, now).certificate, now)).toBe("ok");
  });

  test("for another account is a bug", () => {
    expect(() => renewCertificate(suite, stranger, device, third)).toThrow(AssertionFailure);
  });
});

describe("ids", () => {
  test("a device id depends on the account and the signing key, and on nothing else", () => {
    const id = deviceId(suite, certificate);
    expect(id).toMatch(/^[0-9a-f]{32}$/u);
    expect(deviceId(suite, { ...certificate, identity: new Uint8Array(32), notAfter: 0 } as DeviceCertificate)).toBe(
      id,
    );
    expect(deviceId(suite, { ...certificate, account: stranger.publicKey })).not.toBe(id);
    expect(deviceId(suite, { ...certificate, signing: stranger.publicKey })).not.toBe(id);
  });

  test("an account id and its key are one to one", () => {
    const property = fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (key) => {
      expect(accountId(key)).toMatch(/^[0-9a-f]{64}$/u);
      expect(accountKey(accountId(key))).toEqual(key);
    });
    fc.assert(property, { seed: SEED });
    for (const id of ["", "0".repeat(63), "0".repeat(65), "G".repeat(64), "A".repeat(64)]) {
      expect(() => accountKey(id)).toThrow(AssertionFailure);
    }
    expect(() => accountId(new Uint8Array(31))).toThrow(AssertionFailure);
  });
});
