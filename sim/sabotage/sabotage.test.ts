import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { applyEdit, findSabotage, SabotageMistake, sabotages } from "./index.ts";

test.each(sabotages.flatMap(({ edits, name }) => edits.map((edit) => ({ name, edit }))))(
  "$name applies to $edit.file",
  ({ edit, name }) => {
    const source = readFileSync(new URL(`../../${edit.file}`, import.meta.url), "utf8");
    expect(applyEdit(name, edit, source)).not.toBe(source);
  },
);

test("a text that is gone, or that occurs twice, fails loudly", () => {
  const edit = { file: "x.ts", find: "abc", replace: "" };
  expect(() => applyEdit("s", edit, "nothing here")).toThrow(SabotageMistake);
  expect(() => applyEdit("s", edit, "abc abc")).toThrow("occurs 2 times");
});

test("an unknown name is refused", () => {
  expect(() => findSabotage("nonsense")).toThrow('unknown sabotage "nonsense"');
});
