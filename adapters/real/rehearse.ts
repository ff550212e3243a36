import { MESSAGE_BYTES_MAX } from "../../core/node/index.ts";
import { type Parameters, parametersOf, type Scenario } from "../../sim/run/index.ts";
import type { World } from "../../sim/world/index.ts";
import type { Script } from "./script.ts";
import { guarded, Stage, Unplayable } from "./stage.ts";

/** What the real stack judges. */
const ORACLES: ReadonlySet<string> = new Set(["delivery", "attribution", "liveness"]);
/** Smaller than in the simulator, where processes cost nothing; and longer letters. */
const DEFAULTS: Readonly<Record<string, Parameters>> = {
  conversation: { nodes: 4, messages: 60, messageBytesMax: MESSAGE_BYTES_MAX, kill: 1 },
  "offline-start": { friends: 3 },
};

/** The scenario with the parameters that it has on the real stack: `kill` 1 has one process killed halfway. */
export function onRealStack(scenario: Scenario): Scenario {
  return { ...scenario, parameters: { ...scenario.parameters, kill: 0, ...DEFAULTS[scenario.name] } };
}

/**
 * Writes down what happens in a run of a scenario from {@link onRealStack}, with nothing started: the same seed gives
 * the words and moments that the simulated world would give. Throws {@link Unplayable} for a scenario that needs more
 * than processes which can be killed, and a RangeError for parameters that no real node could play.
 */
export function rehearse(scenario: Scenario, seed: number, set: Parameters = {}): Script {
  const { kill = 0, ...parameters } = parametersOf(scenario, set);
  if (kill !== 0 && kill !== 1) throw new RangeError("kill must be 0 or 1");
  const stage = new Stage(seed);
  // The guard answers whatever a scenario takes from a world beyond the stage.
  scenario.play(guarded(stage) as unknown as World, parameters);
  if (kill === 1) stage.killHalfway();
  const script = stage.finish();
  const unjudged = scenario.oracles.find(({ name }) => !ORACLES.has(name));
  if (unjudged !== undefined) throw new Unplayable(`oracle "${unjudged.name}"`);
  const long = script.steps.some((step) => step.kind === "say" && step.body.length > MESSAGE_BYTES_MAX);
  if (long) throw new RangeError(`a message has at most ${MESSAGE_BYTES_MAX} bytes`);
  if (!script.steps.some(({ kind }) => kind === "say")) throw new RangeError("nobody says anything");
  return script;
}

/** What the scenario needs that the real stack has not; undefined when it can be played. */
export function obstacleTo(scenario: Scenario, seed: number, set: Parameters = {}): string | undefined {
  try {
    rehearse(scenario, seed, set);
    return undefined;
  } catch (failure) {
    if (failure instanceof Unplayable) return failure.message;
    throw failure;
  }
}
