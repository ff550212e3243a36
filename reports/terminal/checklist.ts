import { styleText } from "node:util";
import { clip, columns, printable, wrap } from "./fit.ts";

export interface ChecklistItem {
  readonly says: string;
  /** Undefined when it was not reached. */
  readonly held: boolean | undefined;
}

export interface Checklist {
  readonly title: string;
  readonly held: boolean;
  /** What there is to know: name and value. */
  readonly facts: readonly (readonly [string, string])[];
  readonly checks: readonly ChecklistItem[];
}

const INDENT = "  ";

/**
 * A verdict with what led to it: a title with a tick or a cross, facts in two columns, one line a check. Ends with a
 * line end. Long facts are broken, and no line exceeds `width` columns, except for a word that has to be copied whole.
 */
export function checklist(
  { checks, facts, held, title }: Checklist,
  options: { readonly color: boolean; readonly width: number },
): string {
  const paint = (style: Parameters<typeof styleText>[0], text: string): string =>
    options.color ? styleText(style, text, { validateStream: false }) : text;
  const width = Math.max(2, options.width);
  const verdict = paint([held ? "green" : "red", "bold"], clip(`${held ? "✔" : "✘"} ${printable(title)}`, width));
  const names = Math.max(0, ...facts.map(([name]) => columns(name)));
  const factLines = facts.flatMap(([name, value]) => {
    const lead = `${INDENT}${name.padEnd(names)}${INDENT}`;
    return broken(printable(value), width - lead.length).map((line, i) =>
      i === 0 ? `${INDENT}${paint("dim", name.padEnd(names))}${INDENT}${line}` : " ".repeat(lead.length) + line,
    );
  });
  const checkLines = checks.flatMap(({ held: passed, says }) => {
    const mark = passed === undefined ? "–" : passed ? "✔" : "✘";
    const style = passed === undefined ? "dim" : passed ? "green" : "red";
    return wrap(printable(says), width - 4).map((line, i) =>
      i === 0 ? `${INDENT}${paint(style, mark)} ${line}` : `${INDENT}  ${line}`,
    );
  });
  const blocks = [[verdict], factLines, checkLines].filter((lines) => lines.length > 0);
  return `${blocks.map((lines) => lines.join("\n")).join("\n\n")}\n`;
}

/** Broken at spaces; a single long word stays whole. */
function broken(text: string, width: number): string[] {
  return text.includes(" ") ? wrap(text, width) : [text];
}
