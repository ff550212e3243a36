import type { Pair, Step } from "./conversation.ts";
import type { Builder, PageElement } from "./dom.ts";

export interface Drawing {
  /** The names of the lifelines, apart so that they can stay in view above a scrolled body. */
  readonly head: PageElement;
  readonly body: PageElement;
  /** One group for each drawn step, in order; the first is step `from`. */
  readonly rows: readonly PageElement[];
}

export interface Frame {
  /** Steps [from, until) are drawn. */
  readonly from: number;
  readonly until: number;
  /** CSS pixels. */
  readonly width: number;
}

export interface Diagram {
  draw(steps: readonly Step[], pair: Pair, frame: Frame): Drawing;
  /** One step in words, with its exact virtual time. */
  describe(steps: readonly Step[], at: number): string;
}

/** Embedded in the page as source: it must refer to nothing outside itself. */
export function diagram(build: Builder, clock: (ms: number) => string, duration: (ms: number) => string): Diagram {
  const ROW = 26;
  const TOP = 10;
  const CHARACTER = 7;

  function draw(steps: readonly Step[], pair: Pair, { from, until, width }: Frame): Drawing {
    const narrow = width < 640;
    const time = narrow ? 64 : 88;
    const gutter = narrow ? 76 : Math.min(210, width * 0.2);
    const ends = { a: time + gutter, b: width - gutter };
    const middle = (ends.a + ends.b) / 2;
    const height = TOP * 2 + (until - from) * ROW;
    const yOf = (at: number): number => Math.min(height, Math.max(0, TOP + (at - from + 0.5) * ROW));
    const xOf = (name: string | undefined): number | undefined =>
      name === pair.a ? ends.a : name === pair.b ? ends.b : undefined;
    const line = (kind: string, x1: number, y1: number, x2: number, y2: number): PageElement =>
      build.svg("line", { class: kind, x1, y1, x2, y2 });
    const text = (kind: string, x: number, y: number, anchor: string, content: string, room: number): PageElement => {
      const most = Math.max(2, Math.floor(room / CHARACTER));
      const shown = content.length > most ? `${content.slice(0, most - 1)}…` : content;
      return build.svg("text", { class: kind, x, y: y + 4, "text-anchor": anchor }, shown);
    };
    /** Text on the outer side of a lifeline. */
    const beside = (kind: string, x: number, y: number, content: string, indent: number): PageElement =>
      x === ends.a
        ? text(kind, x - indent, y, "end", content, gutter - indent)
        : text(kind, x + indent, y, "start", content, gutter - indent);

    function arrow(kind: string, x1: number, y1: number, x2: number, y2: number, headed: boolean): PageElement[] {
      const shaft = line(`wire ${kind}`, x1, y1, x2, y2);
      if (!headed) return [shaft];
      const angle = Math.atan2(y2 - y1, x2 - x1);
      const corner = (turn: number): string => `${x2 - 9 * Math.cos(angle + turn)},${y2 - 9 * Math.sin(angle + turn)}`;
      return [
        shaft,
        build.svg("polygon", { class: `tip ${kind}`, points: `${x2},${y2} ${corner(0.4)} ${corner(-0.4)}` }),
      ];
    }

    function cross(x: number, y: number): PageElement[] {
      return [line("cross", x - 5, y - 5, x + 5, y + 5), line("cross", x - 5, y + 5, x + 5, y - 5)];
    }

    /** The end of a flight that went from `source` towards `x` and no further; its label lies beyond. */
    function fall(step: Step, source: number, x: number, y: number): PageElement[] {
      const onward = x > source;
      const room = Math.abs((onward ? ends.b : ends.a) - x) - 14;
      const beyond = x + (onward ? 10 : -10);
      return [...cross(x, y), text("label drop", beyond, y, onward ? "start" : "end", step.note ?? "dropped", room)];
    }

    function band(kind: string, y: number, content: string): PageElement[] {
      return [
        build.svg("rect", { class: `band ${kind}`, x: time, y: y - 10, width: width - time - 4, height: 20, rx: 4 }),
        text(`label ${kind}`, (time + width) / 2, y, "middle", content, width - time - 24),
      ];
    }

    /** A flight from its first row to its last; what leaves the window runs to its edge. */
    function flight(step: Step, at: number): PageElement[] {
      const x2 = xOf(step.to);
      const injected = step.kind === "inject";
      const x1 = injected ? middle : xOf(step.from);
      if (x1 === undefined || x2 === undefined || x1 === x2) return stub(step, at);
      const label = [
        injected ? `${step.from} injects` : "",
        step.note ?? "",
        step.bytes === undefined ? "" : `${step.bytes} B`,
      ]
        .filter((part) => part !== "")
        .join(" · ");
      const end = step.end === undefined ? undefined : steps[step.end];
      const kind = injected ? "inject" : end?.kind === "drop" ? "drop" : end ? "packet" : "unseen";
      const y1 = yOf(at);
      const y2 = step.end === undefined ? y1 + ROW * 0.4 : yOf(step.end);
      const reach = end?.kind === "drop" ? 0.6 : end ? 1 : 0.75;
      const drawn = arrow(kind, x1, y1, x1 + (x2 - x1) * reach, y2, end?.kind !== "drop");
      const labelled = text(
        `label ${kind}`,
        x1 + Math.sign(x2 - x1) * 12,
        y1 - 8,
        x2 > x1 ? "start" : "end",
        label,
        Math.abs(x2 - x1) * (injected ? 0.95 : 0.7),
      );
      return injected
        ? [...drawn, build.svg("circle", { class: "source", cx: x1, cy: y1, r: 4 }), labelled]
        : [...drawn, labelled];
    }

    /** Traffic with a node that has no lifeline: a short arrow on the outer side. */
    function stub(step: Step, at: number): PageElement[] {
      const y = yOf(at);
      const own = xOf(step.kind === "arrive" ? step.to : step.from) ?? xOf(step.to);
      if (own === undefined) return [];
      const outside = own + (own === ends.a ? -28 : 28);
      const inward = own === xOf(step.to) && step.kind !== "packet";
      const other = own === xOf(step.to) && step.to !== step.from ? step.from : (step.to ?? "");
      const shaft = inward ? arrow("other", outside, y, own, y, true) : arrow("other", own, y, outside, y, true);
      const label = [other, step.note ?? ""].filter((part) => part !== "").join(" · ");
      return [...shaft, beside("label other", own, y, label, 34)];
    }

    function landing(step: Step, at: number): PageElement[] {
      const y = yOf(at);
      const x2 = xOf(step.to);
      const x1 = xOf(step.from);
      if (step.start !== undefined) {
        const origin = steps[step.start];
        const dropped = step.kind === "drop";
        const source = origin?.kind === "inject" ? middle : x1;
        if (source === undefined || x2 === undefined) return stub(step, at);
        const x = dropped ? source + (x2 - source) * 0.6 : x2;
        // A flight that left before the window: its last part, coming in over the upper edge.
        const early = step.start < from ? arrow(dropped ? "drop" : "packet", (source + x) / 2, 0, x, y, !dropped) : [];
        if (!dropped) return [...early, build.svg("circle", { class: "landing", cx: x, cy: y, r: 2.5 })];
        return [...early, ...fall(step, source, x, y)];
      }
      if (x2 === undefined || x1 === undefined || x1 === x2)
        return step.kind === "drop" ? [...stub(step, at), ...cross(x1 ?? x2 ?? middle, y)] : stub(step, at);
      const half = (x1 + x2) / 2;
      if (step.kind === "drop") {
        return [...arrow("drop", x1, y, half, y, false), ...fall(step, x1, half, y)];
      }
      return arrow("unseen", half, y, x2, y, true);
    }

    function mark(step: Step, at: number): PageElement[] {
      const y = yOf(at);
      const x = xOf(step.kind === "deliver" ? (step.to ?? step.from) : step.from);
      if (x === undefined) return [];
      const words = { say: "says", deliver: "reads", crash: "crash", restart: "restart" } as const;
      const word = step.kind in words ? words[step.kind as keyof typeof words] : "";
      const partner =
        step.kind === "say" ? step.to : step.kind === "deliver" && step.to !== undefined ? step.from : undefined;
      const elsewhere = partner !== undefined && xOf(partner) === undefined ? partner : "";
      // The mark's shape says the same where there is no room for the word.
      const terse = narrow && step.note !== undefined;
      const content = [terse ? "" : word, elsewhere, step.note ?? ""].filter((part) => part !== "").join(" · ");
      const shape =
        step.kind === "event"
          ? build.svg("circle", { class: "dot", cx: x, cy: y, r: 3 })
          : step.kind === "crash" || step.kind === "restart"
            ? build.svg("rect", { class: `mark ${step.kind}`, x: x - 6, y: y - 6, width: 12, height: 12, rx: 2 })
            : build.svg("circle", { class: `mark ${step.kind}`, cx: x, cy: y, r: 6 });
      return [shape, beside(`label ${step.kind}`, x, y, content, 13)];
    }

    function shapes(step: Step, at: number): PageElement[] {
      switch (step.kind) {
        case "packet":
        case "inject":
          return flight(step, at);
        case "arrive":
        case "drop":
          return landing(step, at);
        case "fault": {
          const between = [step.from, step.to].filter((name) => name !== undefined).join(" ↔ ");
          return band("fault", yOf(at), [step.note ?? "fault", between].join(" · "));
        }
        case "violation":
          return band("violation", yOf(at), `✘ ${step.note ?? ""}`);
        default:
          return mark(step, at);
      }
    }

    /** A lifeline, and over it a band for every span in which its node is down. */
    function lifeline(name: string, x: number): PageElement[] {
      const drawn = [line("lifeline", x, 0, x, height)];
      let down =
        steps.slice(0, from).findLast((step) => step.from === name && /^(crash|restart)$/.test(step.kind))?.kind ===
        "crash"
          ? 0
          : -1;
      const close = (y: number): void => {
        drawn.push(
          build.svg("rect", { class: "down", x: x - 9, y: down, width: 18, height: Math.max(0, y - down), rx: 3 }),
        );
        down = -1;
      };
      for (let at = from; at < until; at++) {
        const step = steps[at];
        if (step?.from !== name) continue;
        if (step.kind === "crash" && down < 0) down = yOf(at);
        if (step.kind === "restart" && down >= 0) close(yOf(at));
      }
      if (down >= 0) close(height);
      return drawn;
    }

    let previous = "";
    const rows: PageElement[] = [];
    for (let at = from; at < until; at++) {
      const step = steps[at];
      if (!step) break;
      const y = yOf(at);
      const shown = clock(step.atMs);
      const stamp =
        shown === previous
          ? undefined
          : build.svg("text", { class: "time", x: time - 10, y: y + 4, "text-anchor": "end" }, shown);
      previous = shown;
      const hit = build.svg("rect", { class: "hit", x: 0, y: y - ROW / 2, width, height: ROW });
      rows.push(build.svg("g", { class: "step", "data-kind": step.kind }, hit, stamp, ...shapes(step, at)));
    }
    const box = (h: number): Record<string, string | number> => ({ width, height: h, viewBox: `0 0 ${width} ${h}` });
    const name = (content: string, x: number): PageElement[] => {
      const w = Math.min(gutter * 1.7, content.length * 7.6 + 28);
      return [
        build.svg("rect", { class: "actor", x: x - w / 2, y: 4, width: w, height: 26, rx: 6 }),
        text("actor-name", x, 17, "middle", content, w - 8),
      ];
    };
    return {
      head: build.svg("svg", { ...box(34), "aria-hidden": "true" }, ...name(pair.a, ends.a), ...name(pair.b, ends.b)),
      body: build.svg(
        "svg",
        { ...box(height), "aria-hidden": "true" },
        ...lifeline(pair.a, ends.a),
        ...lifeline(pair.b, ends.b),
        ...rows,
      ),
      rows,
    };
  }

  function describe(steps: readonly Step[], at: number): string {
    const step = steps[at];
    if (!step) return "";
    const verbs = {
      say: "says to",
      deliver: "is read by",
      packet: "sends to",
      arrive: "reaches",
      drop: "is dropped on the way to",
      inject: "injects towards",
      event: "event at",
      crash: "crash of",
      restart: "restart of",
      fault: "fault",
      violation: "oracle failed",
    };
    const verb = verbs[step.kind];
    const who =
      step.kind === "violation"
        ? verb
        : step.to === undefined
          ? `${verb.replace(/ to$/, ":")} ${step.from}`
          : `${step.from} ${verb} ${step.to}`;
    const origin = step.start === undefined ? undefined : steps[step.start];
    const end = step.end === undefined ? undefined : steps[step.end];
    const parts = [
      `${clock(step.atMs)} (${step.atMs} ms)`,
      who,
      step.bytes === undefined ? "" : `${step.bytes} bytes`,
      step.note ?? "",
      origin ? `${duration(step.atMs - origin.atMs)} after it left` : "",
      end ? `${end.kind === "drop" ? "dropped" : "arrives"} ${duration(end.atMs - step.atMs)} later` : "",
    ];
    return parts.filter((part) => part !== "").join(" · ");
  }

  return { draw, describe };
}
