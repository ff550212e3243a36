import type { Builder, PageElement } from "./dom.ts";

/** Shows any JSON value to a reader: records as tables, lists of records numbered, plain lists on one line. */
export type Values = (value: unknown) => PageElement;

/** Embedded in the page as source: it must refer to nothing outside itself. */
export function values(build: Builder): Values {
  function plain(value: unknown): string {
    if (value === null || value === undefined) return "–";
    if (typeof value === "boolean") return value ? "yes" : "no";
    if (typeof value === "number") return value.toLocaleString("en-US", { maximumFractionDigits: 3 });
    return value === "" ? "(empty)" : String(value);
  }

  function table(entries: readonly (readonly [string, unknown])[]): PageElement {
    const rows = entries.map(([key, value]) => {
      const numeric = typeof value === "number" ? "number" : undefined;
      const head = build.html("th", { scope: "row" }, key);
      return build.html("tr", {}, head, build.html("td", { class: numeric }, show(value)));
    });
    return build.html("table", { class: "values" }, build.html("tbody", {}, ...rows));
  }

  function show(value: unknown): PageElement {
    if (typeof value !== "object" || value === null) return build.html("span", { class: "value" }, plain(value));
    const entries = Object.entries(value);
    if (entries.length === 0) return build.html("span", { class: "value dim" }, "none");
    if (!Array.isArray(value)) return table(entries);
    if (value.every((item) => typeof item !== "object" || item === null)) {
      return build.html("span", { class: "value" }, value.map(plain).join(", "));
    }
    return table(value.map((item, at) => [`${at + 1}`, item] as const));
  }

  return show;
}
