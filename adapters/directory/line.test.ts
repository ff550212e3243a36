import fc from "fast-check";
import { expect, test } from "vitest";
import { bytesUpTo, struct } from "../../core/codec/index.ts";
import { fromLine, type Line, lineOf, toLine } from "./line.ts";

const line: Line<{ readonly data: Uint8Array }> = lineOf("CHHAYATEST1", "a test", struct({ data: bytesUpTo(40) }), 64);
const other: typeof line = { ...line, prefix: "CHHAYATEST2" };

test("what is written is read again, however it was copied", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 20 }), (data, width) => {
      const text = toLine(line, { data });
      expect(text).toMatch(/^CHHAYATEST1:[A-Z2-7]+$/u);
      const broken = text.toLowerCase().replaceAll(new RegExp(`.{${width}}`, "gu"), "$& \r\n\t");
      for (const copy of [text, broken]) expect(fromLine(line, copy)).toEqual({ ok: true, value: { data } });
    }),
  );
});

test("no other character anywhere is taken for it", () => {
  const text = toLine(line, { data: new Uint8Array(20).fill(7) });
  for (let i = 0; i < text.length; i++) {
    const altered = `${text.slice(0, i)}${text[i] === "Q" ? "R" : "Q"}${text.slice(i + 1)}`;
    expect(fromLine(line, altered).ok, altered).toBe(false);
  }
  for (let end = 0; end < text.length; end++) expect(fromLine(line, text.slice(0, end)).ok).toBe(false);
});

test.each([
  ["another kind", toLine(other, { data: new Uint8Array(3) }), "line/other-kind"],
  [
    "another kind under this name",
    toLine(other, { data: new Uint8Array(3) }).replace("TEST2", "TEST1"),
    "line/checksum",
  ],
  ["nothing", "", "line/other-kind"],
  ["only a name", "CHHAYATEST1:", "line/checksum"],
  ["foreign characters", "CHHAYATEST1:0189", "line/checksum"],
  ["too much", toLine(line, { data: new Uint8Array(3) }) + " ".repeat(500), "line/other-kind"],
])("%s is refused", (_, text, code) => {
  expect(fromLine(line, text)).toEqual({ ok: false, error: code });
});

test("a whole line that is no value of the kind is told from a damaged one", () => {
  const loose: Line<Uint8Array> = { ...line, toBytes: (bytes) => bytes, fromBytes: (value) => ({ ok: true, value }) };
  expect(fromLine(line, toLine(loose, Uint8Array.of(0xff)))).toEqual({ ok: false, error: "line/malformed" });
});

test("any text gives a value or a code", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(fromLine(line, text).ok).toBe(false);
      expect(fromLine(line, `CHHAYATEST1:${text}`)).toHaveProperty("ok");
    }),
  );
});
