import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { checklist } from "./checklist.ts";

const list = {
  title: "alice is registered",
  held: true,
  facts: [
    ["epoch", "3"],
    ["witnesses", "one two three four five six seven eight nine ten"],
    ["card", "A".repeat(60)],
  ],
  checks: [
    { says: "the first thing", held: true },
    { says: "the second thing", held: false },
    { says: "the third thing", held: undefined },
  ],
} as const;

test("a verdict, facts in two columns, and a mark for each check", () => {
  expect(checklist(list, { color: false, width: 40 }).split("\n")).toEqual([
    "✔ alice is registered",
    "",
    "  epoch      3",
    "  witnesses  one two three four five six",
    "             seven eight nine ten",
    `  card       ${"A".repeat(60)}`,
    "",
    "  ✔ the first thing",
    "  ✘ the second thing",
    "  – the third thing",
    "",
  ]);
});

test("what is not there takes no room, and a refusal is crossed", () => {
  expect(checklist({ ...list, held: false, facts: [], checks: [] }, { color: false, width: 40 })).toBe(
    "✘ alice is registered\n",
  );
});

test("colour changes nothing but colour, and no text steers the terminal", () => {
  const plain = checklist(list, { color: false, width: 60 });
  const coloured = checklist(list, { color: true, width: 60 });
  expect(plain).not.toContain("\u001B");
  expect(coloured).toContain("\u001B[3");
  expect(stripVTControlCharacters(coloured)).toBe(plain);
  const hostile = { ...list, title: "a\u001B[31m", facts: [["b", "c\u0007"]] as const, checks: [] };
  expect(checklist(hostile, { color: false, width: 60 })).toBe("✔ a[31m\n\n  b  c\n");
});
