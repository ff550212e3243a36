import { bls12_381 } from "@noble/curves/bls12-381.js";
import { bytesToNumberBE, numberToBytesBE } from "@noble/curves/utils.js";
import { expand, extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import { BoundedMap, type Secret } from "../safety/index.ts";
import { assertSecretLength } from "./arguments.ts";
import { ascii } from "./kdf.ts";
import { BLS_PUBLIC_BYTES, BLS_SEED_BYTES, BLS_SIGNATURE_BYTES, type Suite } from "./suite.ts";

const { G1, G2, fields, longSignatures } = bls12_381;
type PublicKey = ReturnType<typeof G1.Point.fromBytes>;
type Signature = ReturnType<typeof G2.Point.fromBytes>;

// draft-irtf-cfrg-bls-signature-05 section 4.2.3, minimal-pubkey-size.
const SIGNATURE_TAG = "BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";
const POSSESSION_TAG = "BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_";

const KEYGEN_SALT = ascii("BLS-SIG-KEYGEN-SALT-");
/** L of section 2.3; with an empty key_info, I2OSP(L, 2) is all of the info. */
const KEYGEN_BYTES = 48;
const KEYGEN_INFO = Uint8Array.of(0, KEYGEN_BYTES);

const PUBLIC_KEYS_MAX = 1024;

/** Public keys that were found valid, by their bytes: a set of witnesses is asked about again and again. */
const publicKeys = new BoundedMap<string, PublicKey>(PUBLIC_KEYS_MAX);

type Bls = Pick<
  Suite,
  "blsPublic" | "blsSign" | "blsProvePossession" | "blsVerifyPossession" | "blsVerify" | "blsAggregate"
>;

/** BLS12-381 signatures by noble. */
export const nobleBls: Bls = {
  blsPublic: (seed) => withKey(seed, (key) => longSignatures.getPublicKey(key).toBytes()),

  blsSign: (seed, message) => withKey(seed, (key) => signed(message, SIGNATURE_TAG, key)),

  blsProvePossession(seed) {
    return withKey(seed, (key) => signed(longSignatures.getPublicKey(key).toBytes(), POSSESSION_TAG, key));
  },

  blsVerifyPossession: (publicKey, proof) => verified([publicKey], publicKey, POSSESSION_TAG, proof),

  blsVerify: (publicKeys, message, signature) => verified(publicKeys, message, SIGNATURE_TAG, signature),

  blsAggregate(signatures) {
    let sum = G2.Point.ZERO;
    for (const encoded of signatures) {
      const signature = decodeSignature(encoded);
      if (signature === undefined) return undefined;
      sum = sum.add(signature);
    }
    // Infinity would be the sum of nothing, or of signatures that cancel: no verifier takes it.
    return sum.is0() ? undefined : sum.toBytes();
  },
};

/** Section 2.3, KeyGen. `use` gets the private key's 32 bytes, big-endian, which are wiped after it. */
function withKey(seed: Secret, use: (key: Uint8Array) => Uint8Array): Uint8Array {
  assertSecretLength(seed, BLS_SEED_BYTES);
  const ikm = new Uint8Array(BLS_SEED_BYTES + 1);
  ikm.set(seed.expose());
  let scalar = 0n;
  for (let salt = sha256(KEYGEN_SALT); scalar === 0n; salt = sha256(salt)) {
    const prk = extract(sha256, ikm, salt);
    const okm = expand(sha256, prk, KEYGEN_INFO, KEYGEN_BYTES);
    scalar = fields.Fr.create(bytesToNumberBE(okm));
    prk.fill(0);
    okm.fill(0);
  }
  ikm.fill(0);
  const key = numberToBytesBE(scalar, fields.Fr.BYTES);
  try {
    return use(key);
  } finally {
    key.fill(0);
  }
}

function signed(message: Uint8Array, tag: string, key: Uint8Array): Uint8Array {
  return longSignatures.sign(longSignatures.hash(message, tag), key).toBytes();
}

function verified(keys: readonly Uint8Array[], message: Uint8Array, tag: string, encoded: Uint8Array): boolean {
  let sum = G1.Point.ZERO;
  for (const key of keys) {
    const point = decodePublicKey(key);
    if (point === undefined) return false;
    sum = sum.add(point);
  }
  // No keys at all, or keys that cancel.
  if (sum.is0()) return false;
  const signature = decodeSignature(encoded);
  return signature !== undefined && longSignatures.verify(signature, longSignatures.hash(message, tag), sum);
}

/** Section 2.5, KeyValidate; noble's decoders check the curve's equation and the subgroup. */
function decodePublicKey(encoded: Uint8Array): PublicKey | undefined {
  // noble would take the uncompressed encoding too.
  if (encoded.length !== BLS_PUBLIC_BYTES) return undefined;
  const name = bytesToHex(encoded);
  const known = publicKeys.get(name);
  if (known !== undefined) return known;
  const point = unlessInvalid(() => G1.Point.fromBytes(encoded));
  if (point !== undefined) publicKeys.set(name, point);
  return point;
}

function decodeSignature(encoded: Uint8Array): Signature | undefined {
  return encoded.length === BLS_SIGNATURE_BYTES ? unlessInvalid(() => G2.Point.fromBytes(encoded)) : undefined;
}

/** The point, unless it does not decode or is infinity. */
function unlessInvalid<P extends { is0(): boolean }>(decode: () => P): P | undefined {
  try {
    const point = decode();
    return point.is0() ? undefined : point;
  } catch {
    return undefined;
  }
}
