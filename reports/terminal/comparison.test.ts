import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { differentOnBoth, sameOnBoth } from "../sample.testing.ts";
import { comparisonTable } from "./comparison.ts";

const plain = { color: false, width: 120 };

test("a line a scenario over its seeds, then what differs and what was not compared", () => {
  const comparisons = [
    sameOnBoth(),
    sameOnBoth({ seed: 2, latencies: { model: [70], libp2p: [7_200_000] } }),
    differentOnBoth({
      scenario: "storm",
      differencesLeftOut: 4,
      notComparable: { "queued on the model only": 2, "queued by neither": 1 },
      saidOtherwise: 5,
      latencies: { model: [], libp2p: [] },
    }),
  ];
  expect(comparisonTable(comparisons, plain).split("\n")).toEqual([
    "scenario       same   compared  not comparable  model p50 / p90 / p99  libp2p p50 / p90 / p99",
    "─────────────  ─────  ────────  ──────────────  ─────────────────────  ──────────────────────",
    "first-contact  ✔ 2/2         6               0  50 ms / 70 ms / 70 ms       55 ms / 2 h / 2 h",
    "storm          ✘ 0/1         3               3                      –                       –",
    "",
    "storm",
    "  seed 1: delivery: held on the model, failed on libp2p",
    "  seed 1: 4 more",
    "  chhaya run storm --seed 1 --stack both",
    "  not comparable: 2 queued on the model only, 1 queued by neither",
    "  the script depends on events: 5 said otherwise",
    "",
    "1 of 2 scenarios ends otherwise on libp2p than on the model.",
    "",
  ]);
});

test("one that is the same everywhere says so, and colour changes nothing but colour", () => {
  const coloured = comparisonTable([sameOnBoth()], { ...plain, color: true });
  expect(coloured).toContain("\u001B[3");
  expect(stripVTControlCharacters(coloured)).toBe(comparisonTable([sameOnBoth()], plain));
  expect(comparisonTable([sameOnBoth()], plain)).toMatch(/\n\n1 scenario ends the same on both stacks\.\n$/u);
});

test("no text steers the terminal", () => {
  const hostile = differentOnBoth({ scenario: "a\u001B[31m", differences: ["b\u001B[2J"] });
  expect(comparisonTable([hostile], plain)).not.toContain("\u001B");
});
