import type { PageData, PageRow, PageRun } from "../data.ts";
import type { Builder, PageDocument, PageElement, PageWindow } from "./dom.ts";
import type { Timeline } from "./timeline.ts";

/** Builds the page: its heading, the matrix of verdicts, and the run that the address or a click names. */
export function start(
  document: PageDocument,
  page: PageWindow,
  build: Builder,
  detailOf: (run: PageRun) => Timeline,
): void {
  const data = JSON.parse(document.getElementById("data")?.textContent ?? "{}") as PageData;
  const app = document.getElementById("app");
  if (!app) return;

  const cells: PageElement[] = [];
  const place = build.html("main", { id: "run", tabindex: -1 });
  let selected = -1;

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
      build.html("ul", {}, ...rows),
      build.html("p", { class: "dim" }, "A square is a seed, in ascending order. Arrow keys move between them."),
    );
  }

  function show(index: number, record: boolean): void {
    const run = data.runs[index];
    if (!run || index === selected) return;
    cells[selected]?.removeAttribute("aria-current");
    cells[index]?.setAttribute("aria-current", "true");
    selected = index;
    if (record) page.history.replaceState(null, "", `#run-${index}`);
    const detail = detailOf(run);
    place.replaceChildren(detail.element);
    detail.shown();
  }

  /** The run in the address, else the first that failed, else the first. */
  function fromAddress(): void {
    const index = Number(/^#run-(\d+)$/.exec(page.location.hash)?.[1] ?? NaN);
    if (data.runs[index]) return show(index, false);
    const failed = data.runs.findIndex((run) => run.verdict === "failed");
    show(Math.max(0, failed), false);
  }

  app.append(
    build.html(
      "header",
      { class: "page-head" },
      build.html("h1", {}, data.title),
      build.html("p", { class: `total ${data.failed > 0 ? "failed" : "held"}` }, data.summary),
    ),
    build.html("div", { class: "columns" }, matrix(), place),
  );
  page.addEventListener("hashchange", fromAddress);
  fromAddress();
}
