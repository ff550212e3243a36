import { expect, test } from "vitest";
import { portableSuite } from "../../core/suite/index.ts";
import { Kernel, Stream } from "../kernel/index.ts";
import { World } from "../world/index.ts";
import { contradiction, declareContradiction, Judge } from "./index.ts";

const [RIGHT, ODD] = ["11", "22"];

/** Alice finds Bob's label, after having been told that these logs have these accounts. */
function verdictAfter(told: Readonly<Record<string, string>> | undefined, isReal = true) {
  const kernel = new Kernel();
  const world = new World(kernel, Stream.seeded(1), portableSuite);
  const alice = world.person("alice");
  world.titles.give({ label: "bob", account: "bob's", holder: "bob", sinceMs: 0 });
  if (isReal) declareContradiction(world, { label: "bob", log: ODD });
  const judge = new Judge(contradiction.name, kernel);
  const observer = contradiction.watch(world, judge);
  const about = { label: "bob", token: 3 };
  if (told !== undefined) {
    const answers = Object.entries(told).map(([log, account]) => ({ log, account }));
    observer.event?.(alice, { kind: "label.disagreed", ...about, answers });
  }
  const found = { account: "bob's", version: 1, card: new Uint8Array(0), agreed: [RIGHT] };
  observer.event?.(alice, { kind: "label.found", ...about, ...found });
  return judge.verdict();
}

test("contradiction holds when the odd directory was named, and nobody else", () => {
  expect(verdictAfter({ [RIGHT]: "bob's", [ODD]: "mallory's" }).verdict).toBe("held");
});

test("contradiction notices what was not told, told of another, or told without a cause", () => {
  expect(verdictAfter(undefined).message).toContain("was not told");
  expect(verdictAfter({ [RIGHT]: "mallory's", [ODD]: "bob's" }).message).toContain("was not told");
  expect(verdictAfter({ [RIGHT]: "bob's", [ODD]: "mallory's" }, false).message).toContain("that there is not");
});
