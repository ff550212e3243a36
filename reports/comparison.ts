import type { Comparison } from "../sim/result.ts";

/** The comparisons of one scenario, over its seeds. */
export interface ScenarioComparison {
  readonly scenario: string;
  /** By seed, ascending. */
  readonly comparisons: readonly Comparison[];
  /** Seeds with the same outcome on both stacks. */
  readonly same: number;
  readonly compared: number;
  readonly notComparable: Readonly<Record<string, number>>;
  readonly saidOtherwise: number;
  /** Of every seed, in milliseconds, sorted. */
  readonly latencies: { readonly model: readonly number[]; readonly libp2p: readonly number[] };
}

/** Groups comparisons by scenario, in order of first appearance. */
export function compareByScenario(comparisons: readonly Comparison[]): ScenarioComparison[] {
  return [...Map.groupBy(comparisons, ({ scenario }) => scenario)].map(([scenario, group]) => {
    const own = group.toSorted((a, b) => a.seed - b.seed);
    const notComparable: Record<string, number> = {};
    for (const [reason, count] of own.flatMap((each) => Object.entries(each.notComparable))) {
      notComparable[reason] = (notComparable[reason] ?? 0) + count;
    }
    const merged = (stack: "model" | "libp2p"): number[] =>
      own.flatMap(({ latencies }) => latencies[stack]).sort((a, b) => a - b);
    return {
      scenario,
      comparisons: own,
      same: own.filter(isSame).length,
      compared: total(own.map(({ compared }) => compared)),
      notComparable,
      saidOtherwise: total(own.map(({ saidOtherwise }) => saidOtherwise)),
      latencies: { model: merged("model"), libp2p: merged("libp2p") },
    };
  });
}

export function isSame({ differences }: Comparison): boolean {
  return differences.length === 0;
}

/** `3 scenarios end the same on both stacks.` or `1 of 3 scenarios ends otherwise on libp2p than on the model.` */
export function comparisonSummary(rows: readonly ScenarioComparison[]): string {
  const differing = rows.filter(({ comparisons, same }) => same < comparisons.length).length;
  const ends = (count: number): string => (count === 1 ? "ends" : "end");
  const scenarios = `${rows.length} ${rows.length === 1 ? "scenario" : "scenarios"}`;
  return differing === 0
    ? `${scenarios} ${ends(rows.length)} the same on both stacks.`
    : `${differing} of ${scenarios} ${ends(differing)} otherwise on libp2p than on the model.`;
}

/** What was not held against its like, in words: a line each. */
export function remarks({ notComparable, saidOtherwise }: ScenarioComparison): string[] {
  const reasons = Object.entries(notComparable).map(([reason, count]) => `${count} ${reason}`);
  return [
    ...(reasons.length === 0 ? [] : [`not comparable: ${reasons.join(", ")}`]),
    ...(saidOtherwise === 0 ? [] : [`the script depends on events: ${saidOtherwise} said otherwise`]),
  ];
}

/** What differs, a line each. */
export function differencesOf({ differences, differencesLeftOut, seed }: Comparison): string[] {
  const more = differencesLeftOut === 0 ? [] : [`seed ${seed}: ${differencesLeftOut} more`];
  return [...differences.map((difference) => `seed ${seed}: ${difference}`), ...more];
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
