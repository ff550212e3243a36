import { assert, err, ok, type Result, Secret } from "../safety/index.ts";
import {
  type CodecCode,
  MAJOR_ARRAY,
  MAJOR_BYTES,
  MAJOR_UINT,
  Reader,
  SIMPLE_FALSE,
  SIMPLE_NULL,
  SIMPLE_TRUE,
  Writer,
} from "./wire.ts";

/**
 * A value's one encoding and its one decoding, side by side. Codecs are finite values, so the nesting
 * depth of anything that decodes is bounded by the schema itself.
 */
export interface Codec<T> {
  write(writer: Writer, value: T): void;
  read(reader: Reader): T;
}

/** The type that a codec carries. */
export type Decoded<C> = C extends Codec<infer T> ? T : never;

/** The one encoding of `value`. Asserts that the value fits the schema: only a bug violates it. */
export function encode<T>(codec: Codec<T>, value: T): Uint8Array {
  const writer = new Writer();
  codec.write(writer, value);
  return writer.finish();
}

/** Total: any bytes give a value or a code. Exactly the bytes that {@link encode} makes are accepted. */
export function decode<T>(codec: Codec<T>, bytes: Uint8Array, maxBytes: number): Result<T, CodecCode> {
  if (bytes.length > maxBytes) return err("codec/too-long");
  const reader = new Reader(bytes);
  const value = codec.read(reader);
  if (reader.failure === undefined && reader.remaining > 0) reader.fail("codec/trailing-bytes");
  return reader.failure === undefined ? ok(value) : err(reader.failure);
}

/** An unsigned integer up to `max` (at most 2^53 − 1). */
export function uint(max: number = Number.MAX_SAFE_INTEGER): Codec<number> {
  assert(Number.isSafeInteger(max) && max >= 0, "uint bound out of range");
  return {
    write(writer, value) {
      assert(value <= max, "integer exceeds its schema");
      writer.head(MAJOR_UINT, value);
    },
    read: (reader) => reader.head(MAJOR_UINT, max),
  };
}

/** A byte string of exactly `length` bytes. */
export function bytes(length: number): Codec<Uint8Array> {
  return {
    write(writer, value) {
      assert(value.length === length, `expected ${length} bytes, got ${value.length}`);
      writer.bytes(value);
    },
    read(reader) {
      const found = reader.head(MAJOR_BYTES, Number.MAX_SAFE_INTEGER);
      if (reader.failure === undefined && found !== length) reader.fail("codec/out-of-range");
      return reader.raw(length);
    },
  };
}

/** A byte string of at most `max` bytes. */
export function bytesUpTo(max: number): Codec<Uint8Array> {
  return {
    write(writer, value) {
      assert(value.length <= max, "byte string exceeds its schema");
      writer.bytes(value);
    },
    read: (reader) => reader.raw(reader.head(MAJOR_BYTES, max)),
  };
}

/** Secret bytes of exactly `length`; for checkpoints, never for the wire in clear. */
export function secret(length: number): Codec<Secret> {
  return mapped(
    bytes(length),
    (raw) => new Secret(raw),
    (value) => value.expose(),
  );
}

/** Well-formed UTF-8 of at most `maxBytes` bytes. */
export function text(maxBytes: number): Codec<string> {
  return {
    write: (writer, value) => writer.text(value, maxBytes),
    read: (reader) => reader.text(maxBytes),
  };
}

export const boolean: Codec<boolean> = {
  write: (writer, value) => writer.byte(value ? SIMPLE_TRUE : SIMPLE_FALSE),
  read(reader) {
    const byte = reader.byte();
    if (byte !== SIMPLE_TRUE && byte !== SIMPLE_FALSE) reader.fail("codec/wrong-type");
    return byte === SIMPLE_TRUE;
  },
};

/** `null` for undefined. */
export function optional<T>(item: Codec<T>): Codec<T | undefined> {
  return {
    write(writer, value) {
      if (value === undefined) writer.byte(SIMPLE_NULL);
      else item.write(writer, value);
    },
    read(reader) {
      if (reader.peek() !== SIMPLE_NULL) return item.read(reader);
      reader.byte();
      return undefined;
    },
  };
}

/** At most `max` items. */
export function array<T>(item: Codec<T>, max: number): Codec<readonly T[]> {
  return {
    write(writer, values) {
      assert(values.length <= max, "array exceeds its schema");
      writer.head(MAJOR_ARRAY, values.length);
      for (const value of values) item.write(writer, value);
    },
    read(reader) {
      const count = reader.head(MAJOR_ARRAY, max);
      const values: T[] = [];
      for (let i = 0; i < count && reader.failure === undefined; i++) values.push(item.read(reader));
      return values;
    },
  };
}

type Fields = Readonly<Record<string, Codec<never>>>;
type Struct<F> = { readonly [K in keyof F]: Decoded<F[K]> };

/** A name that an object keeps in declared order and as a property of its own. */
function isFieldName(name: string): boolean {
  return /^[a-z]\w*$/iu.test(name);
}

/** A fixed-length CBOR array of the fields in the order in which they are declared. */
export function struct<const F extends Readonly<Record<string, unknown>>>(
  fields: F & { readonly [K in keyof F]: Codec<Decoded<F[K]>> },
): Codec<Struct<F>> {
  const entries = Object.entries(fields as unknown as Fields) as unknown as readonly [string, Codec<unknown>][];
  for (const [name] of entries) assert(isFieldName(name), "not the name of a field");
  return {
    write(writer, value) {
      writer.head(MAJOR_ARRAY, entries.length);
      for (const [name, codec] of entries) codec.write(writer, (value as Record<string, unknown>)[name]);
    },
    read(reader) {
      const count = reader.head(MAJOR_ARRAY, entries.length);
      if (reader.failure === undefined && count !== entries.length) reader.fail("codec/out-of-range");
      const value: Record<string, unknown> = {};
      if (reader.failure === undefined) for (const [name, codec] of entries) value[name] = codec.read(reader);
      return value as Struct<F>;
    },
  };
}

type Variants = Readonly<Record<string, readonly [number, Codec<never>]>>;
type Union<V> = {
  readonly [K in keyof V]: { readonly kind: K } & (V[K] extends readonly [number, Codec<infer T>] ? T : never);
}[keyof V];

/** A closed union discriminated by `kind`, encoded as `[tag, fields]`. */
export function union<const V extends Readonly<Record<string, readonly [number, unknown]>>>(
  variants: V & { readonly [K in keyof V]: readonly [number, Codec<Decoded<V[K][1]>>] },
): Codec<Union<V>> {
  const byKind = new Map<string, readonly [number, Codec<unknown>]>();
  const byTag = new Map<number, readonly [string, Codec<unknown>]>();
  for (const [kind, [tag, codec]] of Object.entries(variants as unknown as Variants)) {
    assert(!byTag.has(tag), "two variants share a tag");
    byKind.set(kind, [tag, codec as Codec<unknown>]);
    byTag.set(tag, [kind, codec as Codec<unknown>]);
  }
  return {
    write(writer, value) {
      const variant = byKind.get((value as { kind: string }).kind);
      assert(variant !== undefined, "value of an unknown variant");
      writer.head(MAJOR_ARRAY, 2);
      writer.head(MAJOR_UINT, variant[0]);
      variant[1].write(writer, value);
    },
    read(reader) {
      const count = reader.head(MAJOR_ARRAY, 2);
      if (reader.failure === undefined && count !== 2) reader.fail("codec/out-of-range");
      const variant = byTag.get(reader.head(MAJOR_UINT, Number.MAX_SAFE_INTEGER));
      if (variant === undefined) reader.fail("codec/unknown-variant");
      if (variant === undefined || reader.failure !== undefined) return undefined as never;
      return { ...(variant[1].read(reader) as object), kind: variant[0] } as Union<V>;
    },
  };
}

/** A codec of another type over the same bytes; `to` must be total and `from` its inverse. */
export function mapped<A, B>(inner: Codec<A>, to: (value: A) => B, from: (value: B) => A): Codec<B> {
  return {
    write: (writer, value) => inner.write(writer, from(value)),
    read(reader) {
      const value = inner.read(reader);
      return reader.failure === undefined ? to(value) : (undefined as never);
    },
  };
}

/** A codec whose values must satisfy `holds`. */
export function refined<T>(inner: Codec<T>, holds: (value: T) => boolean): Codec<T> {
  return {
    write(writer, value) {
      assert(holds(value), "value violates its schema");
      inner.write(writer, value);
    },
    read(reader) {
      const value = inner.read(reader);
      if (reader.failure === undefined && !holds(value)) reader.fail("codec/out-of-range");
      return value;
    },
  };
}
