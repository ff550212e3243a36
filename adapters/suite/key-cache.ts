import type { KeyObject } from "node:crypto";
import { assert, type Secret } from "../../core/safety/index.ts";

/**
 * Imported private keys by the secret that they came from: importing one costs OpenSSL a scalar multiplication.
 * An entry is found by the identity of its Secret, never by contents, so it cannot answer for another secret.
 * It lives no longer than its Secret stays unwiped, and no longer than `capacity` further imports, since a node
 * of a large simulation keeps thousands of secrets that it hardly uses (a KeyObject is some 2 KB outside the
 * heap). Nobody can zero a KeyObject; OpenSSL clears the private key when the collector frees a dropped one.
 */
export class KeyCache {
  readonly #keys = new WeakMap<Secret, KeyObject>();
  /** The secrets of the last `capacity` imports, oldest at `#next`; weak, so that they keep nothing alive. */
  readonly #recent: (WeakRef<Secret> | undefined)[];
  readonly #load: (bytes: Uint8Array) => KeyObject;
  /** One function for the whole cache, so that a secret imported again and again registers it once. */
  readonly #forget = (secret: Secret): void => void this.#keys.delete(secret);
  #next = 0;

  constructor(capacity: number, load: (bytes: Uint8Array) => KeyObject) {
    assert(Number.isSafeInteger(capacity) && capacity > 0, "capacity must be a positive integer");
    this.#recent = new Array<WeakRef<Secret> | undefined>(capacity).fill(undefined);
    this.#load = load;
  }

  /** The key of `secret`, imported when it is not at hand. A wiped secret is an assertion failure, cached or not. */
  get(secret: Secret): KeyObject {
    const bytes = secret.expose();
    const known = this.#keys.get(secret);
    if (known !== undefined) return known;
    const key = this.#load(bytes);
    this.#keys.set(secret, key);
    secret.onWipe(this.#forget);
    const evicted = this.#recent[this.#next]?.deref();
    if (evicted !== undefined) this.#keys.delete(evicted);
    this.#recent[this.#next] = new WeakRef(secret);
    this.#next = (this.#next + 1) % this.#recent.length;
    return key;
  }
}
