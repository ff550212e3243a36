import type { PageRun } from "../data.ts";
import type { Conversation, Pair, Step } from "./conversation.ts";
import type { Diagram, Drawing } from "./diagram.ts";
import type { Builder, PageElement, PageWindow } from "./dom.ts";

/** The sequence diagram of a run with its controls. `shown` is called once the element is in the document. */
export interface Timeline {
  readonly element: PageElement;
  shown(): void;
}

/** Embedded in the page as source: it must refer to nothing outside itself. */
export function timeline(build: Builder, page: PageWindow, model: Conversation, art: Diagram, run: PageRun): Timeline {
  const STEPS_SHOWN = 120;
  const names = model.nodes(run);
  let pair: Pair = model.defaultPair(run);
  let steps: Step[] = [];
  let from = 0;
  let current = -1;
  let drawing: Drawing | undefined;
  let drawnWidth = 0;

  const select = (label: string, pick: (name: string) => void): PageElement => {
    const options = names.map((name) => build.html("option", { value: name }, name));
    const element = build.html("select", { "aria-label": label }, ...options);
    element.addEventListener("change", () => pick(element.value));
    return element;
  };
  const button = (content: string, act: () => void): PageElement => {
    const element = build.html("button", { type: "button" }, content);
    element.addEventListener("click", act);
    return element;
  };
  const first = select("Node A", (name) => choose({ a: name, b: name === pair.b ? pair.a : pair.b }));
  const second = select("Node B", (name) => choose({ a: name === pair.a ? pair.b : pair.a, b: name }));
  const others = build.html("input", { type: "checkbox" });
  others.addEventListener("change", () => choose(pair));
  const earlier = button("↑ Earlier", () => move(from - STEPS_SHOWN));
  const later = button("↓ Later", () => move(from + STEPS_SHOWN));
  const violation = button("Go to failure", () => {
    const at = steps.findIndex((step) => step.kind === "violation");
    if (at < 0) return;
    move(at - Math.floor(STEPS_SHOWN / 2));
    centre(at);
    point(at);
  });
  const position = build.html("span", { class: "dim position" });
  const head = build.html("div", { class: "diagram-head" });
  const body = build.html("div", { class: "diagram-body" });
  const tip = build.html("div", { class: "tip-box", role: "status" });
  tip.hidden = true;
  const frame = build.html(
    "div",
    { class: "diagram", tabindex: 0, role: "application", "aria-label": "Sequence diagram: arrow keys move by step" },
    head,
    body,
  );

  function choose(chosen: Pair): void {
    pair = chosen;
    first.value = pair.a;
    second.value = pair.b;
    steps = model.steps(run, pair, others.checked);
    const failure = steps.findIndex((step) => step.kind === "violation");
    violation.hidden = failure < 0;
    move(failure < 0 ? 0 : failure - STEPS_SHOWN + 10);
    if (failure >= 0) centre(failure);
  }

  /** Scrolls the diagram, and only the diagram, until a step is in its middle. */
  function centre(at: number): void {
    const drawn = drawing?.rows.length ?? 0;
    if (drawn > 0) frame.scrollTop = (body.clientHeight * (at - from + 0.5)) / drawn - frame.clientHeight / 2;
  }

  function move(to: number): void {
    from = Math.max(0, Math.min(to, steps.length - STEPS_SHOWN));
    draw();
    frame.scrollTop = 0;
  }

  function draw(): void {
    const until = Math.min(steps.length, from + STEPS_SHOWN);
    earlier.disabled = from === 0;
    later.disabled = until === steps.length;
    position.textContent = steps.length === 0 ? "no steps" : `steps ${from + 1}–${until} of ${steps.length}`;
    current = -1;
    tip.hidden = true;
    drawnWidth = frame.clientWidth;
    drawing = art.draw(steps, pair, { from, until, width: Math.max(340, drawnWidth) });
    drawing.rows.forEach((row, at) => {
      row.addEventListener("mouseenter", () => point(from + at));
    });
    head.replaceChildren(drawing.head);
    body.replaceChildren(drawing.body);
  }

  /** Marks a step and says what it is, beside it. */
  function point(at: number): void {
    drawing?.rows[current - from]?.setAttribute("class", "step");
    const row = drawing?.rows[at - from];
    if (!row) return;
    current = at;
    row.setAttribute("class", "step current");
    // Its first child spans the row; the group itself reaches as far as its arrows do.
    const { left, bottom } = (row.firstElementChild ?? row).getBoundingClientRect();
    tip.textContent = art.describe(steps, at);
    tip.hidden = false;
    const x = Math.max(8, Math.min(left + 96, page.innerWidth - 436));
    tip.setAttribute("style", `left:${x}px;top:${bottom + 4}px`);
  }

  frame.addEventListener("mouseleave", () => (tip.hidden = true));
  frame.addEventListener("blur", () => (tip.hidden = true));
  // Not on "scroll": moving by key scrolls too.
  frame.addEventListener("wheel", () => (tip.hidden = true));
  frame.addEventListener("keydown", (event) => {
    const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (by === 0) return;
    event.preventDefault();
    const at = Math.max(0, Math.min(steps.length - 1, current < 0 ? from : current + by));
    if (at < from || at >= from + STEPS_SHOWN) move(by > 0 ? at : at - STEPS_SHOWN + 1);
    centre(at);
    point(at);
  });

  const key = (kind: string, content: string): PageElement => build.html("span", { class: `key ${kind}` }, content);
  const dropped = run.detail?.timelineDropped ?? 0;
  const gap =
    dropped === 0
      ? undefined
      : build.html(
          "p",
          { class: "notice" },
          `The run's timeline keeps its first and last steps; ${dropped.toLocaleString("en-US")} in between are left out, ` +
            "so a flight across that gap may have no end, or the end of another of equal length.",
        );
  const element = build.html(
    "section",
    { class: "timeline", "aria-label": "Sequence diagram" },
    build.html("h3", {}, "Conversation"),
    build.html(
      "div",
      { class: "controls" },
      build.html("span", { class: "pair" }, first, "↔", second),
      build.html("label", {}, others, "traffic with other nodes"),
      build.html("span", { class: "pager" }, position, violation, earlier, later),
    ),
    build.html(
      "p",
      { class: "legend", "aria-hidden": "true" },
      key("say", "says"),
      key("deliver", "reads"),
      key("packet", "flight"),
      key("drop", "dropped"),
      key("inject", "adversary"),
      key("fault", "fault"),
      key("down", "node down"),
    ),
    gap,
    frame,
    tip,
  );

  function shown(): void {
    others.checked = !model.steps(run, pair, false).some((step) => step.kind === "packet" || step.kind === "say");
    choose(pair);
  }
  page.addEventListener("resize", () => {
    tip.hidden = true;
    if (frame.clientWidth > 0 && frame.clientWidth !== drawnWidth) draw();
  });
  return { element, shown };
}
