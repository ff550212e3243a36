import { describe, expect, test } from "vitest";
import {
  array,
  boolean,
  bytes,
  bytesUpTo,
  type Codec,
  decode,
  mapped,
  optional,
  refined,
  struct,
  text,
  uint,
  union,
} from "./schema.ts";
import { type CodecCode, Reader, Writer } from "./wire.ts";

const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));

function refusal(codec: Codec<unknown>, hex: string): CodecCode | undefined {
  const decoded = decode(codec, fromHex(hex), 1 << 20);
  return decoded.ok ? undefined : decoded.error;
}

describe("bytes that are CBOR but not in its one deterministic form (RFC 8949 section 4.2.1) are refused", () => {
  const anything = bytesUpTo(1 << 30);
  const rows: readonly (readonly [string, Codec<unknown>, string, CodecCode])[] = [
    ["an integer in one byte more than it needs", uint(), "1817", "codec/not-canonical"],
    ["in two", uint(), "1900ff", "codec/not-canonical"],
    ["in four", uint(), "1a0000ffff", "codec/not-canonical"],
    ["in eight", uint(), "1b00000000ffffffff", "codec/not-canonical"],
    ["a length longer than it needs", anything, "580101", "codec/not-canonical"],
    ["an indefinite byte string", anything, "5f4101ff", "codec/not-canonical"],
    ["an indefinite text", text(9), "7f6161ff", "codec/not-canonical"],
    ["an indefinite array", array(uint(), 9), "9f01ff", "codec/not-canonical"],
    ["reserved additional information", uint(), "1c", "codec/not-canonical"],
    ["a negative integer", uint(), "20", "codec/wrong-type"],
    ["a tag", uint(), "c001", "codec/wrong-type"],
    ["a float", uint(), "f93c00", "codec/wrong-type"],
    ["a map", struct({ a: uint() }), "a1616101", "codec/wrong-type"],
    ["undefined for an absent value", optional(uint()), "f7", "codec/wrong-type"],
    ["a break alone", optional(uint()), "ff", "codec/wrong-type"],
    ["a simple value of two bytes for false", boolean, "f814", "codec/wrong-type"],
    ["null for a boolean", boolean, "f6", "codec/wrong-type"],
    ["overlong UTF-8", text(9), "62c080", "codec/not-canonical"],
    ["a surrogate in UTF-8", text(9), "63eda080", "codec/not-canonical"],
    ["UTF-8 that is cut", text(9), "61c3", "codec/not-canonical"],
    ["UTF-8 beyond U+10FFFF", text(9), "64f4908080", "codec/not-canonical"],
  ];
  test.each(rows)("%s", (_, codec, hex, code) => {
    expect(refusal(codec, hex)).toBe(code);
  });
});

describe("numbers out of range are refused without being believed", () => {
  const rows: readonly (readonly [string, Codec<unknown>, string, CodecCode])[] = [
    ["an integer above its bound", uint(9), "0a", "codec/out-of-range"],
    ["2^53, which a double cannot tell from its neighbour", uint(), "1b0020000000000000", "codec/out-of-range"],
    ["2^64 − 1", uint(), "1bffffffffffffffff", "codec/out-of-range"],
    ["a fixed length one short", bytes(2), "4101", "codec/out-of-range"],
    ["a fixed length one long", bytes(2), "43010203", "codec/out-of-range"],
    [
      "a length of 2^53 − 1 with nothing behind it",
      bytesUpTo(Number.MAX_SAFE_INTEGER),
      "5b001fffffffffffff",
      "codec/truncated",
    ],
    ["a length above its bound", bytesUpTo(4), "4501020304", "codec/out-of-range"],
    ["a count above its bound", array(uint(), 2), "83010203", "codec/out-of-range"],
    ["a count of 2^32 with nothing behind it", array(uint(), 2 ** 40), "9b0000000100000000", "codec/truncated"],
    ["one field too few", struct({ a: uint(), b: uint() }), "8101", "codec/out-of-range"],
    ["one field too many", struct({ a: uint() }), "820102", "codec/out-of-range"],
    ["a variant nobody knows", union({ a: [0, struct({})] }), "820780", "codec/unknown-variant"],
    ["a variant without its fields", union({ a: [0, struct({})] }), "8100", "codec/out-of-range"],
    ["a value that its refinement excludes", refined(uint(), (value) => value > 3), "03", "codec/out-of-range"],
  ];
  test.each(rows)("%s", (_, codec, hex, code) => {
    expect(refusal(codec, hex)).toBe(code);
  });
});

describe("Reader", () => {
  test("remembers the first failure only, and reads nothing after it", () => {
    const reader = new Reader(fromHex("2001f5"));
    expect(reader.head(0, 9)).toBe(0);
    expect(reader.failure).toBe("codec/wrong-type");
    const remaining = reader.remaining;
    expect(reader.byte()).toBe(0);
    expect(reader.head(0, 9)).toBe(0);
    expect(reader.raw(1)).toEqual(new Uint8Array(0));
    expect(reader.text(9)).toBe("");
    reader.fail("codec/trailing-bytes");
    expect(reader.failure).toBe("codec/wrong-type");
    expect(reader.remaining).toBe(remaining);
  });

  test("runs no conversion and no predicate on the value of a failed read", () => {
    const touched: string[] = [];
    const watched = mapped(
      refined(uint(), () => touched.push("refined") > 0),
      (value) => touched.push("mapped") + value,
      (value) => value,
    );
    expect(refusal(struct({ a: boolean, b: watched }), "820100")).toBe("codec/wrong-type");
    expect(touched).toEqual([]);
  });

  test("stops at the first bad item of an array, however many it claims", () => {
    let reads = 0;
    const counted: Codec<number> = {
      write: (writer, value) => uint().write(writer, value),
      read(reader) {
        reads++;
        return uint().read(reader);
      },
    };
    expect(refusal(array(counted, 2 ** 40), "9b00000001000000000102f5")).toBe("codec/wrong-type");
    expect(reads).toBe(3);
  });
});

describe("text", () => {
  test("keeps a byte order mark, wherever it stands", () => {
    for (const value of ["\ufeff", "\ufeff\ufeffa", "a\ufeff", "\ufffd"]) {
      const writer = new Writer();
      writer.text(value, 99);
      expect(decode(text(99), writer.finish(), 99)).toEqual({ ok: true, value });
    }
  });
});

test("a writer that was finished starts anew and holds nothing of what it wrote", () => {
  const writer = new Writer();
  writer.bytes(new Uint8Array(300).fill(7));
  expect(writer.finish().length).toBe(303);
  expect(writer.finish().length).toBe(0);
  writer.raw(Uint8Array.of(1));
  expect([...writer.finish()]).toEqual([1]);
});
