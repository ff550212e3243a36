import { portableSuite, type Suite } from "../../core/suite/index.ts";
import { EPOCH_MS, Kernel, type KernelObserver, Stream } from "../kernel/index.ts";
import { boundedMemory, Judge, keyUse, type Oracle, Seals } from "../oracle/index.ts";
import type { Carrier } from "../network/index.ts";
import type { OracleVerdict, RunResult, Stack } from "../result.ts";
import { World } from "../world/index.ts";
import { watchOutcome } from "./outcome.ts";
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
  /** What takes the place of the modelled mesh. */
  readonly underlay?: Underlay;
  /** Sees what happens in the kernel of a modelled run. */
  readonly observer?: KernelObserver;
  /** Bystanders fill the world up to so many nodes. */
  readonly population?: number;
}

/** Another stack: its own course of time, and what carries packets. */
export interface Underlay {
  readonly stack: Stack;
  readonly kernel: Kernel;
  carrier(root: Stream): Carrier;
  /** Violations that no node shows. */
  faults(): readonly string[];
}

/** Plays a scenario once. The same scenario, seed, parameters and code give the same result on any machine. */
export function run(scenario: Scenario, options: RunOptions): RunResult {
  const { population = 0, sabotage, seed, stopwatch = () => 0, suite = portableSuite, underlay } = options;
  const parameters = parametersOf(scenario, options.parameters ?? {});
  const started = stopwatch();
  const kernel = underlay?.kernel ?? new Kernel();
  const seals = new Seals();
  const root = Stream.seeded(seed);
  if (options.observer !== undefined) kernel.observe(options.observer);
  const shared = sharedVerifications(suite);
  const carrier = underlay?.carrier(root.child("carrier"));
  const world = new World(kernel, root, seals.watched(shared), carrier);
  const oracles: Oracle[] = [...scenario.oracles, boundedMemory, keyUse(seals)];
  const judges = oracles.map((oracle) => {
    const judge = new Judge(oracle.name, kernel);
    world.watch(oracle.watch(world, judge));
    return judge;
  });
  const assertions = new Judge("assertions", kernel);
  const outcome = watchOutcome(world);
  try {
    scenario.play(world, parameters);
    world.populate(population);
    world.live();
    const faults = underlay?.faults() ?? [];
    assertions.check(faults.length === 0, () => faults[0] ?? "");
  } catch (failure) {
    // Whatever escapes a node is a bug in it: input from outside must never cause one.
    assertions.check(false, () => (failure instanceof Error ? `${failure.name}: ${failure.message}` : "unknown"));
  }
  const verdicts: OracleVerdict[] = [...judges, assertions].map((judge) => judge.verdict());
  const { network, trace } = world;
  // The bytes themselves, encrypted as they were.
  if (carrier !== undefined) trace.add({ atMs: kernel.elapsed, kind: "event", from: "wires", note: carrier.digest() });
  return {
    scenario: scenario.name,
    seed,
    stack: underlay?.stack ?? "model",
    nodes: world.nodes,
    verdict: verdicts.every(({ verdict }) => verdict === "held") ? "held" : "failed",
    oracles: verdicts,
    traceHash: trace.hash(),
    virtualMs: kernel.now - EPOCH_MS,
    wallMs: Math.round(stopwatch() - started),
    events: kernel.events,
    parameters,
    ...(population === 0 ? {} : { population }),
    ...(sabotage === undefined ? {} : { sabotage }),
    counts: {
      packets: network.packets,
      bytes: network.bytes,
      dropped: network.dropped,
      ...carrier?.counts,
      ...Object.fromEntries([...world.counts].sort(([a], [b]) => (a < b ? -1 : 1))),
    },
    outcome: outcome(),
    timeline: trace.timeline(),
    timelineDropped: trace.dropped,
    states: Object.fromEntries(
      world.parties
        .slice(0, STATES_MAX)
        .map(({ machine, name }) => [name, machine.up ? machine.engine.inspect() : "down"]),
    ),
  };
}
