import { expect, test } from "vitest";
import { benchDirectory, LABELS_MIN } from "../bench/index.ts";
import { directoryLines, directoryTable } from "./bench-table.ts";

// Every proof is verified as it is measured, so a figure that comes out is one of something that works.
test("a small directory gives every figure of the table", { timeout: 240_000 }, async () => {
  const result = await benchDirectory({ labels: LABELS_MIN, storage: "sqlite", rounds: 1, epochs: 1 });
  const { blocks, columns } = directoryTable([result, { ...result, labels: 1_000_000 }]);
  expect(columns).toEqual([`${LABELS_MIN} labels`, "1,000,000 labels"]);
  for (const { heading, rows } of blocks) {
    for (const { aim, cells, met, name } of rows) {
      const form = heading === "sizes" ? /^[\d,]+ B$/u : /^[\d.]+ \/ [\d.]+ m?s$/u;
      for (const cell of cells) expect(cell, `${heading}, ${name}`).toMatch(form);
      expect(met === undefined, name).toBe(aim === "");
    }
  }
  const lines = directoryLines(result).map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.length).toBeGreaterThanOrEqual(blocks.reduce((sum, { rows }) => sum + rows.length, 0));
  for (const line of lines) {
    expect(line).toMatchObject({ benchmark: "directory", labels: LABELS_MIN, storage: "sqlite" });
    expect(line["median"], String(line["name"])).toBeGreaterThan(0);
  }
});
