import { assert } from "./assert.ts";

const REDACTED = "[secret]";

/**
 * Secret bytes: zeroized by {@link wipe}, unprintable, and never compared by `===` on contents.
 * JavaScript gives no guarantee that the engine kept no copy; `wipe` clears the one buffer that
 * this object owns, so every constructor takes ownership of the bytes that it is handed.
 */
export class Secret {
  #bytes: Uint8Array;
  #wiped = false;
  #dependents: Set<(secret: Secret) => void> | undefined;

  /** Takes ownership of `bytes`: the caller must not keep or change them. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** A secret over a private copy of `bytes`. */
  static copyOf(bytes: Uint8Array): Secret {
    return new Secret(new Uint8Array(bytes));
  }

  /** The concatenation of several secrets, as HKDF input keying material. */
  static concat(...parts: readonly Secret[]): Secret {
    const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let offset = 0;
    for (const part of parts) {
      whole.set(part.expose(), offset);
      offset += part.length;
    }
    return new Secret(whole);
  }

  get length(): number {
    return this.#bytes.length;
  }

  get wiped(): boolean {
    return this.#wiped;
  }

  /** The live bytes, not a copy: for the cipher suite and for checkpoints only. */
  expose(): Uint8Array {
    assert(!this.#wiped, "secret used after it was wiped");
    return this.#bytes;
  }

  /** A new secret over a copy of `[start, end)` of this one. */
  slice(start: number, end: number): Secret {
    assert(start >= 0 && end <= this.length && start <= end, "secret slice out of range");
    // Not the bytes' own `slice`: on a subclass such as Node's Buffer it would share them, and be wiped with them.
    return Secret.copyOf(this.expose().subarray(start, end));
  }

  /**
   * Has {@link wipe} call `forget`, once, so that nothing derived from these bytes outlives them. Registering the
   * same function again changes nothing. It must not throw; the bytes are gone when it runs.
   */
  onWipe(forget: (secret: Secret) => void): void {
    assert(!this.#wiped, "secret used after it was wiped");
    this.#dependents ??= new Set();
    this.#dependents.add(forget);
  }

  /** Overwrites the bytes. Idempotent; every later use is an assertion failure. */
  wipe(): void {
    this.#bytes.fill(0);
    this.#wiped = true;
    const dependents = this.#dependents;
    this.#dependents = undefined;
    if (dependents !== undefined) for (const forget of dependents) forget(this);
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }
}

// What `util.inspect` and `console.log` show on Node; a registered symbol, so nothing is imported.
Object.defineProperty(Secret.prototype, Symbol.for("nodejs.util.inspect.custom"), { value: () => REDACTED });

/** Wipes each secret. */
export function wipeAll(secrets: Iterable<Secret>): void {
  for (const secret of secrets) secret.wipe();
}
