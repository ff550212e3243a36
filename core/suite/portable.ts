import { gcm } from "@noble/ciphers/aes.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { bytesToNumberLE } from "@noble/curves/utils.js";
import { argon2id } from "@noble/hashes/argon2.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256, sha512 } from "@noble/hashes/sha2.js";
import { ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import { equalConstantTime, Secret } from "../safety/index.ts";
import { assertAeadArguments, assertHkdfLength, assertSecretLength, assertStretchArguments } from "./arguments.ts";
import { nobleBls } from "./bls.ts";
import { ecvrf } from "./ecvrf.ts";
import { decodeEd25519Point, nobleEdwards } from "./edwards.ts";
import { isStrictEd25519Encoding } from "./strict.ts";
import {
  ED25519_PUBLIC_BYTES,
  ED25519_SEED_BYTES,
  ED25519_SIGNATURE_BYTES,
  GCM_TAG_BYTES,
  MLKEM_CIPHERTEXT_BYTES,
  MLKEM_PUBLIC_BYTES,
  MLKEM_SEED_BYTES,
  MLKEM_SHARED_BYTES,
  type Random,
  type Suite,
  X25519_BYTES,
} from "./suite.ts";

/**
 * The suite on noble: the same bytes in a browser, in a simulation and on any Node. JavaScript cannot promise
 * constant time, least of all in big integers; where OpenSSL is at hand, prefer the native suite.
 */
export const portableSuite: Suite = {
  name: "portable",

  sha256(...parts) {
    const hash = sha256.create();
    for (const part of parts) hash.update(part);
    return hash.digest();
  },

  hmacSha256(key, ...parts) {
    const mac = hmac.create(sha256, key.expose());
    for (const part of parts) mac.update(part);
    return mac.digest();
  },

  hkdfSha256(ikm, salt, info, length) {
    assertHkdfLength(length);
    const prk = extract(sha256, ikm.expose(), salt);
    const okm = expand(sha256, prk, info, length);
    prk.fill(0);
    return new Secret(okm);
  },

  aesGcmSeal(key, nonce, ad, plaintext) {
    assertAeadArguments(key, nonce);
    return gcm(key.expose(), nonce, ad).encrypt(plaintext);
  },

  aesGcmOpen(key, nonce, ad, sealed) {
    assertAeadArguments(key, nonce);
    const cipher = gcm(key.expose(), nonce, ad);
    if (sealed.length < GCM_TAG_BYTES) return undefined;
    try {
      return cipher.decrypt(sealed);
    } catch {
      // The tag does not verify: all that decrypt refuses once the lengths are right.
      return undefined;
    }
  },

  x25519Public(secret) {
    assertSecretLength(secret, X25519_BYTES);
    return x25519.getPublicKey(secret.expose());
  },

  x25519Shared(secret, peerPublic) {
    assertSecretLength(secret, X25519_BYTES);
    const scalar = secret.expose();
    if (peerPublic.length !== X25519_BYTES) return undefined;
    try {
      return new Secret(x25519.getSharedSecret(scalar, peerPublic));
    } catch {
      // A point of small order: the result would be all zero.
      return undefined;
    }
  },

  ed25519Public(seed) {
    assertSecretLength(seed, ED25519_SEED_BYTES);
    return ed25519.getPublicKey(seed.expose());
  },

  ed25519Sign(seed, message) {
    assertSecretLength(seed, ED25519_SEED_BYTES);
    return ed25519.sign(message, seed.expose());
  },

  ed25519Verify(publicKey, message, signature) {
    if (publicKey.length !== ED25519_PUBLIC_BYTES || signature.length !== ED25519_SIGNATURE_BYTES) return false;
    const r = signature.subarray(0, ED25519_PUBLIC_BYTES);
    const s = bytesToNumberLE(signature.subarray(ED25519_PUBLIC_BYTES));
    if (s >= ed25519.Point.Fn.ORDER) return false;
    if (!isStrictEd25519Encoding(publicKey) || !isStrictEd25519Encoding(r)) return false;
    const a = decodeEd25519Point(publicKey);
    if (a === undefined) return false;
    // Not noble's own verify, which multiplies the equation by the cofactor and so accepts signatures that
    // OpenSSL refuses: R' = [S]B − [k]A without cofactor, compared as an encoding (RFC 8032 section 5.1.7).
    const k = ed25519.Point.Fn.create(
      bytesToNumberLE(sha512.create().update(r).update(publicKey).update(message).digest()),
    );
    const expected = ed25519.Point.BASE.multiplyUnsafe(s).subtract(a.multiplyUnsafe(k));
    return equalConstantTime(expected.toBytes(), r);
  },

  mlKemPublic(seed) {
    const { publicKey, secretKey } = expandMlKemSeed(seed);
    secretKey.fill(0);
    return publicKey;
  },

  mlKemEncapsulate(publicKey, random: Random) {
    if (publicKey.length !== MLKEM_PUBLIC_BYTES) return undefined;
    const coins = random.bytes(MLKEM_SHARED_BYTES);
    try {
      const { cipherText, sharedSecret } = ml_kem1024.encapsulate(publicKey, coins);
      return { ciphertext: cipherText, shared: detach(sharedSecret) };
    } catch {
      // FIPS 203 section 7.2: the modulus check failed.
      return undefined;
    } finally {
      coins.fill(0);
    }
  },

  mlKemDecapsulate(seed, ciphertext) {
    assertSecretLength(seed, MLKEM_SEED_BYTES);
    seed.expose();
    if (ciphertext.length !== MLKEM_CIPHERTEXT_BYTES) return undefined;
    const { secretKey } = expandMlKemSeed(seed);
    try {
      return detach(ml_kem1024.decapsulate(ciphertext, secretKey));
    } finally {
      secretKey.fill(0);
    }
  },

  ...ecvrf(nobleEdwards),
  ...nobleBls,

  argon2id(password, salt, cost, length) {
    assertStretchArguments(salt, cost, length);
    // `maxmem` counts bytes, and noble's default is below STRETCH_KIB_MAX by what it keeps beside the blocks.
    return new Secret(
      argon2id(password, salt, { m: cost.memoryKiB, t: cost.passes, p: 1, dkLen: length, maxmem: 2 ** 31 }),
    );
  },
};

/** A secret in memory of its own: noble returns a shared secret as half of a longer buffer. */
function detach(view: Uint8Array): Secret {
  const secret = Secret.copyOf(view);
  view.fill(0);
  return secret;
}

/**
 * The expanded keys, for the caller to wipe. They are not kept: most decapsulation keys are used once, and an
 * expanded copy would outlive the seed that its owner wipes.
 */
function expandMlKemSeed(seed: Secret): { publicKey: Uint8Array; secretKey: Uint8Array } {
  assertSecretLength(seed, MLKEM_SEED_BYTES);
  return ml_kem1024.keygen(seed.expose());
}
