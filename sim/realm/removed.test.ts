import { expect, test } from "vitest";
import type { Differences } from "./removed.testing.ts";
import { posted } from "./thread.testing.ts";

test("a removed realm leaves every property of the platform as it was, also as modules import it", async () => {
  const [found] = await posted<Differences>(new URL("./removed.testing.ts", import.meta.url), undefined);
  expect(found?.looked).toBeGreaterThan(4_000);
  // The look is thorough enough to see it while it is there.
  expect(found?.installed.length).toBeGreaterThan(400);
  for (const name of [
    "setTimeout",
    "Date",
    "Math.random",
    "fs.readFile",
    "crypto.randomBytes",
    "imported.fs.readFile",
  ]) {
    expect(found?.installed.some((path) => path.endsWith(name))).toBe(true);
  }
  expect(found?.removed).toEqual([]);
});
