import { type Parameters, parametersOf, scaledFor, type Scenario } from "../../sim/run/index.ts";
import { nearest, UsageError } from "./usage.ts";

/** One run to do; plain data that a worker takes. */
export interface Job {
  readonly scenario: string;
  readonly seed: number;
  readonly parameters: Parameters;
  readonly stack: SimulatedStack;
  /** Bystanders fill the world up to so many nodes. */
  readonly population: number;
  readonly sabotage: string | undefined;
}

/** Those that play in virtual time. */
export type SimulatedStack = "model" | "libp2p";

export interface Selection {
  readonly names: readonly string[];
  readonly seed: number;
  readonly seeds: number;
  readonly set: Parameters;
  readonly nodes: number | undefined;
  readonly population: number;
  readonly shard: { readonly index: number; readonly count: number } | undefined;
  readonly sabotage: string | undefined;
}

export function chooseScenarios(scenarios: readonly Scenario[], names: readonly string[]): Scenario[] {
  if (names.length === 0 || names.includes("all")) return [...scenarios];
  return [...new Set(names)].map((name) => {
    const found = scenarios.find((scenario) => scenario.name === name);
    if (found !== undefined) return found;
    const known = scenarios.map((scenario) => scenario.name);
    const near = nearest(name, known);
    const hint = near === undefined ? '"chhaya list" shows all' : `did you mean "${near}"?`;
    throw new UsageError(`unknown scenario "${name}"; ${hint}`);
  });
}

/** Every run that was asked for, scenario by scenario, in an order that does not depend on the machine. */
export function planRuns(scenarios: readonly Scenario[], selection: Selection, stack: SimulatedStack = "model"): Job[] {
  const { names, nodes, population, sabotage, seed, seeds, set, shard } = selection;
  const jobs = chooseScenarios(scenarios, names).flatMap((scenario) => {
    // With several scenarios a parameter is meant for those that have it; unknown to all, it is a mistake.
    const all = nodes === undefined ? set : { ...set, nodes };
    const known = Object.fromEntries(Object.entries(all).filter(([key]) => Object.hasOwn(scenario.parameters, key)));
    const parameters = parametersOf(scaledFor(scenario, stack), names.length === 1 && names[0] !== "all" ? all : known);
    const job = { scenario: scenario.name, parameters, stack, population, sabotage };
    return Array.from({ length: seeds }, (_, i) => ({ ...job, seed: seed + i }));
  });
  const unknown = Object.keys(set).find((key) => jobs.every((job) => !Object.hasOwn(job.parameters, key)));
  if (unknown !== undefined) throw new UsageError(`no chosen scenario has a parameter "${unknown}"`);
  return jobs.filter((_, i) => shard === undefined || i % shard.count === shard.index - 1);
}
