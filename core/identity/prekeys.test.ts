import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decode, encode } from "../codec/index.ts";
import { AssertionFailure, type Secret } from "../safety/index.ts";
import { portableSuite, type Random, type Suite } from "../suite/index.ts";
import { countingRandom } from "../suite/testing.ts";
import { generateAccount } from "./account.ts";
import {
  ONE_TIME_PREKEYS_MAX,
  PREKEY_ID_MAX,
  SIGNED_PREKEY_LIFE_MS,
  verifyBundle,
  verifyOneTimePrekey,
} from "./bundle.ts";
import { CLOCK_SKEW_MS, generateDevice, renewCertificate } from "./certificate.ts";
import {
  consumeOneTime,
  generatePrekeys,
  type LocalPrekeys,
  nextBundleVersion,
  ONE_TIME_PREKEYS_LOW,
  oneTimePublic,
  oneTimeSecret,
  PREKEY_ID_JUMP,
  publishBundle,
  replenish,
  restartPrekeys,
  retireSigned,
  rotateSigned,
  SIGNED_PREKEY_GRACE_MS,
  SIGNED_PREKEYS_MAX,
  signedSecret,
} from "./prekeys.ts";
import { oneTimeSecretCodec, restorePrekeys, storedPrekeys, storedPrekeysCodec } from "./stored-prekeys.ts";

const SEED = 0x93e;
const NOW = 1_800_000_000_000;
const DAY = 86_400_000;

/** Real but for ML-KEM key generation, which these state machines only carry along. */
const suite: Suite = {
  ...portableSuite,
  mlKemPublic: (seed) => {
    const key = new Uint8Array(1_568);
    key.set(portableSuite.sha256(seed.expose()));
    return key;
  },
};

const noRandom: Random = {
  bytes: () => {
    throw new Error("a no-op must draw no randomness");
  },
};

function secretsOf(prekeys: LocalPrekeys): Secret[] {
  return [...prekeys.signed, ...prekeys.oneTime.values()].flatMap(({ x25519, kem }) => [x25519, kem]);
}

function reload(prekeys: LocalPrekeys): LocalPrekeys {
  const through = <T>(codec: Parameters<typeof decode<T>>[0], value: T): T => {
    const decoded = decode(codec, encode(codec, value), 4_096);
    if (!decoded.ok) throw new Error(decoded.error);
    return decoded.value;
  };
  const pairs = [...prekeys.oneTime.values()].map((pair) => through(oneTimeSecretCodec, pair));
  return restorePrekeys(through(storedPrekeysCodec, storedPrekeys(prekeys)), pairs.reverse());
}

describe("replenish", () => {
  test("is a no-op until fewer than the low mark are left, then fills up", () => {
    let prekeys = generatePrekeys(suite, countingRandom("low"), NOW, ONE_TIME_PREKEYS_MAX);
    expect(prekeys.oneTime.size).toBe(ONE_TIME_PREKEYS_MAX);
    while (prekeys.oneTime.size > ONE_TIME_PREKEYS_LOW) {
      const [first] = prekeys.oneTime.keys();
      prekeys = consumeOneTime(prekeys, first as number);
      const same = replenish(suite, noRandom, prekeys, ONE_TIME_PREKEYS_MAX);
      if (prekeys.oneTime.size >= ONE_TIME_PREKEYS_LOW) {
        expect(same.prekeys).toBe(prekeys);
        expect(same.added).toEqual([]);
      }
    }
    prekeys = consumeOneTime(prekeys, [...prekeys.oneTime.keys()][0] as number);
    const filled = replenish(suite, countingRandom("fill"), prekeys, ONE_TIME_PREKEYS_MAX);
    expect(filled.prekeys.oneTime.size).toBe(ONE_TIME_PREKEYS_MAX);
    expect(filled.added.length).toBe(ONE_TIME_PREKEYS_MAX - ONE_TIME_PREKEYS_LOW + 1);
    for (const pair of filled.added) expect(filled.prekeys.oneTime.get(pair.id)).toBe(pair);
  });

  test("serves a target below the low mark", () => {
    const prekeys = generatePrekeys(suite, countingRandom("few"), NOW, 3);
    expect(replenish(suite, noRandom, prekeys, 3).prekeys).toBe(prekeys);
    const one = consumeOneTime(prekeys, 1);
    expect([...replenish(suite, countingRandom("more"), one, 3).prekeys.oneTime.keys()]).toEqual([2, 3, 4]);
    const none = generatePrekeys(suite, countingRandom("none"), NOW, 0);
    expect(none.oneTime.size).toBe(0);
    expect(replenish(suite, noRandom, none, 0).prekeys).toBe(none);
    expect(() => replenish(suite, noRandom, none, ONE_TIME_PREKEYS_MAX + 1)).toThrow(AssertionFailure);
  });

  test("stops when ids run out, and leaves some for rotation", () => {
    const start = generatePrekeys(suite, countingRandom("ids"), NOW, 0);
    const drained = { ...start, nextId: PREKEY_ID_MAX - 2 ** 24 - 1 };
    const last = replenish(suite, countingRandom("last"), drained, 8);
    expect(last.added.map((pair) => pair.id)).toEqual([PREKEY_ID_MAX - 2 ** 24 - 1, PREKEY_ID_MAX - 2 ** 24]);
    expect(replenish(suite, noRandom, last.prekeys, 8).prekeys).toBe(last.prekeys);
    expect(rotateSigned(countingRandom("on"), last.prekeys, NOW, true).signed.length).toBe(2);
  });
});

describe("consumeOneTime", () => {
  test("takes the pair out and wipes its secrets, in the older value too; a second time it is unknown", () => {
    const prekeys = generatePrekeys(suite, countingRandom("consume"), NOW, 4);
    const pair = oneTimeSecret(prekeys, 2);
    const rest = consumeOneTime(prekeys, 2);
    expect(pair?.x25519.wiped && pair.kem.wiped).toBe(true);
    expect(oneTimeSecret(rest, 2)).toBeUndefined();
    expect([...rest.oneTime.keys()]).toEqual([1, 3, 4]);
    expect(secretsOf(rest).some((secret) => secret.wiped)).toBe(false);
    expect(consumeOneTime(rest, 2)).toBe(rest);
    expect(consumeOneTime(rest, 0)).toBe(rest);
  });
});

describe("rotateSigned", () => {
  const start = (): LocalPrekeys => generatePrekeys(suite, countingRandom("rotate"), NOW, 0);

  test("is a no-op until the life is over, to the millisecond", () => {
    const prekeys = start();
    expect(rotateSigned(noRandom, prekeys, NOW + SIGNED_PREKEY_LIFE_MS - 1, false)).toBe(prekeys);
    const rotated = rotateSigned(countingRandom("new"), prekeys, NOW + SIGNED_PREKEY_LIFE_MS, false);
    expect(rotated.signed.map(({ id }) => id)).toEqual([0, 1]);
    expect(rotateSigned(noRandom, rotated, NOW + SIGNED_PREKEY_LIFE_MS, false)).toBe(rotated);
  });

  test("keeps the old one for its grace, then drops it and wipes it", () => {
    const prekeys = start();
    const old = signedSecret(prekeys, 0);
    const rotated = rotateSigned(countingRandom("a"), prekeys, NOW + SIGNED_PREKEY_LIFE_MS, false);
    const end = NOW + SIGNED_PREKEY_LIFE_MS + SIGNED_PREKEY_GRACE_MS;
    expect(signedSecret(rotateSigned(countingRandom("b"), rotated, end, false), 0)).toBe(old);
    expect(old?.x25519.wiped).toBe(false);
    const after = rotateSigned(countingRandom("c"), rotated, end + 1, false);
    expect(signedSecret(after, 0)).toBeUndefined();
    expect(old?.x25519.wiped && old.kem.wiped).toBe(true);
  });

  test("rotates when the clock was set back beyond the skew, since peers would refuse the window", () => {
    const prekeys = start();
    expect(rotateSigned(noRandom, prekeys, NOW - CLOCK_SKEW_MS, false)).toBe(prekeys);
    expect(rotateSigned(countingRandom("back"), prekeys, NOW - CLOCK_SKEW_MS - 1, false).signed.length).toBe(2);
  });

  test("keeps at most a fixed number, the newest, and wipes what it drops, however often it is forced", () => {
    const random = countingRandom("many");
    const first = start();
    let prekeys = first;
    for (let i = 0; i < 3 * SIGNED_PREKEYS_MAX; i++) prekeys = rotateSigned(random, prekeys, NOW, true);
    const ids = Array.from({ length: SIGNED_PREKEYS_MAX }, (_, i) => 2 * SIGNED_PREKEYS_MAX + 1 + i);
    expect(prekeys.signed.map(({ id }) => id)).toEqual(ids);
    expect(secretsOf(first).every((secret) => secret.wiped)).toBe(true);
  });

  test("forced, rotates at once", () => {
    expect(rotateSigned(countingRandom("force"), start(), NOW, true).signed.map(({ id }) => id)).toEqual([0, 1]);
  });
});

describe("retireSigned", () => {
  test("leaves one new signed prekey and wipes the others, so that nothing on their last resort replays", () => {
    const prekeys = rotateSigned(countingRandom("b"), generatePrekeys(suite, countingRandom("a"), NOW, 2), NOW, true);
    const retired = retireSigned(countingRandom("c"), prekeys, NOW);
    expect(retired.signed.map(({ id }) => id)).toEqual([prekeys.nextId]);
    expect(prekeys.signed.every(({ x25519, kem }) => x25519.wiped && kem.wiped)).toBe(true);
    expect(retired.oneTime).toBe(prekeys.oneTime);
    expect(secretsOf(retired).some((secret) => secret.wiped)).toBe(false);
  });
});

describe("restartPrekeys", () => {
  test("wipes every prekey, since the log may have lost that it served, and skips the ids that were handed out", () => {
    const prekeys = generatePrekeys(suite, countingRandom("restart"), NOW, 5);
    const restarted = restartPrekeys(countingRandom("again"), prekeys, NOW);
    expect(restarted.oneTime.size).toBe(0);
    expect(secretsOf(prekeys).every((secret) => secret.wiped)).toBe(true);
    expect(restarted.signed.map(({ id }) => id)).toEqual([prekeys.nextId + PREKEY_ID_JUMP]);
    expect(restarted.nextId).toBe(prekeys.nextId + PREKEY_ID_JUMP + 1);
    expect(secretsOf(restarted).some((secret) => secret.wiped)).toBe(false);
  });
});

describe("a device's prekeys over time", () => {
  const account = generateAccount(suite, countingRandom("life account"));
  const device = generateDevice(suite, countingRandom("life device"), account, NOW);
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("consume" as const), pick: fc.nat() }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("replenish" as const), target: fc.nat(24) }) },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant("time" as const), ms: fc.integer({ min: -9 * DAY, max: 20 * DAY }) }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("force" as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("reload" as const) }) },
  );

  test("no id is ever given to two keys, sizes stay bounded, nothing held is wiped, all that is dropped is", () => {
    const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const random = countingRandom("life");
      let now = NOW;
      let prekeys = generatePrekeys(suite, random, now, 4);
      const keyOf = new Map<number, string>();
      for (const action of steps) {
        const before = prekeys;
        if (action.kind === "consume") {
          const ids = [...prekeys.oneTime.keys()];
          if (ids.length > 0) prekeys = consumeOneTime(prekeys, ids[action.pick % ids.length] as number);
        } else if (action.kind === "replenish") prekeys = replenish(suite, random, prekeys, action.target).prekeys;
        else if (action.kind === "restart") prekeys = restartPrekeys(random, prekeys, now);
        else if (action.kind === "reload") prekeys = reload(prekeys);
        else {
          if (action.kind === "time") now += action.ms;
          prekeys = rotateSigned(random, prekeys, now, action.kind === "force");
        }
        for (const { id, x25519 } of [...prekeys.signed, ...prekeys.oneTime.values()]) {
          const key = Buffer.from(x25519.expose()).toString("hex");
          expect(keyOf.get(id) ?? key).toBe(key);
          keyOf.set(id, key);
          expect(id).toBeLessThan(prekeys.nextId);
        }
        expect(prekeys.nextId).toBeGreaterThanOrEqual(before.nextId);
        expect(prekeys.signed.length).toBeGreaterThan(0);
        expect(prekeys.signed.length).toBeLessThanOrEqual(SIGNED_PREKEYS_MAX);
        expect(prekeys.oneTime.size).toBeLessThanOrEqual(ONE_TIME_PREKEYS_MAX);
        const held = new Set(secretsOf(prekeys));
        if (action.kind !== "reload") {
          for (const secret of secretsOf(before)) expect(secret.wiped).toBe(!held.has(secret));
        }
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 80 });
  });

  test("what is published after looking prekeys over verifies, however the clock has jumped", () => {
    const property = fc.property(fc.array(fc.integer({ min: -9 * DAY, max: 20 * DAY }), { maxLength: 8 }), (jumps) => {
      const random = countingRandom("jumps");
      let now = NOW;
      let local = device;
      let version = 0;
      let prekeys = generatePrekeys(suite, random, now, 2);
      for (const jump of [0, ...jumps]) {
        now += jump;
        prekeys = rotateSigned(random, prekeys, now, false);
        local = renewCertificate(suite, account, local, now);
        const notBelowVersion = version;
        version = nextBundleVersion(version, now);
        expect(version).toBeGreaterThan(notBelowVersion);
        const bundle = publishBundle(suite, local, prekeys, { version, addresses: [], now });
        expect(verifyBundle(suite, bundle, { account: account.publicKey, now, notBelowVersion })).toEqual({
          ok: true,
          value: undefined,
        });
        for (const pair of prekeys.oneTime.values()) {
          expect(verifyOneTimePrekey(suite, bundle, oneTimePublic(suite, pair)).ok).toBe(true);
        }
      }
    });
    fc.assert(property, { seed: SEED, numRuns: 12 });
  });

  test("a device that forgot its last version publishes a newer one all the same", () => {
    expect(nextBundleVersion(0, NOW)).toBe(NOW);
    expect(nextBundleVersion(NOW, NOW)).toBe(NOW + 1);
    expect(nextBundleVersion(NOW + 5, NOW)).toBe(NOW + 6);
  });
});
