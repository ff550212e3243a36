import { decode as cborDecode, encode as cborEncode } from "cborg";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AssertionFailure, Secret } from "../safety/index.ts";
import {
  array,
  boolean,
  bytes,
  bytesUpTo,
  type Codec,
  decode,
  encode,
  mapped,
  optional,
  refined,
  secret,
  struct,
  text,
  uint,
  union,
} from "./schema.ts";

const SEED = 0xc0dec;
const LIMIT = 1 << 20;

/** A codec, its values, and what an independent CBOR library should see in their encoding. */
interface Sample {
  readonly codec: Codec<unknown>;
  readonly values: fc.Arbitrary<unknown>;
  readonly plain: (value: never) => unknown;
}

function sample<T>(codec: Codec<T>, values: fc.Arbitrary<T>, plain: (value: T) => unknown): Sample {
  return { codec: codec as Codec<unknown>, values, plain: plain as (value: never) => unknown };
}

const widths = [0, 1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER];
const integers = fc.oneof(fc.constantFrom(...widths), fc.maxSafeNat());

const leaves: fc.Arbitrary<Sample> = fc.oneof(
  fc.constant(sample(uint(), integers, (value) => value)),
  fc
    .nat(300)
    .map((length) => sample(bytes(length), fc.uint8Array({ minLength: length, maxLength: length }), (value) => value)),
  fc.nat(300).map((max) => sample(bytesUpTo(max), fc.uint8Array({ maxLength: max }), (value) => value)),
  fc.constant(sample(text(800), fc.string({ unit: "binary", maxLength: 200 }), (value) => value)),
  fc.constant(sample(boolean, fc.boolean(), (value) => value)),
  fc.constant(
    sample(
      refined(uint(), (value) => value % 2 === 0),
      fc.nat().map((half) => half * 2),
      (value) => value,
    ),
  ),
  fc.constant(sample(mapped(uint(), String, Number), integers.map(String), (value) => Number(value))),
);

/** The value of an optional that is itself optional has one absence, so undefined inside undefined stays one. */
function optionalOf(inner: Sample): Sample {
  const plain = (value: never): unknown => (value === undefined ? null : inner.plain(value));
  return { codec: optional(inner.codec), values: fc.option(inner.values, { nil: undefined }), plain };
}

function structOf(parts: readonly Sample[]): Sample {
  const names = parts.map((_, i) => `field${i}`);
  const object = (values: readonly unknown[]) => Object.fromEntries(names.map((name, i) => [name, values[i]]));
  return {
    codec: struct(object(parts.map((part) => part.codec)) as Record<string, Codec<unknown>>) as Codec<unknown>,
    values: fc.tuple(...parts.map((part) => part.values)).map(object),
    plain: (value: Record<string, never>) =>
      parts.map((part, i) => part.plain((value as Record<string, never>)[`field${i}`] as never)),
  } as Sample;
}

function unionOf(parts: readonly Sample[]): Sample {
  const fields = parts.map((part) => structOf([part]));
  const variants = Object.fromEntries(fields.map((part, i) => [`v${i}`, [i * 40, part.codec]]));
  return {
    codec: union(variants as never) as Codec<unknown>,
    values: fc.oneof(...fields.map((part, i) => part.values.map((value) => ({ kind: `v${i}`, ...(value as object) })))),
    plain: ((value: { kind: string }) => {
      const at = Number(value.kind.slice(1));
      return [at * 40, (fields[at] as Sample).plain(value as never)];
    }) as (value: never) => unknown,
  };
}

const samples: fc.Arbitrary<Sample> = fc.letrec<{ sample: Sample }>((tie) => ({
  sample: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 3, arbitrary: leaves },
    { weight: 1, arbitrary: tie("sample").map(optionalOf) },
    {
      weight: 1,
      arbitrary: tie("sample").map((inner) => ({
        codec: array(inner.codec, 30) as Codec<unknown>,
        values: fc.array(inner.values, { maxLength: 30 }),
        plain: ((value: readonly never[]) => value.map((item) => inner.plain(item))) as (value: never) => unknown,
      })),
    },
    { weight: 2, arbitrary: fc.array(tie("sample"), { maxLength: 4 }).map(structOf) },
    { weight: 1, arbitrary: fc.array(tie("sample"), { minLength: 1, maxLength: 4 }).map(unionOf) },
  ),
})).sample;

const cases = samples.chain((found) => found.values.map((value) => ({ ...found, value })));

/** A change to an encoding: what an attacker on the wire can do with one. */
const mutations = fc.oneof(
  fc.record({ kind: fc.constant("flip" as const), at: fc.nat(), bit: fc.nat(7) }),
  fc.record({ kind: fc.constant("cut" as const), at: fc.nat() }),
  fc.record({ kind: fc.constant("insert" as const), at: fc.nat(), byte: fc.nat(255) }),
  fc.record({ kind: fc.constant("overwrite" as const), at: fc.nat(), byte: fc.nat(255) }),
);

function mutate(encoded: Uint8Array, mutation: typeof mutations extends fc.Arbitrary<infer M> ? M : never): Uint8Array {
  const at = mutation.at % (encoded.length + 1);
  const changed = [...encoded];
  if (mutation.kind === "cut") return encoded.slice(0, at);
  if (mutation.kind === "insert") changed.splice(at, 0, mutation.byte);
  else if (mutation.kind === "flip" && at < changed.length) changed[at] = (changed[at] as number) ^ (1 << mutation.bit);
  else if (mutation.kind === "overwrite" && at < changed.length) changed[at] = mutation.byte;
  return Uint8Array.from(changed);
}

describe("any schema", () => {
  test("decodes what it encodes to an equal value, and an independent strict CBOR decoder sees the same", () => {
    const property = fc.property(cases, ({ codec, plain, value }) => {
      const encoded = encode(codec, value);
      expect(decode(codec, encoded, LIMIT)).toEqual({ ok: true, value });
      expect(cborDecode(encoded, { strict: true, rejectDuplicateMapKeys: true })).toEqual(plain(value as never));
      expect(Buffer.from(cborEncode(plain(value as never))).equals(encoded)).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 400 });
  });

  test("never throws on mutated encodings, and re-encodes whatever it accepts to the same bytes", () => {
    const property = fc.property(
      cases,
      fc.array(mutations, { minLength: 1, maxLength: 3 }),
      ({ codec, value }, changes) => {
        const bytesIn = changes.reduce(mutate, encode(codec, value));
        const decoded = decode(codec, bytesIn, LIMIT);
        if (decoded.ok) expect(Buffer.from(encode(codec, decoded.value)).equals(bytesIn)).toBe(true);
        else expect(decoded.error).toMatch(/^codec\/[a-z-]+$/u);
      },
    );
    fc.assert(property, { seed: SEED, numRuns: 1_500 });
  });

  test("never throws on random bytes, and re-encodes whatever it accepts to the same bytes", () => {
    const heads = fc.constantFrom(
      0x00,
      0x18,
      0x1b,
      0x40,
      0x58,
      0x5b,
      0x60,
      0x7b,
      0x80,
      0x81,
      0x82,
      0x9b,
      0xf4,
      0xf6,
      0xff,
    );
    const noise = fc.array(fc.oneof(heads, fc.nat(255)), { maxLength: 40 }).map((list) => Uint8Array.from(list));
    const property = fc.property(samples, noise, ({ codec }, bytesIn) => {
      const decoded = decode(codec, bytesIn, LIMIT);
      if (decoded.ok) expect(Buffer.from(encode(codec, decoded.value)).equals(bytesIn)).toBe(true);
    });
    fc.assert(property, { seed: SEED, numRuns: 1_500 });
  });

  test("refuses every proper prefix and every extension", () => {
    const property = fc.property(cases, fc.nat(255), ({ codec, value }, byte) => {
      const encoded = encode(codec, value);
      for (let cut = 0; cut < encoded.length; cut++) {
        expect(decode(codec, encoded.subarray(0, cut), LIMIT)).toEqual({ ok: false, error: "codec/truncated" });
      }
      const longer = Uint8Array.of(...encoded, byte);
      expect(decode(codec, longer, LIMIT)).toEqual({ ok: false, error: "codec/trailing-bytes" });
      expect(decode(codec, encoded, encoded.length - 1)).toEqual({ ok: false, error: "codec/too-long" });
    });
    fc.assert(property, { seed: SEED, numRuns: 60 });
  });
});

describe("decoded values", () => {
  test("own their bytes: wiping a secret does not touch the input, not even a Node Buffer", () => {
    const codec = struct({ key: secret(4), tail: bytesUpTo(4) });
    const encoded = Buffer.from(encode(codec, { key: new Secret(Uint8Array.of(1, 2, 3, 4)), tail: Uint8Array.of(5) }));
    const before = Buffer.from(encoded);
    const decoded = decode(codec, encoded, LIMIT);
    if (!decoded.ok) throw new Error(decoded.error);
    decoded.value.key.wipe();
    decoded.value.tail.fill(0xee);
    expect(encoded.equals(before)).toBe(true);
  });

  test("a checkpoint of a secret is a copy: wiping the secret leaves the encoding, and the other way round", () => {
    const value = new Secret(Uint8Array.of(1, 2, 3, 4));
    const encoded = encode(secret(4), value);
    encoded.fill(0);
    expect([...value.expose()]).toEqual([1, 2, 3, 4]);
    value.wipe();
    expect(() => encode(secret(4), value)).toThrow(AssertionFailure);
  });

  test("have the field kind from the variant's tag, whatever the fields say", () => {
    const codec = union({
      a: [0, struct({ n: uint() })],
      b: [1, struct({ kind: text(8) })],
    } as never) as Codec<unknown>;
    const bytesIn = cborEncode([1, ["a"]]);
    expect(decode(codec, bytesIn, LIMIT)).toEqual({ ok: true, value: { kind: "b" } });
  });
});

describe("schemas that a program gets wrong", () => {
  test("a field name that is no plain property is refused: it would reach a prototype or change the order", () => {
    for (const name of ["__proto__", "1", "", "a-b"]) {
      const fields = Object.fromEntries([[name, uint()]]);
      if (name === "__proto__") Object.defineProperty(fields, name, { value: uint(), enumerable: true });
      expect(() => struct(fields)).toThrow(AssertionFailure);
    }
  });

  test("two variants that share a tag, and a bound that is no integer, are refused", () => {
    const empty = struct({});
    expect(() => union({ a: [1, empty], b: [1, empty] })).toThrow(AssertionFailure);
    for (const max of [-1, 1.5, Number.NaN, 2 ** 53]) expect(() => uint(max)).toThrow(AssertionFailure);
  });

  test("values that do not fit their schema are never encoded", () => {
    expect(() => encode(uint(10), 11)).toThrow(AssertionFailure);
    for (const value of [-1, 1.5, Number.NaN, 2 ** 53]) expect(() => encode(uint(), value)).toThrow(AssertionFailure);
    expect(() => encode(bytes(2), new Uint8Array(3))).toThrow(AssertionFailure);
    expect(() => encode(bytesUpTo(2), new Uint8Array(3))).toThrow(AssertionFailure);
    expect(() => encode(array(uint(), 1), [1, 2])).toThrow(AssertionFailure);
    expect(() => encode(union({ a: [0, struct({})] }), { kind: "b" as "a" })).toThrow(AssertionFailure);
    expect(() =>
      encode(
        refined(uint(), (value) => value > 3),
        3,
      ),
    ).toThrow(AssertionFailure);
    expect(() => encode(text(8), "\ud800")).toThrow(AssertionFailure);
  });

  test("a text is measured in bytes of UTF-8 on both sides", () => {
    expect(() => encode(text(3), "éé")).toThrow(AssertionFailure);
    expect(decode(text(4), encode(text(4), "éé"), LIMIT)).toEqual({ ok: true, value: "éé" });
    expect(decode(text(3), encode(text(4), "éé"), LIMIT)).toEqual({ ok: false, error: "codec/out-of-range" });
  });
});

test("optional in optional has one absence", () => {
  const codec = optional(optional(uint()));
  for (const value of [undefined, 7]) expect(decode(codec, encode(codec, value), 9)).toEqual({ ok: true, value });
  expect([...encode(codec, undefined)]).toEqual([0xf6]);
});
