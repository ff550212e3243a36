import { clip, pad, printable } from "./fit.ts";

const BAR_COLUMNS = 20;

/** One status line, without a line end, of at most `width` columns: a bar, the count, and what is running. */
export function progressLine(done: number, total: number, running: readonly string[], width: number): string {
  const count = `${pad(String(done), String(total).length, "right")}/${total}`;
  const filled = total > 0 ? Math.floor((Math.min(done, total) / total) * BAR_COLUMNS) : 0;
  const bar = `${"━".repeat(filled)}${"─".repeat(BAR_COLUMNS - filled)}`;
  const line = width >= BAR_COLUMNS * 2 ? `${bar} ${count}` : count;
  return clip(running.length > 0 ? `${line}  ${printable(running.join(", "))}` : line, width);
}
