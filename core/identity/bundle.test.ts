import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { portableSuite as suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { generateAccount } from "./account.ts";
import {
  type OneTimePrekey,
  oneTimePrekeyCodec,
  type PrekeyBundle,
  prekeyBundleCodec,
  prekeyHash,
  signBundle,
  SIGNED_PREKEY_LIFE_MS,
  verifyBundle,
  verifyOneTimePrekey,
} from "./bundle.ts";
import { CERTIFICATE_LIFE_MS, CLOCK_SKEW_MS, deviceId, generateDevice } from "./certificate.ts";
import { generatePrekeys, oneTimePublic, publishBundle } from "./prekeys.ts";

const SEED = 0xb0d1e;
const NOW = 1_800_000_000_000;
const random = countingRandom("bundle tests");
const account = generateAccount(suite, random);
const device = generateDevice(suite, random, account, NOW);
const sibling = generateDevice(suite, random, account, NOW);
const prekeys = generatePrekeys(suite, random, NOW, 3);
const PUBLISHED = { version: 7, addresses: ["somewhere", "elsewhere"], now: NOW };
const bundle = publishBundle(suite, device, prekeys, PUBLISHED);
const pairs = [...prekeys.oneTime.values()].map((pair) => oneTimePublic(suite, pair));

type Expected = Parameters<typeof verifyBundle>[2];
const expected: Expected = {
  account: account.publicKey,
  device: deviceId(suite, device.certificate),
  now: NOW,
  notBelowVersion: 7,
};

function codeOf(found: PrekeyBundle, change: Partial<Expected> = {}): string {
  const verified = verifyBundle(suite, found, { ...expected, ...change });
  return verified.ok ? "ok" : verified.error;
}

/** A bundle that its device really signed, with other contents. */
function signed(change: Partial<PrekeyBundle>): PrekeyBundle {
  return signBundle(suite, device, { ...bundle, ...change });
}

describe("verifyBundle", () => {
  test("accepts what the device published, with and without a pinned device", () => {
    expect(codeOf(bundle)).toBe("ok");
    const { device: _device, ...anyDevice } = expected;
    expect(verifyBundle(suite, bundle, anyDevice).ok).toBe(true);
  });

  test("refuses a rollback, and accepts the newest version again", () => {
    expect(codeOf(bundle, { notBelowVersion: 8 })).toBe("identity/bundle-older");
    expect(codeOf(signed({ version: 8 }), { notBelowVersion: 8 })).toBe("ok");
  });

  test("refuses another account, and another device of the same account", () => {
    const stranger = generateAccount(suite, random);
    const other = publishBundle(suite, generateDevice(suite, random, stranger, NOW), prekeys, PUBLISHED);
    expect(codeOf(other)).toBe("identity/certificate-other-account");
    expect(codeOf(publishBundle(suite, sibling, prekeys, PUBLISHED))).toBe("identity/bundle-other-device");
  });

  test("refuses a bundle under an expired certificate, whatever its own dates say", () => {
    const late = NOW + CERTIFICATE_LIFE_MS + CLOCK_SKEW_MS + 1;
    const fresh = signed({ issued: late, signed: { ...bundle.signed, notAfter: late } });
    expect(codeOf(fresh, { now: late })).toBe("identity/certificate-expired");
  });

  test("holds its dates to the millisecond, with the skew", () => {
    const { notAfter } = bundle.signed;
    expect(notAfter).toBe(NOW + SIGNED_PREKEY_LIFE_MS);
    expect(codeOf(bundle, { now: notAfter + CLOCK_SKEW_MS })).toBe("ok");
    expect(codeOf(bundle, { now: notAfter + CLOCK_SKEW_MS + 1 })).toBe("identity/bundle-expired");
    expect(codeOf(signed({ issued: NOW + CLOCK_SKEW_MS }))).toBe("ok");
    expect(codeOf(signed({ issued: NOW + CLOCK_SKEW_MS + 1 }))).toBe("identity/bundle-from-future");
  });

  test("refuses a signed prekey that claims to serve longer than its life: it bounds how long a bundle replays", () => {
    const serving = (until: number): PrekeyBundle => signed({ signed: { ...bundle.signed, notAfter: until } });
    expect(codeOf(serving(NOW + SIGNED_PREKEY_LIFE_MS + CLOCK_SKEW_MS))).toBe("ok");
    expect(codeOf(serving(NOW + SIGNED_PREKEY_LIFE_MS + CLOCK_SKEW_MS + 1))).toBe("identity/bundle-window");
    expect(codeOf(serving(Number.MAX_SAFE_INTEGER))).toBe("identity/bundle-window");
  });

  test("refuses one-time prekeys that repeat or descend, and a last resort of another id", () => {
    const [first, second] = bundle.oneTime as [PrekeyBundle["oneTime"][0], PrekeyBundle["oneTime"][0]];
    for (const oneTime of [
      [first, first],
      [second, first],
      [{ ...first, hash: second.hash }, first],
    ]) {
      expect(codeOf(signed({ oneTime }))).toBe("identity/bundle-prekey-ids");
    }
    const lastResort = { ...bundle.lastResort, id: bundle.signed.id + 1 };
    expect(codeOf(signed({ lastResort }))).toBe("identity/bundle-prekey-ids");
    expect(codeOf(signed({ oneTime: [] }))).toBe("ok");
  });

  test("refuses a bundle that another device of the account signed in this one's name", () => {
    const forged = { ...signBundle(suite, sibling, bundle), certificate: device.certificate };
    expect(codeOf(forged)).toBe("identity/bundle-signature");
  });

  test("covers every part: contents that were replaced after signing are refused", () => {
    const property = fc.property(
      fc.constantFrom("version", "issued", "signedKey", "signedId", "lastResort", "hash", "drop"),
      fc.nat(31),
      (part, at) => {
        const flip = (bytes: Uint8Array): Uint8Array => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
        const changed: PrekeyBundle = {
          ...bundle,
          ...(part === "version" && { version: bundle.version + 1 + at }),
          ...(part === "issued" && { issued: bundle.issued - 1 - at }),
          ...(part === "signedKey" && { signed: { ...bundle.signed, publicKey: flip(bundle.signed.publicKey) } }),
          ...(part === "signedId" && {
            signed: { ...bundle.signed, id: 90 + at },
            lastResort: { ...bundle.lastResort, id: 90 + at },
          }),
          ...(part === "lastResort" && {
            lastResort: { ...bundle.lastResort, publicKey: flip(bundle.lastResort.publicKey) },
          }),
          ...(part === "hash" && { oneTime: bundle.oneTime.map(({ id, hash }) => ({ id, hash: flip(hash) })) }),
          ...(part === "drop" && { oneTime: [] }),
        };
        expect(codeOf(changed)).toBe("identity/bundle-signature");
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });

  test("is total: any flip in an encoded bundle is refused, by the decoder or the verifier", () => {
    const encoded = encode(prekeyBundleCodec, bundle);
    expect(decode(prekeyBundleCodec, encoded, 8_192)).toEqual({ ok: true, value: bundle });
    const property = fc.property(fc.nat(encoded.length - 1), fc.nat(7), (at, bit) => {
      const changed = Uint8Array.from(encoded);
      changed[at] = (changed[at] as number) ^ (1 << bit);
      const decoded = decode(prekeyBundleCodec, changed, 8_192);
      if (decoded.ok) expect(codeOf(decoded.value)).not.toBe("ok");
    });
    fc.assert(property, { seed: SEED, numRuns: 150 });
  });
});

describe("verifyOneTimePrekey", () => {
  test("accepts each listed prekey, whatever way it travelled", () => {
    for (const pair of pairs) {
      const decoded = decode(oneTimePrekeyCodec, encode(oneTimePrekeyCodec, pair), 2_048);
      expect(decoded).toEqual({ ok: true, value: pair });
      expect(verifyOneTimePrekey(suite, bundle, pair).ok).toBe(true);
    }
  });

  test("refuses a prekey with another's id, another's half, or any flipped bit: the hash covers all of it", () => {
    const [first, second] = pairs as [OneTimePrekey, OneTimePrekey];
    const flipped = first.kem.map((byte, i) => (i === 700 ? byte ^ 1 : byte));
    const others = [
      { ...first, id: second.id },
      { ...first, x25519: second.x25519 },
      { ...first, kem: second.kem },
      { ...first, kem: flipped },
    ];
    for (const other of others) {
      expect(verifyOneTimePrekey(suite, bundle, other)).toEqual({ ok: false, error: "identity/prekey-not-listed" });
    }
  });

  test("refuses a listed hash under another id", () => {
    const [first] = pairs as [OneTimePrekey];
    const moved = { ...bundle, oneTime: [{ id: first.id + 1, hash: prekeyHash(suite, first) }] };
    expect(verifyOneTimePrekey(suite, moved, first).ok).toBe(false);
  });
});
