import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { figureTable } from "./figures.ts";

const table = {
  title: "directory",
  columns: ["1,000 labels", "1,000,000 labels"],
  blocks: [
    {
      heading: "proofs",
      rows: [
        { name: "lookup: made", cells: ["0.20 / 0.31 ms", "0.62 / 0.91 ms"], aim: "< 1 ms", met: true },
        { name: "lookup: verified", cells: ["4.10 / 5.30 ms", "5.10 / 6.00 ms"], aim: "< 5 ms", met: false },
        { name: "absence: made", cells: ["1.20 / 1.41 ms", ""], aim: "", met: undefined },
      ],
    },
    { heading: "sizes", rows: [{ name: "lookup", cells: ["1,990 B", "2,616 B"], aim: "< 3,000 B", met: undefined }] },
  ],
  notes: ["Median / 95th percentile."],
};

test("figures stand under their columns, aims beside them with a mark once they are judged", () => {
  expect(figureTable(table, { color: false, width: 120 }).split("\n")).toEqual([
    "directory",
    "",
    "                    1,000 labels  1,000,000 labels  aim",
    "────────────────  ──────────────  ────────────────  ───────────",
    "proofs",
    "lookup: made      0.20 / 0.31 ms    0.62 / 0.91 ms  < 1 ms ✔",
    "lookup: verified  4.10 / 5.30 ms    5.10 / 6.00 ms  < 5 ms ✘",
    "absence: made     1.20 / 1.41 ms",
    "sizes",
    "lookup                   1,990 B           2,616 B  < 3,000 B",
    "",
    "Median / 95th percentile.",
    "",
  ]);
});

test("a narrow terminal cuts names, never figures", () => {
  const text = figureTable(table, { color: false, width: 20 });
  expect(text).toContain("lookup: ver…  4.10 / 5.30 ms    5.10 / 6.00 ms  < 5 ms ✘");
});

test("colour changes nothing but colour", () => {
  const coloured = figureTable(table, { color: true, width: 120 });
  expect(coloured).toContain("\u001B[3");
  expect(stripVTControlCharacters(coloured)).toBe(figureTable(table, { color: false, width: 120 }));
});
