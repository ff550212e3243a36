import { ed25519 } from "@noble/curves/ed25519.js";
import { bytesToHex, concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { portableSuite as portable, type Random, type Suite } from "../../core/suite/index.ts";
import { agreed, check, damage, damaged, littleEndian, raw, secret, shown, some } from "./agreement.testing.ts";
import { nativeSuite as native } from "./native.ts";

const { Point } = ed25519;
const { Fn } = Point;
const P = 2n ** 255n - 19n;

describe("hashing", () => {
  test("SHA-256 and HMAC-SHA-256 agree for any parts and any key", () => {
    // Around the length up to which the native suite joins parts.
    const long = fc.integer({ min: 900, max: 1100 }).map((length) => new Uint8Array(length).fill(9));
    const property = fc.property(some(200), fc.array(fc.oneof(some(200), long), { maxLength: 4 }), (key, parts) => {
      agreed((suite) => suite.sha256(...parts));
      agreed((suite) => suite.hmacSha256(secret(key), ...parts));
    });
    check(200, property);
  });

  test("HKDF-SHA-256 agrees for every length of output, and of info beyond what hkdfSync takes", () => {
    const length = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 8100, max: 8160 }));
    const info = fc.oneof(
      some(80),
      fc.integer({ min: 1000, max: 1100 }).map((size) => new Uint8Array(size).fill(7)),
    );
    const property = fc.property(some(100), some(100), info, length, (ikm, salt, context, bytes) => {
      const okm = agreed((suite) => suite.hkdfSha256(secret(ikm), salt, context, bytes));
      expect(okm.length).toBe(2 * bytes);
    });
    check(200, property);
  });
});

describe("Argon2id", () => {
  test("agrees for any password, salt, cost and length", () => {
    const salt = fc.uint8Array({ minLength: 8, maxLength: 40 });
    const cost = fc.record({ memoryKiB: fc.integer({ min: 8, max: 80 }), passes: fc.integer({ min: 1, max: 4 }) });
    const length = fc.integer({ min: 4, max: 200 });
    const property = fc.property(some(60), salt, cost, length, (password, grains, price, bytes) => {
      expect(agreed((suite) => suite.argon2id(password, grains, price, bytes)).length).toBe(2 * bytes);
    });
    check(60, property);
  });
});

describe("AES-256-GCM", () => {
  test("seals to the same bytes, each opens the other's, and both refuse whatever was changed", () => {
    const property = fc.property(
      raw(32),
      raw(12),
      some(100),
      some(300),
      damage,
      fc.nat(3),
      (k, nonce, ad, text, how, what) => {
        const key = secret(k);
        const sealed = hexToBytes(agreed((suite) => suite.aesGcmSeal(key, nonce, ad, text)));
        expect(agreed((suite) => suite.aesGcmOpen(key, nonce, ad, sealed))).toBe(bytesToHex(text));
        const flip = { kind: "flip", at: how.at } as const;
        const refused = [
          (suite: Suite) => suite.aesGcmOpen(key, nonce, ad, damaged(sealed, how)),
          (suite: Suite) => suite.aesGcmOpen(key, nonce, damaged(ad, how), sealed),
          (suite: Suite) => suite.aesGcmOpen(key, damaged(nonce, flip), ad, sealed),
          (suite: Suite) => suite.aesGcmOpen(secret(damaged(k, flip)), nonce, ad, sealed),
        ][what] as (suite: Suite) => Uint8Array | undefined;
        expect(agreed(refused)).toBe("undefined");
      },
    );
    check(300, property);
  });
});

describe("X25519", () => {
  test("agrees on public keys and on the secret shared with any 32 bytes", () => {
    const property = fc.property(raw(32), raw(32), (scalar, u) => {
      agreed((suite) => suite.x25519Public(secret(scalar)));
      agreed((suite) => suite.x25519Shared(secret(scalar), u));
    });
    check(100, property);
  });

  test("one end portable and the other native share one secret", () => {
    const property = fc.property(raw(32), raw(32), (a, b) => {
      const [here, there] = [secret(a), secret(b)];
      const shared = shown(portable.x25519Shared(here, native.x25519Public(there)));
      expect(shown(native.x25519Shared(there, portable.x25519Public(here)))).toBe(shared);
    });
    check(50, property);
  });

  test("both refuse every encoding of a point of small order, whatever the scalar, and every other length", () => {
    const ordersBelowNine = [
      0n,
      1n,
      325606250916557431795983626356110631294008115727848805560023387167927233504n,
      39382357235489614581723060781553021112529911719440698176882885853963445705823n,
      P - 1n,
    ];
    const encodings = ordersBelowNine
      .flatMap((u) => (u + P < 2n ** 255n ? [u, u + P] : [u]))
      .flatMap((u) => [littleEndian(u), littleEndian(u + 2n ** 255n)]);
    expect(encodings.length).toBe(14);
    const property = fc.property(raw(32), fc.constantFrom(...encodings), some(70), (scalar, small, other) => {
      expect(agreed((suite) => suite.x25519Shared(secret(scalar), small))).toBe("undefined");
      if (other.length !== 32) expect(agreed((suite) => suite.x25519Shared(secret(scalar), other))).toBe("undefined");
    });
    check(100, property);
  });

  test("both reduce a u that is not canonical, and ignore its top bit", () => {
    const property = fc.property(raw(32), fc.integer({ min: 2, max: 18 }), fc.boolean(), (scalar, low, top) => {
      const encoded = littleEndian(BigInt(low) + P + (top ? 2n ** 255n : 0n));
      const reduced = agreed((suite) => suite.x25519Shared(secret(scalar), littleEndian(BigInt(low))));
      expect(agreed((suite) => suite.x25519Shared(secret(scalar), encoded))).toBe(reduced);
    });
    check(60, property);
  });
});

describe("Ed25519", () => {
  const verified = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): string =>
    agreed((suite) => suite.ed25519Verify(key, message, signature));
  const torsion = Point.fromHex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05");
  const torsions = [...Array(8).keys()].map((i) => (i === 0 ? Point.ZERO : torsion.multiplyUnsafe(BigInt(i))));
  const scalars = fc.bigInt({ min: 1n, max: Fn.ORDER - 1n });

  test("signs to the same bytes, each verifies the other's, and both refuse whatever was changed", () => {
    const property = fc.property(raw(32), some(150), damage, (seed, message, how) => {
      const key = hexToBytes(agreed((suite) => suite.ed25519Public(secret(seed))));
      const signature = hexToBytes(agreed((suite) => suite.ed25519Sign(secret(seed), message)));
      expect(verified(key, message, signature)).toBe("true");
      expect(verified(key, message, damaged(signature, how))).toBe("false");
      expect(verified(key, damaged(message, how), signature)).toBe("false");
      expect(verified(damaged(key, how), message, signature)).toBe("false");
    });
    check(60, property);
  });

  test("both refuse S + nL", () => {
    const property = fc.property(raw(32), some(20), fc.integer({ min: 1, max: 15 }), (seed, message, n) => {
      const key = portable.ed25519Public(secret(seed));
      const signature = portable.ed25519Sign(secret(seed), message);
      const s = BigInt(`0x${bytesToHex(signature.slice(32).reverse())}`) + BigInt(n) * Fn.ORDER;
      if (s >= 2n ** 256n) return;
      expect(verified(key, message, concatBytes(signature.subarray(0, 32), littleEndian(s)))).toBe("false");
    });
    check(40, property);
  });

  test("agrees on any bytes at all, and on any encoding near p, as A and as R", () => {
    const nearP = fc
      .record({ above: fc.integer({ min: -20, max: 18 }), sign: fc.boolean() })
      .map(({ above, sign }) => littleEndian(P + BigInt(above) + (sign ? 2n ** 255n : 0n)));
    const encoding = fc.oneof(raw(32), nearP);
    const property = fc.property(encoding, some(20), encoding, raw(32), fc.boolean(), (a, message, r, s, reduce) => {
      const scalar = reduce ? concatBytes(s.subarray(0, 31), Uint8Array.of((s[31] as number) & 0x0f)) : s;
      expect(verified(a, message, concatBytes(r, scalar))).toBe("false");
    });
    check(150, property);
  });

  test("neither takes a key of small order or not canonical, though the equation may hold for any message", () => {
    const encodings = torsions.map((point) => point.toBytes());
    // With R = A = a point of order d and S = 0 the equation holds for one message in d.
    const property = fc.property(fc.nat(7), fc.nat(7), scalars, some(20), (i, j, s, message) => {
      const a = encodings[i] as Uint8Array;
      expect(verified(a, message, concatBytes(encodings[j] as Uint8Array, new Uint8Array(32)))).toBe("false");
      const r = Point.BASE.multiply(s).add(torsions[j] as typeof torsion);
      expect(verified(a, message, concatBytes(r.toBytes(), littleEndian(s)))).toBe("false");
      expect(verified(littleEndian(P + 1n), message, concatBytes(r.toBytes(), littleEndian(s)))).toBe("false");
    });
    check(100, property);
  });

  test("with small-order components in A and R both check the equation without cofactor", () => {
    let accepted = 0;
    const property = fc.property(scalars, scalars, fc.nat(7), fc.nat(7), some(20), (a, nonce, i, j, message) => {
      const key = Point.BASE.multiply(a)
        .add(torsions[i] as typeof torsion)
        .toBytes();
      const r = Point.BASE.multiply(nonce)
        .add(torsions[j] as typeof torsion)
        .toBytes();
      const hash = createHash("sha512").update(r).update(key).update(message).digest();
      const k = Fn.create(BigInt(`0x${hash.reverse().toString("hex")}`));
      const signature = concatBytes(r, littleEndian(Fn.create(nonce + k * a)));
      // What remains of [S]B − R − [k]A is −(j + k·i) times the point of order 8.
      const holds = (BigInt(j) + k * BigInt(i)) % 8n === 0n;
      expect(verified(key, message, signature)).toBe(String(holds));
      if (holds && i > 0) accepted++;
    });
    check(200, property);
    expect(accepted).toBeGreaterThan(5);
  });
});

describe("ML-KEM-1024", () => {
  const fixed = (coins: Uint8Array): Random => ({ bytes: () => coins.slice() });

  test("expands to the same public key, and either end may be portable", () => {
    const property = fc.property(raw(64), raw(32), fc.boolean(), (bytes, coins, swap) => {
      const [here, there] = swap ? [native, portable] : [portable, native];
      const seed = secret(bytes);
      const publicKey = hexToBytes(agreed((suite) => suite.mlKemPublic(seed)));
      const sent = here.mlKemEncapsulate(publicKey, fixed(coins));
      expect(shown(there.mlKemDecapsulate(seed, sent?.ciphertext as Uint8Array))).toBe(shown(sent?.shared));
    });
    check(30, property);
  });

  test("rejects implicitly to the same secret, and outright only what has another length", () => {
    const property = fc.property(raw(64), raw(32), damage, some(40), (bytes, coins, how, noise) => {
      const seed = secret(bytes);
      const sent = portable.mlKemEncapsulate(portable.mlKemPublic(seed), fixed(coins));
      const ciphertext = damaged(sent?.ciphertext as Uint8Array, how);
      const shared = agreed((suite) => suite.mlKemDecapsulate(seed, ciphertext));
      expect(shared === "undefined").toBe(ciphertext.length !== 1568);
      expect(shared).not.toBe(shown(sent?.shared));
      expect(agreed((suite) => suite.mlKemDecapsulate(seed, noise))).toBe("undefined");
    });
    check(30, property);
  });

  test("takes any reduced key and refuses any coefficient from q on, and any other length", () => {
    const valid = portable.mlKemPublic(secret(new Uint8Array(64).fill(5)));
    const property = fc.property(fc.nat(1023), fc.integer({ min: 3300, max: 4095 }), damage, (at, coefficient, how) => {
      const key = valid.slice();
      const byte = 3 * (at >> 1);
      if (at % 2 === 0) {
        key[byte] = coefficient & 0xff;
        key[byte + 1] = ((key[byte + 1] as number) & 0xf0) | (coefficient >> 8);
      } else {
        key[byte + 1] = ((key[byte + 1] as number) & 0x0f) | ((coefficient & 0x0f) << 4);
        key[byte + 2] = coefficient >> 4;
      }
      const accepts = (suite: Suite, of: Uint8Array): boolean =>
        suite.mlKemEncapsulate(of, fixed(new Uint8Array(32))) !== undefined;
      expect(agreed((suite) => accepts(suite, key))).toBe(String(coefficient < 3329));
      const other = damaged(valid, how);
      const verdict = agreed((suite) => accepts(suite, other));
      if (other.length !== 1568) expect(verdict).toBe("false");
    });
    check(60, property);
  });
});
