import { styleText } from "node:util";
import type { Comparison } from "../../sim/result.ts";
import {
  compareByScenario,
  comparisonSummary,
  differencesOf,
  isSame,
  remarks,
  type ScenarioComparison,
} from "../comparison.ts";
import { briefDuration } from "../duration.ts";
import { quantiles } from "../quantiles.ts";
import { replayCommand } from "../replay.ts";
import { clip, columns, pad, printable, wrap } from "./fit.ts";

type Style = Parameters<typeof styleText>[0];

const GAP = "  ";
const NAME_COLUMNS_MIN = 12;

interface Column {
  readonly title: string;
  readonly side: "left" | "right";
  readonly cell: (row: ScenarioComparison) => string;
}

const COLUMNS: readonly Column[] = [
  { title: "scenario", side: "left", cell: ({ scenario }) => printable(scenario) },
  {
    title: "same",
    side: "left",
    cell: (row) => `${isSameInAll(row) ? "✔" : "✘"} ${row.same}/${row.comparisons.length}`,
  },
  { title: "compared", side: "right", cell: ({ compared }) => compared.toLocaleString("en-US") },
  { title: "not comparable", side: "right", cell: ({ notComparable }) => sum(notComparable).toLocaleString("en-US") },
  { title: "model p50 / p90 / p99", side: "right", cell: ({ latencies }) => spread(latencies.model) },
  { title: "libp2p p50 / p90 / p99", side: "right", cell: ({ latencies }) => spread(latencies.libp2p) },
];

/**
 * A line a scenario, over its seeds: whether it ends the same on both stacks, how many messages were compared, and how
 * long they took from saying to reading. Below it a block for each scenario with something to say: what differs, what could
 * not be compared and why. Ends with a line end. Names are clipped in a narrow terminal, figures never.
 */
export function comparisonTable(
  comparisons: readonly Comparison[],
  options: { readonly color: boolean; readonly width: number },
): string {
  const paint = (style: Style, text: string): string =>
    options.color ? styleText(style, text, { validateStream: false }) : text;
  const width = Math.max(2, options.width);
  const rows = compareByScenario(comparisons);
  const widths = COLUMNS.map(({ cell, title }) => Math.max(...[title, ...rows.map(cell)].map(columns)));
  const figures = widths.slice(1).reduce((total, each) => total + GAP.length + each, 0);
  widths[0] = Math.max(NAME_COLUMNS_MIN, Math.min(widths[0] ?? 0, width - figures));
  const line = (text: (column: Column, at: number) => string): string => COLUMNS.map(text).join(GAP).trimEnd();
  const head = line(({ side, title }, at) => pad(title, widths[at] ?? 0, side));
  const rule = widths.map((each) => "─".repeat(each)).join(GAP);
  const body = rows.map((row) =>
    line((column, at) => {
      const text = pad(column.cell(row), widths[at] ?? 0, column.side);
      return column.title === "same" ? paint(isSameInAll(row) ? "green" : ["red", "bold"], text) : text;
    }),
  );
  const blocks = rows.flatMap((row) => {
    const style: Style = isSameInAll(row) ? "dim" : "red";
    const lines = [...row.comparisons.flatMap(toldOf), ...remarks(row)];
    if (lines.length === 0) return [];
    const title = paint("bold", clip(printable(row.scenario), width));
    const text = lines.flatMap((each) => wrap(printable(each), width - 2)).map((each) => `  ${paint(style, each)}`);
    return [[title, ...text].join("\n")];
  });
  const end = paint(rows.every(isSameInAll) ? ["green", "bold"] : ["red", "bold"], comparisonSummary(rows));
  return `${[[paint("dim", head), paint("dim", rule), ...body].join("\n"), ...blocks, end].join("\n\n")}\n`;
}

function isSameInAll({ comparisons }: ScenarioComparison): boolean {
  return comparisons.every(isSame);
}

/** What differs, and the command that shows it again. */
function toldOf(comparison: Comparison): string[] {
  return isSame(comparison) ? [] : [...differencesOf(comparison), replayCommand({ ...comparison, stack: "both" })];
}

function spread(sorted: readonly number[]): string {
  const found = quantiles(sorted);
  return found === undefined ? "–" : [found.p50, found.p90, found.p99].map(briefDuration).join(" / ");
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
