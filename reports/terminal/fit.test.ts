import fc from "fast-check";
import { expect, test } from "vitest";
import { clip, columns, pad, printable, wrap } from "./fit.ts";

test("columns count wide characters twice and marks not at all", () => {
  expect(columns("abc")).toBe(3);
  expect(columns("छाया")).toBe(2);
  expect(columns("影子")).toBe(4);
});

test("printable leaves no way to steer a terminal", () => {
  expect(printable("a\u001B[31mb\r\nc\u202Ed\u0007")).toBe("a[31mb cd");
});

test("clip marks what it cut and never splits a wide character", () => {
  expect(clip("abcdef", 6)).toBe("abcdef");
  expect(clip("abcdef", 4)).toBe("abc…");
  expect(clip("影子", 3)).toBe("影…");
  expect(clip("abc", 0)).toBe("");
});

test("pad fills to the width on the side asked for", () => {
  expect(pad("7", 3, "right")).toBe("  7");
  expect(pad("7", 3, "left")).toBe("7  ");
  expect(columns(pad("影子", 2, "left"))).toBe(2);
});

test("wrap loses nothing but spaces and keeps to the width", () => {
  expect(wrap("one two three", 7)).toEqual(["one two", "three"]);
  expect(wrap("abcdefgh ij", 4)).toEqual(["abcd", "efgh", "ij"]);
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 2, max: 30 }), (raw, width) => {
      const text = printable(raw).trim();
      const lines = wrap(text, width);
      for (const line of lines) expect(columns(line)).toBeLessThanOrEqual(width);
      expect(lines.join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
    }),
  );
});
