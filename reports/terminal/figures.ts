import { styleText } from "node:util";
import { clip, columns, pad, printable, wrap } from "./fit.ts";

/** One measured thing, at every size. */
export interface FigureRow {
  readonly name: string;
  /** A value a column, as {@link FigureTable.columns} has them; empty where there is none. */
  readonly cells: readonly string[];
  /** What it is to be; empty where nothing is aimed at. */
  readonly aim: string;
  /** Undefined where nothing is aimed at, or it was not measured where the aim applies. */
  readonly met: boolean | undefined;
}

export interface FigureTable {
  readonly title: string;
  readonly columns: readonly string[];
  /** Blocks of rows, each under its heading. */
  readonly blocks: readonly { readonly heading: string; readonly rows: readonly FigureRow[] }[];
  readonly notes: readonly string[];
}

const GAP = "  ";

/**
 * Figures side by side, with what is aimed at. Ends with a line end. Names are clipped in a narrow terminal, figures
 * never: below the width that these take, lines are longer.
 */
export function figureTable(table: FigureTable, options: { readonly color: boolean; readonly width: number }): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    options.color ? styleText(style, text, { validateStream: false }) : text;
  const rows = table.blocks.flatMap((block) => block.rows);
  const widths = table.columns.map((title, i) =>
    Math.max(...[title, ...rows.map(({ cells }) => cells[i] ?? "")].map(columns)),
  );
  const aims = Math.max(3, ...rows.map(({ aim }) => columns(aim) + 2));
  const figures = [...widths, aims].reduce((sum, width) => sum + GAP.length + width, 0);
  const natural = Math.max(
    ...table.blocks.map(({ heading }) => columns(heading)),
    ...rows.map(({ name }) => columns(name)),
  );
  const names = Math.max(12, Math.min(natural, options.width - figures));
  const rule = paint("dim", [names, ...widths, aims].map((width) => "─".repeat(width)).join(GAP));
  const head = [pad("", names, "left"), ...table.columns.map((title, i) => pad(title, widths[i] ?? 0, "right")), "aim"];
  const lines = table.blocks.flatMap((block) => [
    paint("bold", clip(printable(block.heading), names)),
    ...block.rows.map(({ aim, cells, met, name }) => {
      const values = widths.map((width, i) => pad(cells[i] ?? "", width, "right"));
      const mark = met === undefined ? "" : met ? " ✔" : " ✘";
      const end = met === undefined ? aim : paint(met ? "green" : "red", `${aim}${mark}`);
      return [pad(printable(name), names, "left"), ...values, end].join(GAP).trimEnd();
    }),
  ]);
  const notes = table.notes.flatMap((note) => wrap(printable(note), options.width)).map((line) => paint("dim", line));
  const top = [paint("bold", printable(table.title)), "", paint("dim", head.join(GAP)), rule];
  return `${[...top, ...lines, ...(notes.length > 0 ? ["", ...notes] : [])].join("\n")}\n`;
}
