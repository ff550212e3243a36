import type { PageComparison, PageLatencies } from "../data.ts";
import type { Chart } from "./chart.ts";
import type { Builder, PageElement } from "./dom.ts";

/** Every scenario that ran on both stacks. Embedded in the page as source: it must refer to nothing outside itself. */
export function comparisonDetail(
  build: Builder,
  briefDuration: (ms: number) => string,
  chart: Chart,
  all: readonly PageComparison[],
): PageElement {
  const count = (n: number): string => n.toLocaleString("en-US");

  function quantiles({ libp2p, model }: PageComparison): PageElement {
    const cell = (content: string): PageElement => build.html("td", { class: "number" }, content);
    const row = (stack: string, { messages, quantiles: found }: PageLatencies): PageElement => {
      const values = found ? [found.p50, found.p90, found.p99].map(briefDuration) : ["–", "–", "–"];
      const name = build.html("th", { scope: "row" }, build.html("span", { class: `key ${stack}` }, stack));
      return build.html("tr", {}, name, cell(count(messages)), ...values.map(cell));
    };
    const heads = ["", "read", "p50", "p90", "p99"].map((title, at) =>
      build.html("th", { scope: "col", class: at > 0 ? "number" : undefined }, title),
    );
    const head = build.html("thead", {}, build.html("tr", {}, ...heads));
    const body = build.html("tbody", {}, row("model", model), row("libp2p", libp2p));
    return build.html("table", { class: "quantiles" }, head, body);
  }

  function list(kind: string, lines: readonly string[]): PageElement | undefined {
    if (lines.length === 0) return undefined;
    return build.html("ul", { class: kind }, ...lines.map((line) => build.html("li", {}, line)));
  }

  function section(comparison: PageComparison): PageElement {
    const { compared, differences, remarks, replays, same, scenario, seeds } = comparison;
    const isSame = same === seeds;
    const verdict = seeds > 1 ? `${same}/${seeds} seeds the same` : isSame ? "the same" : "differs";
    const drawing = chart(comparison);
    return build.html(
      "section",
      { class: `card comparison ${isSame ? "held" : "failed"}`, "aria-label": scenario },
      build.html(
        "div",
        { class: "words" },
        build.html("h3", {}, scenario, build.html("span", { class: "count" }, `${isSame ? "✔" : "✘"} ${verdict}`)),
        list("differences", differences),
        list("replays", replays),
        quantiles(comparison),
        list("remarks dim", [`${count(compared)} messages compared`, ...remarks]),
      ),
      drawing && build.html("div", { class: "chart" }, drawing),
    );
  }

  return build.html(
    "article",
    { class: "run" },
    build.html("header", {}, build.html("h2", {}, "Model and libp2p")),
    build.html(
      "p",
      { class: "notice" },
      "The same scenarios and seeds on the modelled mesh and on libp2p in virtual time. Who read which message that both " +
        "queued, and for whose, which nodes convicted which directories, and every oracle's verdict must be equal; times " +
        "may differ. The curves show what share of the compared messages was read within a time from being said.",
    ),
    ...all.map(section),
  );
}
