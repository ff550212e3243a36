import type { PageRun } from "../data.ts";
import type { Builder, PageElement, PageWindow } from "./dom.ts";
import type { Timeline } from "./timeline.ts";
import type { Values } from "./values.ts";

/** What the detail of a run is made of. */
export interface RunParts {
  readonly values: Values;
  readonly timeline: (run: PageRun) => Timeline;
  readonly clock: (ms: number) => string;
  readonly duration: (ms: number) => string;
}

/** Everything the page knows of one run. Embedded in the page as source: it must refer to nothing outside itself. */
export function runDetail(build: Builder, page: PageWindow, parts: RunParts, run: PageRun): Timeline {
  const count = (n: number): string => n.toLocaleString("en-US");

  function copyable(content: string): PageElement {
    const code = build.html("code", {}, content);
    const button = build.html("button", { type: "button", class: "copy" }, "Copy");
    button.addEventListener("click", () => {
      const selectInstead = (): void => {
        page.getSelection()?.selectAllChildren(code);
        button.textContent = "Selected";
      };
      const clipboard = page.navigator.clipboard;
      if (!clipboard) return selectInstead();
      clipboard.writeText(content).then(() => (button.textContent = "Copied"), selectInstead);
    });
    return build.html("div", { class: "command" }, code, button);
  }

  function facts(): PageElement {
    const pairs: [string, string][] = [
      ["virtual time", parts.duration(run.virtualMs)],
      ["wall time", parts.duration(run.wallMs)],
      ["events", count(run.events)],
      ["nodes", count(run.nodes)],
      ["stack", run.stack],
    ];
    if (run.sabotage !== undefined) pairs.push(["sabotage", run.sabotage]);
    const items = pairs.map(([name, value]) =>
      build.html("div", {}, build.html("dt", {}, name), build.html("dd", {}, value)),
    );
    return build.html("dl", { class: "facts" }, ...items);
  }

  function oracles(): PageElement {
    const order = run.oracles.toSorted((a, b) => Number(a.verdict === "held") - Number(b.verdict === "held"));
    const rows = order.map((oracle) =>
      build.html(
        "tr",
        { class: oracle.verdict },
        build.html("td", { class: "mark" }, oracle.verdict === "held" ? "✔" : "✘"),
        build.html(
          "th",
          { scope: "row" },
          oracle.name,
          oracle.message === undefined ? undefined : build.html("p", { class: "message" }, oracle.message),
        ),
        build.html("td", { class: "number" }, count(oracle.checks)),
        build.html("td", { class: "number" }, oracle.atMs === undefined ? "" : parts.clock(oracle.atMs)),
      ),
    );
    const heads = [
      "",
      "oracle",
      "checks",
      run.oracles.some((each) => each.atMs !== undefined) ? "violated at" : "",
    ].map((title, at) => build.html("th", { scope: "col", class: at > 1 ? "number" : undefined }, title));
    const head = build.html("thead", {}, build.html("tr", {}, ...heads));
    return build.html("table", { class: "oracles" }, head, build.html("tbody", {}, ...rows));
  }

  function card(title: string, content: PageElement): PageElement {
    return build.html("section", { class: "card" }, build.html("h3", {}, title), content);
  }

  function states(all: Readonly<Record<string, unknown>>): PageElement | undefined {
    const entries = Object.entries(all);
    if (entries.length === 0) return undefined;
    // Built when opened: a run may have thousands of nodes.
    const nodes = entries.map(([name, state]) => {
      const element = build.html("details", {}, build.html("summary", {}, name));
      let built = false;
      element.addEventListener("toggle", () => {
        if (!built) element.append(parts.values(state));
        built = true;
      });
      return element;
    });
    return card("Final states", build.html("div", { class: "states" }, ...nodes));
  }

  const { detail } = run;
  const diagram = detail && detail.timeline.length > 0 ? parts.timeline(run) : undefined;
  const omitted = build.html(
    "p",
    { class: "notice" },
    detail
      ? "This run recorded no timeline."
      : "Timeline and states are left out to keep this file small: it holds those of failed runs and of each scenario's first seed, as far as they fit. The command above brings them back.",
  );
  const element = build.html(
    "article",
    { class: "run" },
    build.html(
      "header",
      {},
      build.html("h2", {}, run.scenario, build.html("span", { class: "seed" }, `seed ${run.seed}`)),
      build.html("span", { class: `badge ${run.verdict}` }, run.verdict === "held" ? "✔ held" : "✘ failed"),
    ),
    copyable(run.replay),
    facts(),
    oracles(),
    diagram?.element ?? omitted,
    build.html(
      "div",
      { class: "cards" },
      card("Parameters", parts.values(run.parameters)),
      card("Counts", parts.values(run.counts)),
    ),
    detail ? states(detail.states) : undefined,
    build.html("p", { class: "hash dim" }, "trace hash ", build.html("code", {}, run.traceHash)),
  );
  return { element, shown: () => diagram?.shown() };
}
