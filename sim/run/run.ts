import { portableSuite, type Suite } from "../../core/suite/index.ts";
import { EPOCH_MS, Kernel, Stream } from "../kernel/index.ts";
import { boundedMemory, Judge, keyUse, type Oracle, Seals } from "../oracle/index.ts";
import type { OracleVerdict, RunResult } from "../result.ts";
import { World } from "../world/index.ts";
import { type Parameters, parametersOf, type Scenario } from "./scenario.ts";
import { sharedVerifications } from "./verifications.ts";

/** Nodes whose final state a result carries. */
const STATES_MAX = 64;

export interface RunOptions {
  readonly seed: number;
  readonly parameters?: Parameters;
  /** A reproducible suite; the portable one when none is given. */
  readonly suite?: Suite;
  /** Wall time in milliseconds, for the result only. */
  readonly stopwatch?: () => number;
  /** The weakening that was applied to the code, for the result only. */
  readonly sabotage?: string;
}

/** Plays a scenario once. The same scenario, seed, parameters and code give the same result on any machine. */
export function run(scenario: Scenario, options: RunOptions): RunResult {
  const { parameters: set = {}, sabotage, seed, stopwatch = () => 0, suite = portableSuite } = options;
  const parameters = parametersOf(scenario, set);
  const started = stopwatch();
  const kernel = new Kernel();
  const seals = new Seals();
  const world = new World(kernel, Stream.seeded(seed), seals.watched(sharedVerifications(suite)));
  const oracles: Oracle[] = [...scenario.oracles, boundedMemory, keyUse(seals)];
  const judges = oracles.map((oracle) => {
    const judge = new Judge(oracle.name, kernel);
    world.watch(oracle.watch(world, judge));
    return judge;
  });
  const assertions = new Judge("assertions", kernel);
  try {
    scenario.play(world, parameters);
    world.live();
    assertions.check(true, () => "");
  } catch (failure) {
    // Whatever escapes a node is a bug in it: input from outside must never cause one.
    assertions.check(false, () => (failure instanceof Error ? `${failure.name}: ${failure.message}` : "unknown"));
  }
  const verdicts: OracleVerdict[] = [...judges, assertions].map((judge) => judge.verdict());
  const { network, trace } = world;
  return {
    scenario: scenario.name,
    seed,
    stack: "model",
    nodes: world.nodes,
    verdict: verdicts.every(({ verdict }) => verdict === "held") ? "held" : "failed",
    oracles: verdicts,
    traceHash: trace.hash(),
    virtualMs: kernel.now - EPOCH_MS,
    wallMs: Math.round(stopwatch() - started),
    events: kernel.events,
    parameters,
    ...(sabotage === undefined ? {} : { sabotage }),
    counts: {
      packets: network.packets,
      bytes: network.bytes,
      dropped: network.dropped,
      ...Object.fromEntries([...world.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
    timeline: trace.timeline(),
    timelineDropped: trace.dropped,
    states: Object.fromEntries(
      world.parties
        .slice(0, STATES_MAX)
        .map(({ machine, name }) => [name, machine.up ? machine.engine.inspect() : "down"]),
    ),
  };
}
