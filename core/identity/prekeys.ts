import { assert, Secret, wipeAll } from "../safety/index.ts";
import { MLKEM_SEED_BYTES, type Random, type Suite, X25519_BYTES } from "../suite/index.ts";
import {
  ONE_TIME_PREKEYS_MAX,
  type OneTimePrekey,
  PREKEY_ID_MAX,
  type PrekeyBundle,
  prekeyHash,
  signBundle,
  SIGNED_PREKEY_LIFE_MS,
} from "./bundle.ts";
import { CLOCK_SKEW_MS, type LocalDevice } from "./certificate.ts";

/** One-time prekeys are replenished once fewer are left. */
export const ONE_TIME_PREKEYS_LOW = 16;
/** Signed prekeys answer handshakes that were in the mail for this much longer, then their secrets are wiped. */
export const SIGNED_PREKEY_GRACE_MS: number = 30 * 86_400_000;
/** Signed prekeys kept at once: the one in use, those in their grace, and some for a clock that jumped. */
export const SIGNED_PREKEYS_MAX = 8;
/** How far ids jump when it is not known which were used: more than one lost stretch of a log can have handed out. */
export const PREKEY_ID_JUMP: number = 2 ** 16;
/** Ids that one-time prekeys leave to signed ones, so that draining prekeys can never stop a rotation. */
const SIGNED_IDS_RESERVED = 2 ** 24;

/** A signed X25519 prekey together with the last-resort ML-KEM prekey that is published with it. */
export interface SignedPrekey {
  readonly id: number;
  /** 32 bytes. */
  readonly x25519: Secret;
  /** ML-KEM seed, 64 bytes. */
  readonly kem: Secret;
  /** End of its grace, in milliseconds since the Unix epoch. */
  readonly notAfter: number;
}

/** The secret half of a {@link OneTimePrekey}. */
export interface OneTimeSecret {
  readonly id: number;
  /** 32 bytes. */
  readonly x25519: Secret;
  /** ML-KEM seed, 64 bytes. */
  readonly kem: Secret;
  /** {@link prekeyHash} of the public half, so that publishing a bundle computes no public key again. */
  readonly hash: Uint8Array;
}

/**
 * This device's prekeys. Ids ascend and never repeat, signed and one-time prekeys share them. The newest signed
 * prekey is the last of `signed`. The value is immutable but for its secrets: what a function here takes out, it
 * wipes, in every older value too.
 */
export interface LocalPrekeys {
  readonly nextId: number;
  readonly signed: readonly SignedPrekey[];
  readonly oneTime: ReadonlyMap<number, OneTimeSecret>;
}

function newSigned(random: Random, id: number, now: number): SignedPrekey {
  assert(id <= PREKEY_ID_MAX, "prekey ids are exhausted");
  return {
    id,
    x25519: new Secret(random.bytes(X25519_BYTES)),
    kem: new Secret(random.bytes(MLKEM_SEED_BYTES)),
    notAfter: now + SIGNED_PREKEY_LIFE_MS + SIGNED_PREKEY_GRACE_MS,
  };
}

function newOneTime(suite: Suite, random: Random, id: number): OneTimeSecret {
  const pair = {
    id,
    x25519: new Secret(random.bytes(X25519_BYTES)),
    kem: new Secret(random.bytes(MLKEM_SEED_BYTES)),
  };
  return { ...pair, hash: prekeyHash(suite, oneTimePublic(suite, pair)) };
}

/** The first prekeys of a device: one signed, and `count` one-time pairs (at most {@link ONE_TIME_PREKEYS_MAX}). */
export function generatePrekeys(suite: Suite, random: Random, now: number, count: number): LocalPrekeys {
  const start: LocalPrekeys = { nextId: 1, signed: [newSigned(random, 0, now)], oneTime: new Map() };
  return replenish(suite, random, start, count).prekeys;
}

/** What {@link replenish} made: pairs to be stored, and published before they are listed. */
export interface Replenished {
  readonly prekeys: LocalPrekeys;
  readonly added: readonly OneTimeSecret[];
}

/**
 * Fills up to `target` one-time pairs once fewer than {@link ONE_TIME_PREKEYS_LOW} (or than `target`, when that is
 * less) are left. Otherwise the same value, without drawing randomness. Stops short when ids run out: then the
 * last resort serves.
 */
export function replenish(suite: Suite, random: Random, prekeys: LocalPrekeys, target: number): Replenished {
  assert(target >= 0 && target <= ONE_TIME_PREKEYS_MAX, "too many one-time prekeys");
  if (prekeys.oneTime.size >= Math.min(ONE_TIME_PREKEYS_LOW, target)) return { prekeys, added: [] };
  const room = Math.max(0, PREKEY_ID_MAX - SIGNED_IDS_RESERVED - prekeys.nextId + 1);
  const count = Math.min(target - prekeys.oneTime.size, room);
  if (count === 0) return { prekeys, added: [] };
  const added = Array.from({ length: count }, (_, i) => newOneTime(suite, random, prekeys.nextId + i));
  const oneTime = new Map([...prekeys.oneTime, ...added.map((pair) => [pair.id, pair] as const)]);
  return { prekeys: { ...prekeys, nextId: prekeys.nextId + count, oneTime }, added };
}

/**
 * The prekeys without this one-time pair, whose secrets are wiped at once: call it when the handshake has taken
 * them in, and persist the deletion in the same record as the session. The same value for an unknown id.
 */
export function consumeOneTime(prekeys: LocalPrekeys, id: number): LocalPrekeys {
  const pair = prekeys.oneTime.get(id);
  if (pair === undefined) return prekeys;
  wipeAll([pair.x25519, pair.kem]);
  const oneTime = new Map(prekeys.oneTime);
  oneTime.delete(id);
  return { ...prekeys, oneTime };
}

/**
 * Adds a signed prekey when the newest has served its life, when the clock was set back so far that peers would
 * refuse its window, or at once when `force` is set; drops those whose grace is over and wipes their secrets.
 * Otherwise the same value, without drawing randomness.
 */
export function rotateSigned(random: Random, prekeys: LocalPrekeys, now: number, force: boolean): LocalPrekeys {
  const lifeEnds = servesUntil(newestSigned(prekeys));
  const due = force || now >= lifeEnds || now + SIGNED_PREKEY_LIFE_MS + CLOCK_SKEW_MS < lifeEnds;
  if (!due && prekeys.signed.every((prekey) => now <= prekey.notAfter)) return prekeys;
  const all = due ? [...prekeys.signed, newSigned(random, prekeys.nextId, now)] : prekeys.signed;
  // One is always left: had the newest outlived its grace, it would have been due and a new one would follow it.
  const kept = all.filter((prekey) => now <= prekey.notAfter).slice(-SIGNED_PREKEYS_MAX);
  for (const prekey of all) if (!kept.includes(prekey)) wipeAll([prekey.x25519, prekey.kem]);
  return { ...prekeys, nextId: due ? prekeys.nextId + 1 : prekeys.nextId, signed: kept };
}

/**
 * A new signed prekey at once, and none of the older ones: their secrets are wiped, so no handshake on their last
 * resort can be replayed any more, and mail in transit on them is lost until its sender starts anew. For when the
 * memory of accepted handshakes is full or cannot be trusted.
 */
export function retireSigned(random: Random, prekeys: LocalPrekeys, now: number): LocalPrekeys {
  const rotated = rotateSigned(random, prekeys, now, true);
  for (const old of rotated.signed.slice(0, -1)) wipeAll([old.x25519, old.kem]);
  return { ...rotated, signed: rotated.signed.slice(-1) };
}

/**
 * After damage to the log: it may have lost which prekeys served already and which ids were handed out. Wipes every
 * prekey, jumps over {@link PREKEY_ID_JUMP} ids and makes one new signed prekey. Replenish and publish afterwards.
 */
export function restartPrekeys(random: Random, prekeys: LocalPrekeys, now: number): LocalPrekeys {
  for (const pair of prekeys.oneTime.values()) wipeAll([pair.x25519, pair.kem]);
  const nextId = Math.min(prekeys.nextId + PREKEY_ID_JUMP, PREKEY_ID_MAX);
  return retireSigned(random, { ...prekeys, nextId, oneTime: new Map() }, now);
}

/** The signed prekey, with its last resort, that a first message names. Its `notAfter` is the caller's to check. */
export function signedSecret(prekeys: LocalPrekeys, id: number): SignedPrekey | undefined {
  return prekeys.signed.find((prekey) => prekey.id === id);
}

/** The one-time pair that a first message names; undefined when it was consumed or never was. */
export function oneTimeSecret(prekeys: LocalPrekeys, id: number): OneTimeSecret | undefined {
  return prekeys.oneTime.get(id);
}

/** The public half of a one-time pair: the record to publish. */
export function oneTimePublic(suite: Suite, pair: Pick<OneTimeSecret, "id" | "x25519" | "kem">): OneTimePrekey {
  return { id: pair.id, x25519: suite.x25519Public(pair.x25519), kem: suite.mlKemPublic(pair.kem) };
}

function newestSigned(prekeys: LocalPrekeys): SignedPrekey {
  const newest = prekeys.signed.at(-1);
  assert(newest !== undefined, "a device always has a signed prekey");
  return newest;
}

/** Initiators stop using a signed prekey when its life ends; the grace is for mail that was sent before. */
function servesUntil(prekey: SignedPrekey): number {
  return prekey.notAfter - SIGNED_PREKEY_GRACE_MS;
}

/**
 * The version of the next bundle: above the last one, and never below the clock, so that a device that lost its
 * memory of versions is not taken for a rollback of itself.
 */
export function nextBundleVersion(last: number, now: number): number {
  return Math.max(last + 1, now);
}

/** The signed bundle of everything that is published now. */
export function publishBundle(
  suite: Suite,
  device: LocalDevice,
  prekeys: LocalPrekeys,
  stand: { readonly version: number; readonly addresses: readonly string[]; readonly now: number },
): PrekeyBundle {
  const newest = newestSigned(prekeys);
  return signBundle(suite, device, {
    version: stand.version,
    issued: stand.now,
    addresses: stand.addresses,
    signed: { id: newest.id, publicKey: suite.x25519Public(newest.x25519), notAfter: servesUntil(newest) },
    lastResort: { id: newest.id, publicKey: suite.mlKemPublic(newest.kem) },
    oneTime: [...prekeys.oneTime.values()].map(({ id, hash }) => ({ id, hash })).sort((a, b) => a.id - b.id),
  });
}
