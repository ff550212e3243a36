import type { Oracle } from "../oracle/index.ts";
import type { Stack } from "../result.ts";
import type { World } from "../world/index.ts";

/** Numbers that a caller may set with `--set name=value`. */
export type Parameters = Readonly<Record<string, number>>;

export interface Scenario<P extends Parameters = Parameters> {
  /** One word or words joined by hyphens: also the name of its file. */
  readonly name: string;
  /** What happens and what must hold, in one line. */
  readonly summary: string;
  /** Defaults; every parameter has one. */
  readonly parameters: P;
  /** Other defaults where every node is a real peer, and time costs more than in a model. */
  readonly scaled?: Partial<P>;
  /** Judged beside `key-use`, `bounded-memory` and `assertions`, which watch every run. */
  readonly oracles: readonly Oracle[];
  /** Weakenings of the protocol that this scenario must catch. */
  readonly sabotages: readonly string[];
  /** The stack that has what it needs; any simulated one when absent. */
  readonly stack?: "libp2p";
  /** Sets the stage: people, faults, adversaries, and when it heals. Runs at virtual time 0. */
  readonly play: (world: World, parameters: P) => void;
}

/** A scenario with its parameters' types kept for `play` and forgotten for lists. */
export function scenario<P extends Parameters>(definition: Scenario<P>): Scenario {
  return definition as unknown as Scenario;
}

/** A parameter that the scenario does not have, or a value it cannot take. */
export class ParameterError extends Error {
  override readonly name = "ParameterError";
}

/** The scenario as it is on a stack by default. */
export function scaledFor(scenario: Scenario, stack: Stack): Scenario {
  const { parameters, scaled } = scenario;
  return stack !== "libp2p" || scaled === undefined
    ? scenario
    : { ...scenario, parameters: { ...parameters, ...scaled } as Parameters };
}

/** The defaults with `set` in their place. */
export function parametersOf({ name, parameters }: Scenario, set: Parameters): Parameters {
  for (const [key, value] of Object.entries(set)) {
    if (!Object.hasOwn(parameters, key)) {
      const known = Object.keys(parameters).join(", ");
      throw new ParameterError(`scenario "${name}" has no parameter "${key}"; it has ${known}`);
    }
    if (!Number.isFinite(value) || value < 0) {
      throw new ParameterError(`parameter "${key}" must be a number from 0 up`);
    }
  }
  return { ...parameters, ...set };
}
