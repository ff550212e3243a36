import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionFailure } from "./assert.ts";
import { Secret, wipeAll } from "./secret.ts";

const SEED = 0x5ec;

describe("Secret", () => {
  test("shows a redaction wherever a value is turned into text", () => {
    const raw = new Uint8Array(32).fill(0xa7);
    const secret = new Secret(raw);
    const shown = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: [secret] }, { showHidden: true, depth: 9 }),
      inspect(secret, { customInspect: false, showHidden: true }),
      JSON.stringify(Object.entries(secret)),
    ];
    for (const text of shown) expect(text).not.toMatch(/167|a7/u);
    expect(shown.slice(0, 4)).toEqual(["[secret]", "[secret]", '{"secret":"[secret]"}', "[secret]"]);
    expect(Object.keys(secret)).toEqual([]);
  });

  test("wiping clears the bytes that were handed over and makes every later use a bug", () => {
    const raw = Uint8Array.of(1, 2, 3);
    const secret = new Secret(raw);
    secret.wipe();
    secret.wipe();
    expect([...raw]).toEqual([0, 0, 0]);
    expect(secret.wiped).toBe(true);
    expect(secret.length).toBe(3);
    expect(() => secret.expose()).toThrow(AssertionFailure);
    expect(() => secret.slice(0, 1)).toThrow(AssertionFailure);
    expect(() => Secret.concat(secret)).toThrow(AssertionFailure);
  });

  test("takes ownership, but copyOf, slice and concat own bytes of their own", () => {
    const property = fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 64 }),
      fc.nat(),
      fc.nat(),
      fc.boolean(),
      (plain, a, b, asBuffer) => {
        // Native suites hand out Node Buffers, whose `slice` is a view.
        const given = asBuffer ? Buffer.from(plain) : Uint8Array.from(plain);
        const [start, end] = [a % (plain.length + 1), b % (plain.length + 1)].sort((x, y) => x - y) as [number, number];
        const secret = new Secret(given);
        const copy = Secret.copyOf(given);
        const part = secret.slice(start, end);
        const joined = Secret.concat(secret, part);
        secret.wipe();
        expect(given.every((byte) => byte === 0)).toBe(true);
        expect([...copy.expose()]).toEqual([...plain]);
        expect([...part.expose()]).toEqual([...plain.subarray(start, end)]);
        expect([...joined.expose()]).toEqual([...plain, ...plain.subarray(start, end)]);
      },
    );
    fc.assert(property, { seed: SEED });
  });

  test("a slice outside the secret is a bug", () => {
    const secret = new Secret(new Uint8Array(4));
    for (const [start, end] of [
      [-1, 2],
      [0, 5],
      [3, 2],
      [Number.NaN, 2],
    ] as const) {
      expect(() => secret.slice(start, end)).toThrow(AssertionFailure);
    }
  });

  test("wiping tells each dependent once, after the bytes are gone, and a wiped secret takes none", () => {
    const raw = Uint8Array.of(1, 2);
    const secret = new Secret(raw);
    const told: string[] = [];
    const first = (of: Secret): unknown => told.push(`first ${of === secret} ${of.wiped} ${raw.join()}`);
    secret.onWipe(first);
    secret.onWipe(first);
    secret.onWipe(() => told.push("second"));
    expect(told).toEqual([]);
    secret.wipe();
    secret.wipe();
    expect(told).toEqual(["first true true 0,0", "second"]);
    expect(() => secret.onWipe(first)).toThrow(AssertionFailure);
  });

  test("a copy does not inherit the dependents of its original", () => {
    const secret = new Secret(Uint8Array.of(1, 2));
    let told = 0;
    secret.onWipe(() => told++);
    const parts = [secret.slice(0, 1), Secret.concat(secret), Secret.copyOf(secret.expose())];
    wipeAll(parts);
    expect(told).toBe(0);
  });

  test("wipeAll wipes each", () => {
    const secrets = [new Secret(Uint8Array.of(1)), new Secret(Uint8Array.of(2))];
    wipeAll(secrets);
    expect(secrets.map((secret) => secret.wiped)).toEqual([true, true]);
  });
});
