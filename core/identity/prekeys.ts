import { array, type Codec, secret, struct, uint } from "../codec/index.ts";
import { assert, Secret } from "../safety/index.ts";
import { MLKEM_SEED_BYTES, type Random, type Suite, X25519_BYTES } from "../suite/index.ts";
import { type OneTimePrekey, ONE_TIME_PREKEYS_MAX, prekeyHash, type PrekeyBundle, signBundle } from "./bundle.ts";
import type { LocalDevice } from "./certificate.ts";

/** A signed prekey and a last resort serve new handshakes for this long. */
export const SIGNED_PREKEY_LIFE_MS: number = 7 * 86_400_000;
/** They answer handshakes that were in the mail for this much longer, then their secrets are wiped. */
export const SIGNED_PREKEY_GRACE_MS: number = 30 * 86_400_000;
/** Signed prekeys kept at once: one in use and those still in their grace. */
export const SIGNED_PREKEYS_MAX = 8;

/** A signed X25519 prekey together with the last-resort ML-KEM prekey that is published with it. */
export interface SignedPrekey {
  readonly id: number;
  readonly x25519: Secret;
  readonly kem: Secret;
  readonly notAfter: number;
}

/** The secret half of a {@link OneTimePrekey}. */
export interface OneTimeSecret {
  readonly id: number;
  readonly x25519: Secret;
  /** ML-KEM seed, 64 bytes. */
  readonly kem: Secret;
}

/** This device's prekeys. Ids never repeat; the newest signed prekey is the last. */
export interface LocalPrekeys {
  readonly nextId: number;
  readonly signed: readonly SignedPrekey[];
  readonly oneTime: ReadonlyMap<number, OneTimeSecret>;
}

/** All but the one-time prekeys, which are stored one by one so that a consumption is a small change. */
export interface StoredPrekeys {
  readonly nextId: number;
  readonly signed: readonly SignedPrekey[];
}

const ID_MAX = 2 ** 32 - 1;
export const storedPrekeysCodec: Codec<StoredPrekeys> = struct({
  nextId: uint(ID_MAX),
  signed: array(
    struct({ id: uint(ID_MAX), x25519: secret(X25519_BYTES), kem: secret(MLKEM_SEED_BYTES), notAfter: uint() }),
    SIGNED_PREKEYS_MAX,
  ),
});
export const oneTimeSecretCodec: Codec<OneTimeSecret> = struct({
  id: uint(ID_MAX),
  x25519: secret(X25519_BYTES),
  kem: secret(MLKEM_SEED_BYTES),
});

function newSigned(random: Random, id: number, now: number): SignedPrekey {
  return {
    id,
    x25519: new Secret(random.bytes(X25519_BYTES)),
    kem: new Secret(random.bytes(MLKEM_SEED_BYTES)),
    notAfter: now + SIGNED_PREKEY_LIFE_MS + SIGNED_PREKEY_GRACE_MS,
  };
}

export function generatePrekeys(random: Random, now: number, count: number): LocalPrekeys {
  const start: LocalPrekeys = { nextId: 2, signed: [newSigned(random, 1, now)], oneTime: new Map() };
  return replenish(random, start, count, count);
}

/** Fills up to `target` one-time prekeys once fewer than `low` are left; otherwise returns the same value. */
export function replenish(random: Random, prekeys: LocalPrekeys, low: number, target: number): LocalPrekeys {
  assert(target <= ONE_TIME_PREKEYS_MAX && low <= target, "too many one-time prekeys");
  if (prekeys.oneTime.size >= low) return prekeys;
  const oneTime = new Map(prekeys.oneTime);
  let { nextId } = prekeys;
  while (oneTime.size < target) {
    const id = nextId++;
    oneTime.set(id, {
      id,
      x25519: new Secret(random.bytes(X25519_BYTES)),
      kem: new Secret(random.bytes(MLKEM_SEED_BYTES)),
    });
  }
  return { ...prekeys, nextId, oneTime };
}

/** The prekeys without this one-time pair; the caller wipes its secrets once the handshake is committed. */
export function withoutOneTime(prekeys: LocalPrekeys, id: number): LocalPrekeys {
  const oneTime = new Map(prekeys.oneTime);
  oneTime.delete(id);
  return { ...prekeys, oneTime };
}

/**
 * A new signed prekey when the newest is older than its life, or at once when `force` is set; drops those whose
 * grace is over and reports them as `retired`, for their secrets to be wiped. Otherwise returns the same value.
 */
export function rotateSigned(
  random: Random,
  prekeys: LocalPrekeys,
  now: number,
  force: boolean,
): { readonly prekeys: LocalPrekeys; readonly retired: readonly SignedPrekey[] } {
  const newest = prekeys.signed.at(-1);
  assert(newest !== undefined, "a device always has a signed prekey");
  const due = force || now >= newest.notAfter - SIGNED_PREKEY_GRACE_MS;
  if (!due && prekeys.signed.every((prekey) => now <= prekey.notAfter)) return { prekeys, retired: [] };
  const all = due ? [...prekeys.signed, newSigned(random, prekeys.nextId, now)] : [...prekeys.signed];
  const alive = all.filter((prekey) => now <= prekey.notAfter).slice(-SIGNED_PREKEYS_MAX);
  const kept = alive.length > 0 ? alive : all.slice(-1);
  return {
    prekeys: { ...prekeys, nextId: due ? prekeys.nextId + 1 : prekeys.nextId, signed: kept },
    retired: all.filter((prekey) => !kept.includes(prekey)),
  };
}

export function signedSecret(prekeys: LocalPrekeys, id: number): SignedPrekey | undefined {
  return prekeys.signed.find((prekey) => prekey.id === id);
}

/** The public half of a one-time pair. */
export function oneTimePublic(suite: Suite, pair: OneTimeSecret): OneTimePrekey {
  return { id: pair.id, x25519: suite.x25519Public(pair.x25519), kem: suite.mlKemPublic(pair.kem) };
}

/** The signed bundle of everything that is published, one-time prekeys by the hashes given. */
export function publishBundle(
  suite: Suite,
  device: LocalDevice,
  prekeys: LocalPrekeys,
  hashes: ReadonlyMap<number, Uint8Array>,
  version: number,
  now: number,
): PrekeyBundle {
  const newest = prekeys.signed.at(-1);
  assert(newest !== undefined, "a device always has a signed prekey");
  return signBundle(suite, device, {
    version,
    issued: now,
    signed: {
      id: newest.id,
      publicKey: suite.x25519Public(newest.x25519),
      // Initiators stop using it when its life ends; the grace is for mail that was sent before.
      notAfter: newest.notAfter - SIGNED_PREKEY_GRACE_MS,
    },
    lastResort: { id: newest.id, publicKey: suite.mlKemPublic(newest.kem) },
    oneTime: [...prekeys.oneTime.keys()].map((id) => {
      const hash = hashes.get(id);
      assert(hash !== undefined, "a published one-time prekey has a hash");
      return { id, hash };
    }),
  });
}

/** Hash of the public half, as the bundle lists it. */
export function oneTimeHash(suite: Suite, pair: OneTimeSecret): Uint8Array {
  return prekeyHash(suite, oneTimePublic(suite, pair));
}
