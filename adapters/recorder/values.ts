import { bytes, bytesUpTo, type Codec, mapped, refined, union } from "../../core/codec/index.ts";

/** The longest recording, in bytes: the node goes on without one when it is full. */
export const RECORDING_BYTES_MAX: number = 2 ** 28;
/** Items of any list in a recording. */
export const ITEMS_MAX = 1_024;

export const data: Codec<Uint8Array> = bytesUpTo(RECORDING_BYTES_MAX);

/** Any number of JavaScript's, as IEEE 754 binary64, big-endian; one NaN. */
export const number: Codec<number> = mapped(
  refined(bytes(8), (raw) => Buffer.compare(raw, numberBytes(readNumber(raw))) === 0),
  readNumber,
  numberBytes,
);

/** Any string of JavaScript's, lone surrogates too: UTF-16, little-endian. */
export const string: Codec<string> = mapped(
  refined(data, ({ length }) => length % 2 === 0),
  (raw) => Buffer.from(raw).toString("utf16le"),
  stringBytes,
);

export function numberBytes(value: number): Uint8Array {
  const raw = new Uint8Array(8);
  new DataView(raw.buffer).setFloat64(0, Number.isNaN(value) ? Number.NaN : value);
  return raw;
}

export function stringBytes(value: string): Uint8Array {
  return Buffer.from(value, "utf16le");
}

function readNumber(raw: Uint8Array): number {
  return new DataView(raw.buffer, raw.byteOffset).getFloat64(0);
}

/** A tag and the fields for every kind of a union; a kind or a field that is missing does not compile. */
type Table<U extends { readonly kind: string }> = {
  readonly [K in U["kind"]]: readonly [number, Codec<Omit<Extract<U, { readonly kind: K }>, "kind">>];
};

export function tagged<U extends { readonly kind: string }>(table: Table<U>): Codec<U> {
  return union(table as unknown as Readonly<Record<string, readonly [number, Codec<never>]>>) as unknown as Codec<U>;
}
