import fc from "fast-check";
import { expect, test } from "vitest";
import { LINE_BYTES_MAX, LineReader } from "./lines.ts";

test("lines come out as they went in, however they are cut", () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: "binary" })), fc.array(fc.nat({ max: 40 })), (texts, cuts) => {
      const lines = texts.map((text) => text.replaceAll("\n", "").toWellFormed());
      const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(""));
      const reader = new LineReader();
      const read: string[] = [];
      let start = 0;
      for (const length of [...cuts, bytes.length]) {
        read.push(...(reader.read(bytes.subarray(start, start + length)) ?? ["too long"]));
        start += length;
      }
      expect(read).toEqual(lines);
    }),
  );
});

test("a line that is too long is refused before it has ended", () => {
  const reader = new LineReader();
  expect(reader.read(Buffer.alloc(LINE_BYTES_MAX, 0x61))).toEqual([]);
  expect(reader.read(Buffer.from("\n"))).toEqual(["a".repeat(LINE_BYTES_MAX)]);
  expect(reader.read(Buffer.alloc(LINE_BYTES_MAX, 0x61))).toEqual([]);
  expect(reader.read(Buffer.from("a"))).toBeUndefined();
});
