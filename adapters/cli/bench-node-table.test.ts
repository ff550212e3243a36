import { expect, test } from "vitest";
import { benchNode } from "../bench/node/index.ts";
import { nodeLines, nodeTables } from "./bench-node-table.ts";

test("two nodes that talk for a moment give every figure", { timeout: 300_000 }, async () => {
  const bench = await benchNode({ bytes: [100], seconds: 1, meetings: 1, conversations: [0, 3] });
  expect(bench.idle.map(({ sessions }) => sessions)).toEqual([0, 3]);
  for (const { oneWayMs, perSecond, receiptMs } of bench.messages) {
    expect(perSecond).toBeGreaterThan(0);
    expect(oneWayMs.count).toBeGreaterThan(0);
    expect(oneWayMs.p50).toBeLessThan(receiptMs.p99);
  }
  const [times, saturated, idle] = nodeTables(bench);
  expect(times?.columns).toEqual(["p50", "p90", "p99"]);
  expect(saturated?.columns).toEqual(["100 B"]);
  expect(idle?.columns).toEqual(["0", "3"]);
  for (const { cells, name } of [times, saturated].flatMap((table) => table?.blocks[0]?.rows ?? [])) {
    for (const cell of cells) expect(cell, name).toMatch(/^[\d.]+ (ms|\/s|MiB)$/u);
  }
  for (const line of nodeLines(bench)) {
    const { p50, value = p50 } = JSON.parse(line) as { readonly p50?: number; readonly value?: number };
    expect(value, line).toBeGreaterThan(0);
  }
});
