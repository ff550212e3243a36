import { aggregateSignatures, fastAggregateVerify, PublicKey, SecretKey, Signature } from "@chainsafe/blst";
import { BoundedMap, type Secret } from "../../core/safety/index.ts";
import {
  assertSecretLength,
  BLS_PUBLIC_BYTES,
  BLS_SEED_BYTES,
  BLS_SIGNATURE_BYTES,
  type Suite,
} from "../../core/suite/index.ts";

const PUBLIC_KEYS_MAX = 4096;
/** Top bits of the first byte of a compressed point: compressed, infinity, sign. */
const INFINITY_BIT = 0x40;

/** Public keys that were found valid, by their bytes: a witness set is asked about again and again. */
const publicKeys = new BoundedMap<string, PublicKey>(PUBLIC_KEYS_MAX);

/** BLS12-381 signatures by blst, apart from proofs of possession, whose tag the binding cannot be given. */
export const blstBls: Pick<Suite, "blsPublic" | "blsSign" | "blsVerify" | "blsAggregate"> = {
  blsPublic: (seed) => privateKey(seed).toPublicKey().toBytes(),

  blsSign: (seed, message) => privateKey(seed).sign(message).toBytes(),

  blsVerify(keys, message, encoded) {
    const signature = decodeSignature(encoded);
    const points = keys.map(decodePublicKey);
    if (signature === undefined || points.length === 0 || !points.every((point) => point !== undefined)) return false;
    // Each point was group-checked as it was decoded. Keys that cancel verify nothing but infinity, which is refused.
    return fastAggregateVerify(message, points, signature, false);
  },

  blsAggregate(signatures) {
    const points = signatures.map(decodeSignature);
    if (points.length === 0 || !points.every((point) => point !== undefined)) return undefined;
    const sum = aggregateSignatures(points, false).toBytes();
    // Signatures that cancel.
    return ((sum[0] as number) & INFINITY_BIT) === 0 ? sum : undefined;
  },
};

/** Not cached: KeyGen takes a few microseconds, and blst clears the key when the collector frees it. */
function privateKey(seed: Secret): SecretKey {
  assertSecretLength(seed, BLS_SEED_BYTES);
  return SecretKey.fromKeygen(seed.expose());
}

function decodePublicKey(encoded: Uint8Array): PublicKey | undefined {
  if (encoded.length !== BLS_PUBLIC_BYTES) return undefined;
  const name = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength).toString("latin1");
  const known = publicKeys.get(name);
  if (known !== undefined) return known;
  try {
    const key = PublicKey.fromBytes(encoded, true);
    publicKeys.set(name, key);
    return key;
  } catch {
    // Not on the curve, outside the subgroup, or infinity.
    return undefined;
  }
}

function decodeSignature(encoded: Uint8Array): Signature | undefined {
  if (encoded.length !== BLS_SIGNATURE_BYTES) return undefined;
  try {
    return Signature.fromBytes(encoded, true, true);
  } catch {
    return undefined;
  }
}
