import { gcm } from "@noble/ciphers/aes.js";
import { ed25519, x25519 } from "@noble/curves/ed25519.js";
import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ml_kem1024 } from "@noble/post-quantum/ml-kem.js";
import { assert, Secret } from "../safety/index.ts";
import { isStrictEd25519Point } from "./strict.ts";
import {
  ED25519_PUBLIC_BYTES,
  ED25519_SIGNATURE_BYTES,
  GCM_TAG_BYTES,
  KEY_BYTES,
  MLKEM_CIPHERTEXT_BYTES,
  MLKEM_PUBLIC_BYTES,
  MLKEM_SEED_BYTES,
  MLKEM_SHARED_BYTES,
  NONCE_BYTES,
  type Random,
  type Suite,
  X25519_BYTES,
} from "./suite.ts";

/** Expanded decapsulation keys by the seed that they come from, so that a seed is expanded once. */
const expanded = new WeakMap<Secret, { publicKey: Uint8Array; secretKey: Uint8Array }>();

function expand(seed: Secret): { publicKey: Uint8Array; secretKey: Uint8Array } {
  const bytes = seed.expose();
  assert(bytes.length === MLKEM_SEED_BYTES, "ML-KEM seed must be 64 bytes");
  let keys = expanded.get(seed);
  if (keys === undefined) {
    keys = ml_kem1024.keygen(bytes);
    expanded.set(seed, keys);
  }
  return keys;
}

/** The suite on noble: the same bytes in a browser, in a simulation and on any Node. */
export const portableSuite: Suite = {
  name: "portable",

  sha256(...parts) {
    if (parts.length === 1) return sha256(parts[0] as Uint8Array);
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
    return new Secret(hkdf(sha256, ikm.expose(), salt, info, length));
  },

  aesGcmSeal(key, nonce, ad, plaintext) {
    assert(
      key.length === KEY_BYTES && nonce.length === NONCE_BYTES,
      "AES-256-GCM takes a 32-byte key and 12-byte nonce",
    );
    return gcm(key.expose(), nonce, ad).encrypt(plaintext);
  },

  aesGcmOpen(key, nonce, ad, sealed) {
    assert(
      key.length === KEY_BYTES && nonce.length === NONCE_BYTES,
      "AES-256-GCM takes a 32-byte key and 12-byte nonce",
    );
    if (sealed.length < GCM_TAG_BYTES) return undefined;
    try {
      return gcm(key.expose(), nonce, ad).decrypt(sealed);
    } catch {
      return undefined;
    }
  },

  x25519Public(secret) {
    assert(secret.length === X25519_BYTES, "X25519 secret must be 32 bytes");
    return x25519.getPublicKey(secret.expose());
  },

  x25519Shared(secret, peerPublic) {
    assert(secret.length === X25519_BYTES, "X25519 secret must be 32 bytes");
    if (peerPublic.length !== X25519_BYTES) return undefined;
    const scalar = secret.expose();
    try {
      // noble refuses the all-zero result of a low-order point, as RFC 7748 section 6.1 allows.
      return new Secret(x25519.getSharedSecret(scalar, peerPublic));
    } catch {
      return undefined;
    }
  },

  ed25519Public(seed) {
    return ed25519.getPublicKey(seed.expose());
  },

  ed25519Sign(seed, message) {
    return ed25519.sign(message, seed.expose());
  },

  ed25519Verify(publicKey, message, signature) {
    if (publicKey.length !== ED25519_PUBLIC_BYTES || signature.length !== ED25519_SIGNATURE_BYTES) return false;
    // noble's equation is cofactored: with A and R in the prime-order subgroup it equals the cofactorless one.
    if (!isStrictEd25519Point(publicKey) || !isStrictEd25519Point(signature.subarray(0, 32))) return false;
    try {
      return ed25519.verify(signature, message, publicKey, { zip215: false });
    } catch {
      return false;
    }
  },

  mlKemPublic(seed) {
    return expand(seed).publicKey.slice();
  },

  mlKemEncapsulate(publicKey, random: Random) {
    if (publicKey.length !== MLKEM_PUBLIC_BYTES) return undefined;
    const coins = random.bytes(MLKEM_SHARED_BYTES);
    try {
      const { cipherText, sharedSecret } = ml_kem1024.encapsulate(publicKey, coins);
      return { ciphertext: cipherText, shared: new Secret(sharedSecret) };
    } catch {
      // FIPS 203 section 7.2: the modulus check failed.
      return undefined;
    } finally {
      coins.fill(0);
    }
  },

  mlKemDecapsulate(seed, ciphertext) {
    if (ciphertext.length !== MLKEM_CIPHERTEXT_BYTES) return undefined;
    return new Secret(ml_kem1024.decapsulate(ciphertext, expand(seed).secretKey));
  },
};
