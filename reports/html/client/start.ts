import type { PageComparison, PageData, PageRow, PageRun } from "../data.ts";
import type { Builder, PageDocument, PageElement, PageWindow } from "./dom.ts";
import type { Timeline } from "./timeline.ts";

/** What the page can show beside the matrix. */
export interface Details {
  run(run: PageRun): Timeline;
  comparisons(all: readonly PageComparison[]): PageElement;
}

/**
 * Builds the page: its heading, the matrix of verdicts, and the run that the address or a click names. Where runs were on
 * both stacks, their comparison comes first.
 */
export function start(document: PageDocument, page: PageWindow, build: Builder, details: Details): void {
  const data = JSON.parse(document.getElementById("data")?.textContent ?? "{}") as PageData;
  const app = document.getElementById("app");
  if (!app) return;

  const cells: PageElement[] = [];
  const place = build.html("main", { id: "run", tabindex: -1 });
  const both = data.comparisons.length > 0 ? comparisonButton() : undefined;
  let selected = -1;

  function comparisonButton(): PageElement {
    const same = data.comparisons.filter((each) => each.same === each.seeds).length;
    const verdict = same === data.comparisons.length ? "held" : "failed";
    const element = build.html(
      "button",
      { type: "button", class: "both" },
      build.html("span", { class: "row-name" }, "Model and libp2p"),
      build.html("span", { class: `row-count ${verdict}` }, `${same}/${data.comparisons.length} the same`),
    );
    element.addEventListener("click", () => compare(true));
    return element;
  }

  /** One tab stop a row; the arrow keys move within it and between rows. */
  function cell(row: PageRow, rowAt: number, at: number): PageElement {
    const index = row.runs[at] ?? 0;
    const run = data.runs[index];
    const words = `${row.label}, seed ${run?.seed}, ${run?.verdict}`;
    const verdict = run?.verdict ?? "failed";
    const element = build.html(
      "button",
      { type: "button", class: `cell ${verdict}`, title: words, "aria-label": words, tabindex: at === 0 ? 0 : -1 },
      verdict === "failed" ? "✘" : "",
    );
    element.addEventListener("click", () => show(index, true));
    element.addEventListener("keydown", (event) => {
      const vertical = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
      const across = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      const target = vertical === 0 ? row : data.rows[rowAt + vertical];
      const next = target?.runs[vertical === 0 ? at + across : Math.min(at, target.runs.length - 1)];
      if ((vertical === 0 && across === 0) || next === undefined) return;
      event.preventDefault();
      element.tabIndex = vertical === 0 ? -1 : element.tabIndex;
      const neighbour = cells[next];
      if (!neighbour) return;
      neighbour.tabIndex = 0;
      neighbour.focus();
    });
    cells[index] = element;
    return element;
  }

  function matrix(): PageElement {
    const rows = data.rows.map((row, rowAt) =>
      build.html(
        "li",
        { class: row.held === row.runs.length ? "held" : "failed" },
        build.html(
          "div",
          { class: "row-head" },
          build.html("span", { class: "row-name" }, row.label),
          build.html("span", { class: "row-count" }, `${row.held}/${row.runs.length} held`),
        ),
        build.html("div", { class: "cells" }, ...row.runs.map((_, at) => cell(row, rowAt, at))),
      ),
    );
    return build.html(
      "nav",
      { class: "matrix", "aria-label": "Runs by scenario and seed" },
      both,
      build.html("ul", {}, ...rows),
      build.html("p", { class: "dim" }, "A square is a seed, in ascending order. Arrow keys move between them."),
    );
  }

  function show(index: number, record: boolean): void {
    const run = data.runs[index];
    if (!run || index === selected) return;
    leave();
    cells[index]?.setAttribute("aria-current", "true");
    selected = index;
    if (record) page.history.replaceState(null, "", `#run-${index}`);
    const detail = details.run(run);
    place.replaceChildren(detail.element);
    detail.shown();
  }

  function compare(record: boolean): void {
    leave();
    both?.setAttribute("aria-current", "true");
    selected = -1;
    if (record) page.history.replaceState(null, "", "#both");
    place.replaceChildren(details.comparisons(data.comparisons));
  }

  function leave(): void {
    cells[selected]?.removeAttribute("aria-current");
    both?.removeAttribute("aria-current");
  }

  /** The run in the address, else the comparison of stacks, else the first run that failed, else the first. */
  function fromAddress(): void {
    const index = Number(/^#run-(\d+)$/.exec(page.location.hash)?.[1] ?? NaN);
    if (data.runs[index]) return show(index, false);
    if (both) return compare(false);
    const failed = data.runs.findIndex((run) => run.verdict === "failed");
    show(Math.max(0, failed), false);
  }

  const isWell = data.failed === 0 && data.comparisons.every((each) => each.same === each.seeds);
  app.append(
    build.html(
      "header",
      { class: "page-head" },
      build.html("h1", {}, data.title),
      build.html("p", { class: `total ${isWell ? "held" : "failed"}` }, data.summary),
    ),
    build.html("div", { class: "columns" }, matrix(), place),
  );
  page.addEventListener("hashchange", fromAddress);
  fromAddress();
}
