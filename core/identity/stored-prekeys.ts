import { array, bytes, type Codec, refined, secret, struct, uint } from "../codec/index.ts";
import { MLKEM_SEED_BYTES, SHA256_BYTES, X25519_BYTES } from "../suite/index.ts";
import { PREKEY_ID_MAX } from "./bundle.ts";
import { type LocalPrekeys, type OneTimeSecret, type SignedPrekey, SIGNED_PREKEYS_MAX } from "./prekeys.ts";

/**
 * How prekeys are checkpointed into an append-only log: {@link StoredPrekeys} under one key, each
 * {@link OneTimeSecret} under a key of its own. A consumption then appends one deletion of a few bytes, not 48
 * pairs again, and the next compaction leaves nothing of the consumed secret on the disk.
 */
export interface StoredPrekeys {
  readonly nextId: number;
  readonly signed: readonly SignedPrekey[];
}

const prekeyId = uint(PREKEY_ID_MAX);

/** Holds secrets: for checkpoints only. At most about 1 KB. */
export const storedPrekeysCodec: Codec<StoredPrekeys> = struct({
  nextId: uint(),
  signed: refined(
    array(
      struct({ id: prekeyId, x25519: secret(X25519_BYTES), kem: secret(MLKEM_SEED_BYTES), notAfter: uint() }),
      SIGNED_PREKEYS_MAX,
    ),
    (signed) => signed.length > 0,
  ),
});

/** Holds secrets: for checkpoints only. About 140 bytes. */
export const oneTimeSecretCodec: Codec<OneTimeSecret> = struct({
  id: prekeyId,
  x25519: secret(X25519_BYTES),
  kem: secret(MLKEM_SEED_BYTES),
  hash: bytes(SHA256_BYTES),
});

/** The part of the prekeys that is stored under one key. */
export function storedPrekeys({ nextId, signed }: LocalPrekeys): StoredPrekeys {
  return { nextId, signed };
}

/**
 * The prekeys from what was stored. Ids stay ahead of every stored prekey even when the parts come from different
 * moments, so none is handed out twice.
 */
export function restorePrekeys(stored: StoredPrekeys, pairs: Iterable<OneTimeSecret>): LocalPrekeys {
  const oneTime = new Map([...pairs].sort((a, b) => a.id - b.id).map((pair) => [pair.id, pair] as const));
  const used = [...oneTime.keys(), ...stored.signed.map((prekey) => prekey.id)];
  return { nextId: Math.max(stored.nextId, ...used.map((id) => id + 1)), signed: stored.signed, oneTime };
}
