import type { PageComparison } from "../data.ts";
import type { Builder, PageElement } from "./dom.ts";

/** Both latency distributions of a comparison, or nothing where no message was read. */
export type Chart = (comparison: PageComparison) => PageElement | undefined;

/**
 * Draws cumulative distributions over a logarithmic axis of time. Embedded in the page as source: it must refer to nothing
 * outside itself.
 */
export function chart(build: Builder, duration: (ms: number) => string): Chart {
  const WIDTH = 640;
  const HEIGHT = 240;
  const LEFT = 44;
  const RIGHT = 20;
  const TOP = 12;
  const BOTTOM = 28;
  const SHARES = [0, 0.5, 0.9, 1];
  const SECOND = 1_000;
  const HOUR = 3_600 * SECOND;
  const MARKS = [1, 10, 100, SECOND, 10 * SECOND, 60 * SECOND, 600 * SECOND, HOUR, 10 * HOUR, 100 * HOUR, 1_000 * HOUR];

  return (comparison) => {
    const stacks = ["model", "libp2p"] as const;
    const values = stacks.flatMap((stack) => comparison[stack].steps.map((step) => Math.max(1, step.value)));
    if (values.length === 0) return undefined;
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const low = MARKS.findLast((mark) => mark <= least) ?? 1;
    const high = MARKS.find((mark) => mark > low && mark >= most) ?? most;
    const x = (ms: number): number => {
      const share = Math.log(Math.max(low, ms) / low) / Math.log(high / low);
      return Number((LEFT + share * (WIDTH - LEFT - RIGHT)).toFixed(1));
    };
    const y = (share: number): number => Number((HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)).toFixed(1));
    const line = (x1: number, y1: number, x2: number, y2: number): PageElement =>
      build.svg("line", { class: "grid", x1, y1, x2, y2 });
    const text = (left: number, top: number, anchor: string, content: string): PageElement =>
      build.svg("text", { x: left, y: top, "text-anchor": anchor }, content);
    const rows = SHARES.flatMap((share) => [
      line(LEFT, y(share), WIDTH - RIGHT, y(share)),
      text(LEFT - 6, y(share) + 4, "end", `${Math.round(share * 100)}%`),
    ]);
    const columns = MARKS.filter((mark) => mark >= low && mark <= high).flatMap((mark) => [
      line(x(mark), y(0), x(mark), y(1)),
      text(x(mark), HEIGHT - 8, "middle", duration(mark)),
    ]);
    // The dashes of the model over the line that they may coincide with.
    const curves = stacks.toReversed().map((stack) => {
      const steps = comparison[stack].steps.map((step) => `H${x(step.value)}V${y(step.share)}`);
      const end = steps.length === 0 ? "" : `H${x(high)}`;
      return build.svg("path", { class: `curve ${stack}`, d: `M${x(low)} ${y(0)}${steps.join("")}${end}` });
    });
    const label = `Share of messages read within a time, ${comparison.scenario}: model dashed, libp2p solid`;
    const attributes = { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label };
    return build.svg("svg", attributes, ...rows, ...columns, ...curves);
  };
}
