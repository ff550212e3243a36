import { styleText } from "node:util";
import type { RunResult } from "../../sim/result.ts";
import { clock, duration } from "../duration.ts";
import { replayCommand } from "../replay.ts";
import { failures, type ScenarioTally, summary, tallyByScenario } from "../tally.ts";
import { clip, columns, pad, printable, wrap } from "./fit.ts";

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

interface Column {
  readonly title: string;
  readonly side: "left" | "right";
  readonly cell: (tally: ScenarioTally) => string;
  readonly style?: (tally: ScenarioTally) => Style;
}

const GAP = "  ";
const NAME_COLUMNS_MIN = 12;

const isHeld = (tally: ScenarioTally): boolean => tally.held === tally.runs.length;
const verdictStyle = (tally: ScenarioTally): Style => (isHeld(tally) ? "green" : ["red", "bold"]);

const COLUMNS: readonly Column[] = [
  { title: "scenario", side: "left", cell: (tally) => printable(tally.label) },
  { title: "seeds held", side: "right", cell: (tally) => `${tally.held}/${tally.runs.length}` },
  {
    title: "verdict",
    side: "left",
    cell: (tally) => (isHeld(tally) ? "✔ held" : "✘ failed"),
    style: verdictStyle,
  },
  {
    title: "oracles failed",
    side: "left",
    cell: (tally) => printable(tally.failedOracles.join(", ")) || "–",
    style: (tally) => (tally.failedOracles.length === 0 ? "dim" : "red"),
  },
  { title: "virtual time", side: "right", cell: (tally) => duration(tally.virtualMs) },
  { title: "events", side: "right", cell: (tally) => tally.events.toLocaleString("en-US") },
  { title: "wall time", side: "right", cell: (tally) => duration(tally.wallMs), style: () => "dim" },
];

/** What a narrow terminal does without, the least missed first. */
const DISPENSABLE: readonly string[] = ["wall time", "events", "virtual time", "oracles failed", "seeds held"];

/**
 * A table with one row a scenario (times and events summed over its seeds), a block for every failed run with
 * the command that replays it, and one summary line. Ends with a line end; no line exceeds `width` columns.
 */
export function verdictTable(
  results: readonly RunResult[],
  options: { readonly color: boolean; readonly width: number },
): string {
  // The caller has judged the stream already; styleText must not judge standard output again.
  const paint: Paint = (style, text) => (options.color ? styleText(style, text, { validateStream: false }) : text);
  const width = Math.max(2, options.width);
  const tallies = tallyByScenario(results);
  const failed = tallies.flatMap((tally) => tally.runs.filter((run) => run.verdict === "failed"));
  const end = paint(failed.length > 0 ? ["red", "bold"] : ["green", "bold"], clip(summary(results), width));
  const blocks = [
    ...(tallies.length > 0 ? [table(tallies, width, paint)] : []),
    ...failed.map((run) => failureBlock(run, width, paint)),
    [end],
  ];
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

function table(tallies: readonly ScenarioTally[], width: number, paint: Paint): string[] {
  const { shown, widths } = layout(tallies, width);
  const line = (cell: (column: Column, text: (value: string) => string) => string): string =>
    shown
      .map((column, at) =>
        cell(column, (value) => {
          const padded = pad(value, widths[at] ?? 0, column.side);
          return at === shown.length - 1 && value !== "" ? padded.trimEnd() : padded;
        }),
      )
      .join(GAP);
  return [
    line((column, text) => paint("dim", text(column.title))),
    paint(
      "dim",
      line((_, text) => text("").replaceAll(" ", "─")),
    ),
    ...tallies.map((tally) =>
      line((column, text) => {
        const value = text(column.cell(tally));
        return column.style ? paint(column.style(tally), value) : value;
      }),
    ),
  ];
}

/** Drops columns until the rest fits with room for a name, then shares what is left between the two texts. */
function layout(tallies: readonly ScenarioTally[], width: number): { shown: readonly Column[]; widths: number[] } {
  const natural = new Map(
    COLUMNS.map((column) => [column, Math.max(...[column.title, ...tallies.map(column.cell)].map(columns))]),
  );
  const total = (kept: readonly Column[]): number =>
    kept.reduce((sum, column, at) => {
      const full = natural.get(column) ?? 0;
      const elastic = column.title === "scenario" || column.title === "oracles failed";
      return sum + (elastic ? Math.min(full, NAME_COLUMNS_MIN) : full) + (at > 0 ? GAP.length : 0);
    }, 0);
  let shown: readonly Column[] = COLUMNS;
  for (const title of DISPENSABLE) {
    if (total(shown) > width) shown = shown.filter((column) => column.title !== title);
  }
  const widths = shown.map((column) => natural.get(column) ?? 0);
  const shrink = (title: string, least: number): void => {
    const at = shown.findIndex((column) => column.title === title);
    const over = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length) - width;
    if (at >= 0 && over > 0) widths[at] = Math.max(Math.min(least, widths[at] ?? 0), (widths[at] ?? 0) - over);
  };
  shrink("oracles failed", NAME_COLUMNS_MIN);
  shrink("scenario", 1);
  // Below any sensible width only the name is left, clipped.
  const fits = widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length) <= width;
  return fits ? { shown, widths } : { shown: shown.slice(0, 1), widths: [Math.min(widths[0] ?? 0, width)] };
}

function failureBlock(run: RunResult, width: number, paint: Paint): string[] {
  const lines = [paint(["red", "bold"], clip(`✘ ${printable(run.scenario)}, seed ${run.seed}`, width))];
  for (const oracle of failures(run)) {
    const when = oracle.atMs === undefined ? "" : `at ${clock(oracle.atMs)}`;
    lines.push(...indented(printable(`${oracle.name} ${when}`).trim(), width, (text) => paint("bold", text)));
    lines.push(...indented(printable(oracle.message ?? "failed"), width, (text) => text));
  }
  return [...lines, ...commandLines(replayCommand(run), width).map((line) => paint("cyan", line))];
}

function indented(text: string, width: number, style: (line: string) => string): string[] {
  const indent = width < 20 ? "" : "  ";
  return wrap(text, width - indent.length).map((line) => indent + style(line));
}

/** A command too long for one line continues after a backslash, so that it can still be copied whole. */
function commandLines(command: string, width: number): string[] {
  const indent = width < 20 ? "" : "  ";
  const text = printable(command);
  if (columns(text) + indent.length <= width) return [indent + text];
  const room = width - indent.length - 2;
  const lines: string[] = [];
  for (const option of text.split(/ (?=--)/)) {
    const joined = `${lines.at(-1) ?? ""} ${option}`.trim();
    if (columns(joined) <= room) lines.splice(-1, 1, joined);
    else lines.push(...wrap(option, room));
  }
  return lines.map((line, at) => clip(`${indent}${line}${at < lines.length - 1 ? " \\" : ""}`, width));
}
