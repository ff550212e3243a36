import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { describe, expect, test } from "vitest";
import { AssertionFailure, Secret } from "../safety/index.ts";
import { argon2idConformance } from "./argon2id.testing.ts";
import { blsConformance } from "./bls.testing.ts";
import { ecvrfConformance } from "./ecvrf.testing.ts";
import type { Random, Suite } from "./suite.ts";
import { countingRandom } from "./testing.ts";
import aesGcm from "./vectors/aes-256-gcm.json" with { type: "json" };
import ed25519 from "./vectors/ed25519.json" with { type: "json" };
import hkdf from "./vectors/hkdf-sha256.json" with { type: "json" };
import hmac from "./vectors/hmac-sha256.json" with { type: "json" };
import mlKem from "./vectors/ml-kem-1024.json" with { type: "json" };
import sha256 from "./vectors/sha-256.json" with { type: "json" };
import x25519 from "./vectors/x25519.json" with { type: "json" };
import { bytes, plain, secret, zeros } from "./vectors.testing.ts";

/** Everything that every {@link Suite} must do, whatever it is made of; call it from a test file. */
export function suiteConformance(name: string, suite: Suite): void {
  describe(`${name} suite conforms`, () => {
    hashing(suite);
    sealing(suite);
    agreeing(suite);
    signing(suite);
    decapsulating(suite);
    ecvrfConformance(suite);
    blsConformance(suite);
    argon2idConformance(suite);
    judgingItsCaller(suite);
  });
}

/** What a suite whose encapsulation is a function of its coins must do besides. */
export function coinConformance(name: string, suite: Suite): void {
  describe(`${name} suite encapsulates by its coins alone`, () => {
    test.each([...mlKem.encapsulated.cases, ...mlKem.sampled.cases])("$comment", (vector) => {
      const asked: number[] = [];
      const coins: Random = {
        bytes(length) {
          asked.push(length);
          return hexToBytes(vector.coins);
        },
      };
      const result = suite.mlKemEncapsulate(bytes(vector.public), coins);
      expect(plain(result?.ciphertext)).toBe(vector.ciphertext);
      expect(plain(result?.shared)).toBe(vector.shared);
      expect(asked).toEqual([32]);
    });
  });
}

function hashing(suite: Suite): void {
  test.each(sha256.cases)("SHA-256 of $message", ({ message, digest }) => {
    const input = bytes(message);
    expect(plain(suite.sha256(input))).toBe(digest);
    expect(plain(suite.sha256(input.subarray(0, 1), input.subarray(1), zeros(0)))).toBe(digest);
  });

  test("SHA-256 of no parts is that of nothing", () => {
    expect(plain(suite.sha256())).toBe(sha256.cases[0]?.digest);
  });

  test.each(hmac.cases)("HMAC-SHA-256, RFC 4231 section $section", ({ key, message, tag }) => {
    const input = bytes(message);
    expect(plain(suite.hmacSha256(secret(key), input))?.slice(0, tag.length)).toBe(tag);
    expect(plain(suite.hmacSha256(secret(key), input.subarray(0, 5), input.subarray(5)))?.slice(0, tag.length)).toBe(
      tag,
    );
  });

  test.each(hkdf.cases)("HKDF-SHA-256, RFC 5869 $section", ({ ikm, salt, info, length, okm }) => {
    expect(plain(suite.hkdfSha256(secret(ikm), bytes(salt), bytes(info), length))).toBe(okm);
  });
}

function sealing(suite: Suite): void {
  test.each(aesGcm.sealed.cases)("AES-256-GCM, test case $testCase", (vector) => {
    const key = secret(vector.key);
    const [nonce, ad] = [bytes(vector.nonce), bytes(vector.ad)];
    expect(plain(suite.aesGcmSeal(key, nonce, ad, bytes(vector.plaintext)))).toBe(vector.ciphertext + vector.tag);
    expect(plain(suite.aesGcmOpen(key, nonce, ad, bytes(vector.ciphertext + vector.tag)))).toBe(vector.plaintext);
  });

  test.each(aesGcm.rejected.cases)("AES-256-GCM refuses $tcId: $comment", (vector) => {
    const sealed = bytes(vector.ciphertext + vector.tag);
    expect(suite.aesGcmOpen(secret(vector.key), bytes(vector.nonce), bytes(vector.ad), sealed)).toBeUndefined();
  });

  test("AES-256-GCM refuses every flipped bit, every cut, and another nonce, key or associated data", () => {
    const vector = aesGcm.sealed.cases[3] as (typeof aesGcm.sealed.cases)[number];
    const key = secret(vector.key);
    const [nonce, ad, sealed] = [bytes(vector.nonce), bytes(vector.ad), bytes(vector.ciphertext + vector.tag)];
    for (const input of [sealed, ad, nonce, key.expose()]) {
      for (let bit = 0; bit < 8 * input.length; bit++) {
        input[bit >> 3] = (input[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(suite.aesGcmOpen(key, nonce, ad, sealed)).toBeUndefined();
        input[bit >> 3] = (input[bit >> 3] as number) ^ (1 << (bit & 7));
      }
    }
    for (let cut = 0; cut < sealed.length; cut++) {
      expect(suite.aesGcmOpen(key, nonce, ad, sealed.subarray(0, cut))).toBeUndefined();
    }
    expect(suite.aesGcmOpen(key, nonce, ad.subarray(1), sealed)).toBeUndefined();
    expect(plain(suite.aesGcmOpen(key, nonce, ad, sealed))).toBe(vector.plaintext);
  });
}

function agreeing(suite: Suite): void {
  const product = (scalar: string, u: string): string | undefined =>
    plain(suite.x25519Shared(secret(scalar), bytes(u)));

  test.each([...x25519.multiplied.cases, ...x25519.edges.cases])("X25519 of $u", ({ scalar, u, result }) => {
    expect(product(scalar, u)).toBe(result);
  });

  test.each(x25519.iterated.cases)("X25519 iterated $iterations times, RFC 7748 section 5.2", (vector) => {
    let [k, u] = [x25519.iterated.start, x25519.iterated.start];
    for (let i = 0; i < vector.iterations; i++) [k, u] = [product(k, u) as string, k];
    expect(k).toBe(vector.result);
  });

  test.each(x25519.agreed.cases)("X25519 agreement, RFC 7748 section 6.1", ({ alice, bob, shared }) => {
    for (const end of [alice, bob]) expect(plain(suite.x25519Public(secret(end.secret)))).toBe(end.public);
    expect(product(alice.secret, bob.public)).toBe(shared);
    expect(product(bob.secret, alice.public)).toBe(shared);
  });

  test.each(x25519.rejected.cases)("X25519 refuses $tcId: $comment", ({ scalar, u }) => {
    expect(product(scalar, u)).toBeUndefined();
  });

  test("X25519 refuses a public key of any other length", () => {
    for (const length of [0, 31, 33, 64]) {
      expect(suite.x25519Shared(new Secret(zeros(32).fill(1)), zeros(length).fill(9))).toBeUndefined();
    }
  });
}

function signing(suite: Suite): void {
  const verifies = (vector: { public: string; message: string; signature: string }): boolean =>
    suite.ed25519Verify(bytes(vector.public), bytes(vector.message), bytes(vector.signature));

  test.each(ed25519.signed.cases)("Ed25519, RFC 8032 section 7.1, $test", (vector) => {
    expect(plain(suite.ed25519Public(secret(vector.seed)))).toBe(vector.public);
    expect(plain(suite.ed25519Sign(secret(vector.seed), bytes(vector.message)))).toBe(vector.signature);
    expect(verifies(vector)).toBe(true);
  });

  test.each(ed25519.edges.cases)("Ed25519 accepts $tcId: $comment", (vector) => {
    expect(verifies(vector)).toBe(true);
  });

  test.each(ed25519.rejected.cases)("Ed25519 refuses $tcId: $comment", (vector) => {
    expect(verifies(vector)).toBe(false);
  });

  // What the flags mean for a verifier without cofactor that refuses small order and non-canonical encodings.
  const refused = /^(low_order_[AR]|low_order_residue|non_canonical_[AR])$/u;
  test.each(ed25519.points.cases)("Ed25519 of unusual points $number: $flags", (vector) => {
    expect(verifies(vector)).toBe(!vector.flags.some((flag) => refused.test(flag)));
  });

  test("Ed25519 refuses public keys and signatures of any other length", () => {
    const vector = ed25519.signed.cases[1] as (typeof ed25519.signed.cases)[number];
    for (const length of [0, 31])
      expect(verifies({ ...vector, public: vector.public.slice(0, 2 * length) })).toBe(false);
    for (const length of [0, 32, 63]) {
      expect(verifies({ ...vector, signature: vector.signature.slice(0, 2 * length) })).toBe(false);
    }
    expect(verifies({ ...vector, public: `${vector.public}00` })).toBe(false);
    expect(verifies({ ...vector, signature: `${vector.signature}00` })).toBe(false);
  });
}

function decapsulating(suite: Suite): void {
  test.each(mlKem.generated.cases)("ML-KEM-1024 key generation, $tcId: $comment", (vector) => {
    expect(plain(suite.mlKemPublic(secret(vector.seed)))).toBe(vector.public);
  });

  test.each(mlKem.decapsulated.cases)("ML-KEM-1024 decapsulation, $tcId: $comment", (vector) => {
    expect(plain(suite.mlKemDecapsulate(secret(vector.seed), bytes(vector.ciphertext)))).toBe(vector.shared);
  });

  test("ML-KEM-1024 encapsulation is undone by decapsulation, whoever supplies the coins", () => {
    const vector = mlKem.generated.cases[0] as (typeof mlKem.generated.cases)[number];
    const results = [1, 2].map(() => suite.mlKemEncapsulate(bytes(vector.public), countingRandom("coins")));
    for (const result of results) {
      expect(result?.ciphertext.length).toBe(1568);
      expect(plain(suite.mlKemDecapsulate(secret(vector.seed), result?.ciphertext as Uint8Array))).toBe(
        plain(result?.shared),
      );
    }
  });

  test.each(mlKem.publicRejected.cases)("ML-KEM-1024 encapsulation refuses $tcId: $comment", (vector) => {
    expect(suite.mlKemEncapsulate(bytes(vector.public), countingRandom("coins"))).toBeUndefined();
  });

  test.each(mlKem.ciphertextRejected.cases)("ML-KEM-1024 decapsulation refuses $tcId: $comment", (vector) => {
    expect(suite.mlKemDecapsulate(secret(vector.seed), bytes(vector.ciphertext))).toBeUndefined();
  });
}

/** Every operation on a secret: the length that it wants, and a call that is otherwise in order. */
function uses(suite: Suite): readonly (readonly [number | undefined, (of: Secret) => unknown])[] {
  return [
    [undefined, (of) => suite.hmacSha256(of, zeros(1))],
    [undefined, (of) => suite.hkdfSha256(of, zeros(1), zeros(1), 32)],
    [32, (of) => suite.aesGcmSeal(of, zeros(12), zeros(0), zeros(1))],
    [32, (of) => suite.aesGcmOpen(of, zeros(12), zeros(0), zeros(20))],
    [32, (of) => suite.aesGcmOpen(of, zeros(12), zeros(0), zeros(3))],
    [32, (of) => suite.x25519Public(of)],
    [32, (of) => suite.x25519Shared(of, zeros(32).fill(9))],
    [32, (of) => suite.x25519Shared(of, zeros(3))],
    [32, (of) => suite.ed25519Public(of)],
    [32, (of) => suite.ed25519Sign(of, zeros(1))],
    [64, (of) => suite.mlKemPublic(of)],
    [64, (of) => suite.mlKemDecapsulate(of, zeros(1568))],
    [64, (of) => suite.mlKemDecapsulate(of, zeros(3))],
    [32, (of) => suite.vrfPublic(of)],
    [32, (of) => suite.vrfProve(of, zeros(1)).proof],
    [32, (of) => suite.blsPublic(of)],
    [32, (of) => suite.blsSign(of, zeros(1))],
    [32, (of) => suite.blsProvePossession(of)],
  ];
}

function judgingItsCaller(suite: Suite): void {
  test("a secret of the wrong length is a bug", () => {
    for (const [length, use] of uses(suite)) {
      if (length === undefined) continue;
      for (const wrong of [0, length - 1, length + 1]) {
        expect(() => use(new Secret(zeros(wrong).fill(1)))).toThrow(AssertionFailure);
      }
    }
  });

  test("a wiped secret is a bug, also one that was used before", () => {
    for (const [length = 32, use] of uses(suite)) {
      const of = new Secret(zeros(length).fill(1));
      use(of);
      of.wipe();
      expect(() => use(of)).toThrow(AssertionFailure);
    }
  });

  test("a nonce or an HKDF length that the standard does not know is a bug", () => {
    const key = new Secret(zeros(32).fill(1));
    for (const length of [0, 11, 13, 16]) {
      expect(() => suite.aesGcmSeal(key, zeros(length), zeros(0), zeros(1))).toThrow(AssertionFailure);
      expect(() => suite.aesGcmOpen(key, zeros(length), zeros(0), zeros(20))).toThrow(AssertionFailure);
    }
    for (const length of [0, -1, 1.5, 8161, Number.NaN]) {
      expect(() => suite.hkdfSha256(key, zeros(0), zeros(0), length)).toThrow(AssertionFailure);
    }
    expect(suite.hkdfSha256(key, zeros(0), zeros(0), 8160).length).toBe(8160);
  });

  test("what a suite is given it leaves as it was, and what it gave stays when the input changes", () => {
    for (const [length = 32, use] of uses(suite)) {
      const raw = zeros(length).fill(1);
      const of = new Secret(raw);
      const result = use(of);
      const before = result instanceof Uint8Array || result instanceof Secret ? plain(result) : undefined;
      expect([...raw]).toEqual(Array<number>(length).fill(1));
      of.wipe();
      if (result instanceof Uint8Array || result instanceof Secret) expect(plain(result)).toBe(before);
    }
    const [ad, plaintext, sealed] = [bytes("0102"), bytes("030405"), zeros(40).fill(7)];
    const key = new Secret(zeros(32).fill(1));
    suite.aesGcmOpen(key, zeros(12), ad, sealed);
    const given = plain(suite.aesGcmSeal(key, zeros(12), ad, plaintext));
    expect([bytesToHex(ad), bytesToHex(plaintext), bytesToHex(sealed)]).toEqual(["0102", "030405", "07".repeat(40)]);
    expect(given?.length).toBe(2 * 19);
  });
}
