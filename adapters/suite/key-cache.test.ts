import { createSecretKey, type KeyObject } from "node:crypto";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { AssertionFailure, Secret } from "../../core/safety/index.ts";
import { KeyCache } from "./key-cache.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** A cache that remembers, weakly, the keys that it imported. */
function observed(capacity: number): { cache: KeyCache; imported: WeakRef<KeyObject>[] } {
  const imported: WeakRef<KeyObject>[] = [];
  const cache = new KeyCache(capacity, (bytes) => {
    const key = createSecretKey(bytes);
    imported.push(new WeakRef(key));
    return key;
  });
  return { cache, imported };
}

/** Which of the imported keys something still holds, after a full collection in a turn of its own. */
async function alive(imported: readonly WeakRef<KeyObject>[]): Promise<boolean[]> {
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  return imported.map((key) => key.deref() !== undefined);
}

const secretOf = (byte: number): Secret => new Secret(new Uint8Array(32).fill(byte));

test("a secret is imported once, and equal bytes in another secret are another entry", () => {
  const { cache, imported } = observed(4);
  const [a, b] = [secretOf(1), secretOf(1)];
  const key = cache.get(a);
  expect(cache.get(a)).toBe(key);
  expect(cache.get(b)).not.toBe(key);
  expect(imported.length).toBe(2);
});

test("wiping a secret drops its key, though the secret itself lives on", async () => {
  const { cache, imported } = observed(4);
  const [wiped, kept] = [secretOf(1), secretOf(2)];
  cache.get(wiped);
  cache.get(kept);
  expect(await alive(imported)).toEqual([true, true]);
  wiped.wipe();
  expect(await alive(imported)).toEqual([false, true]);
  expect(() => cache.get(wiped)).toThrow(AssertionFailure);
  expect(kept.wiped).toBe(false);
});

test("beyond its capacity the oldest import goes, and comes back when it is asked for", async () => {
  const { cache, imported } = observed(2);
  const secrets = [secretOf(1), secretOf(2), secretOf(3)];
  for (const secret of secrets) cache.get(secret);
  expect(await alive(imported)).toEqual([false, true, true]);
  cache.get(secrets[0] as Secret);
  expect(await alive(imported)).toEqual([false, false, true, true]);
  for (const secret of secrets) secret.wipe();
  expect(await alive(imported)).toEqual([false, false, false, false]);
});

test("a secret that nobody holds is not kept alive by the cache", async () => {
  const { cache, imported } = observed(4);
  cache.get(secretOf(1));
  expect(await alive(imported)).toEqual([false]);
});

test("a capacity that is no positive integer is a bug", () => {
  for (const capacity of [0, -1, 1.5]) expect(() => observed(capacity)).toThrow(AssertionFailure);
});
