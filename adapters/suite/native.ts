import {
  argon2Sync,
  createCipheriv,
  createDecipheriv,
  createHmac,
  decapsulate,
  diffieHellman,
  encapsulate,
  sign,
  verify,
} from "node:crypto";
import { Secret } from "../../core/safety/index.ts";
import {
  assertAeadArguments,
  assertHkdfLength,
  assertSecretLength,
  assertStretchArguments,
  ED25519_PUBLIC_BYTES,
  ecvrf,
  ED25519_SEED_BYTES,
  ED25519_SIGNATURE_BYTES,
  GCM_TAG_BYTES,
  isStrictEd25519Encoding,
  MLKEM_CIPHERTEXT_BYTES,
  MLKEM_PUBLIC_BYTES,
  MLKEM_SEED_BYTES,
  portableSuite,
  type Suite,
  X25519_BYTES,
} from "../../core/suite/index.ts";
import { blstBls } from "./bls.ts";
import { plainBytes } from "./bytes.ts";
import { sodiumEdwards } from "./edwards.ts";
import { ed25519Keys, exportPublic, importPublic, x25519Keys } from "./curve25519.ts";
import { hkdfSha256 } from "./hkdf.ts";
import { exportMlKemPublic, importMlKemPublic, importMlKemSeed } from "./ml-kem.ts";
import { sha256 } from "./sha256.ts";

const CIPHER = "aes-256-gcm";
const CIPHER_OPTIONS = { authTagLength: GCM_TAG_BYTES };

/**
 * The suite on OpenSSL 3.5 through `node:crypto` (Node 24.7 or newer, for ML-KEM and Argon2), on libsodium for the
 * VRF and on blst for BLS12-381; synchronous calls only.
 * `mlKemEncapsulate` takes its coins from OpenSSL and leaves `random` alone. Symmetric keys are handed over as
 * bytes: each serves one call, so a KeyObject would only be one copy more.
 */
export const nativeSuite: Suite = {
  name: "native",

  sha256: (...parts) => sha256(parts),

  hmacSha256(key, ...parts) {
    const mac = createHmac("sha256", key.expose());
    for (const part of parts) mac.update(part);
    return plainBytes(mac.digest());
  },

  hkdfSha256(ikm, salt, info, length) {
    assertHkdfLength(length);
    return new Secret(hkdfSha256(ikm.expose(), salt, info, length));
  },

  aesGcmSeal(key, nonce, ad, plaintext) {
    assertAeadArguments(key, nonce);
    const cipher = createCipheriv(CIPHER, key.expose(), nonce, CIPHER_OPTIONS);
    cipher.setAAD(ad);
    const sealed = new Uint8Array(plaintext.length + GCM_TAG_BYTES);
    sealed.set(cipher.update(plaintext));
    cipher.final();
    sealed.set(cipher.getAuthTag(), plaintext.length);
    return sealed;
  },

  aesGcmOpen(key, nonce, ad, sealed) {
    assertAeadArguments(key, nonce);
    const decipher = createDecipheriv(CIPHER, key.expose(), nonce, CIPHER_OPTIONS);
    if (sealed.length < GCM_TAG_BYTES) return undefined;
    const tagAt = sealed.length - GCM_TAG_BYTES;
    decipher.setAAD(ad);
    decipher.setAuthTag(sealed.subarray(tagAt));
    const plaintext = decipher.update(sealed.subarray(0, tagAt));
    try {
      decipher.final();
    } catch {
      // The tag does not verify. Nobody may see what the bytes decrypt to.
      plaintext.fill(0);
      return undefined;
    }
    return plainBytes(plaintext);
  },

  x25519Public(secret) {
    assertSecretLength(secret, X25519_BYTES);
    return exportPublic(x25519Keys.get(secret));
  },

  x25519Shared(secret, peerPublic) {
    assertSecretLength(secret, X25519_BYTES);
    const privateKey = x25519Keys.get(secret);
    if (peerPublic.length !== X25519_BYTES) return undefined;
    const publicKey = importPublic("X25519", peerPublic);
    try {
      return new Secret(plainBytes(diffieHellman({ privateKey, publicKey })));
    } catch {
      // A point of small order: OpenSSL refuses the all-zero result. Nothing else can fail with both keys imported.
      return undefined;
    }
  },

  ed25519Public(seed) {
    assertSecretLength(seed, ED25519_SEED_BYTES);
    return exportPublic(ed25519Keys.get(seed));
  },

  ed25519Sign(seed, message) {
    assertSecretLength(seed, ED25519_SEED_BYTES);
    return plainBytes(sign(null, message, ed25519Keys.get(seed)));
  },

  ed25519Verify(publicKey, message, signature) {
    if (publicKey.length !== ED25519_PUBLIC_BYTES || signature.length !== ED25519_SIGNATURE_BYTES) return false;
    // OpenSSL checks S < L and the encoding of R against the equation. What else it refuses depends on its version:
    // 3.0 takes any A that decodes, 3.5.8 no A or R of small order.
    if (!isStrictEd25519Encoding(publicKey)) return false;
    if (!isStrictEd25519Encoding(signature.subarray(0, ED25519_PUBLIC_BYTES))) return false;
    return verify(null, message, importPublic("Ed25519", publicKey), signature);
  },

  mlKemPublic(seed) {
    assertSecretLength(seed, MLKEM_SEED_BYTES);
    return exportMlKemPublic(importMlKemSeed(seed));
  },

  mlKemEncapsulate(publicKey) {
    if (publicKey.length !== MLKEM_PUBLIC_BYTES) return undefined;
    const key = importMlKemPublic(publicKey);
    if (key === undefined) return undefined;
    const { ciphertext, sharedKey } = encapsulate(key);
    return { ciphertext: plainBytes(ciphertext), shared: new Secret(plainBytes(sharedKey)) };
  },

  mlKemDecapsulate(seed, ciphertext) {
    assertSecretLength(seed, MLKEM_SEED_BYTES);
    seed.expose();
    if (ciphertext.length !== MLKEM_CIPHERTEXT_BYTES) return undefined;
    return new Secret(plainBytes(decapsulate(importMlKemSeed(seed), ciphertext)));
  },

  ...ecvrf(sodiumEdwards),

  ...blstBls,
  blsProvePossession: portableSuite.blsProvePossession,
  blsVerifyPossession: portableSuite.blsVerifyPossession,

  argon2id(password, salt, cost, length) {
    assertStretchArguments(salt, cost, length);
    const { memoryKiB, passes } = cost;
    const parameters = { message: password, nonce: salt, parallelism: 1, tagLength: length, memory: memoryKiB, passes };
    return new Secret(plainBytes(argon2Sync("argon2id", parameters)));
  },
};
