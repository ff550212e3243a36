import { type Parameters, run, type RunResult, type Scenario, Stream } from "../../sim/index.ts";
import type { Chronicle } from "../../sim/divergence/index.ts";
import type { Realm } from "../../sim/realm/index.ts";
import { simulationSuite } from "../suite/index.ts";
import { Libp2pCarrier } from "./carrier.ts";

/** One run of a scenario on libp2p. */
export interface VirtualRun {
  readonly seed: number;
  readonly parameters: Parameters;
  readonly population: number;
  readonly sabotage: string | undefined;
  /** Is told all that the run does. */
  readonly chronicle?: Chronicle | undefined;
}

/**
 * Plays a scenario in a realm, once and as the only one. Call it from an event of the real loop, and not from a promise:
 * there, promises would not settle.
 */
export function playVirtual(
  realm: Realm,
  scenario: Scenario,
  { chronicle, parameters, population, sabotage, seed }: VirtualRun,
  stopwatch: () => number,
): RunResult {
  const onSent =
    chronicle && ((from: string, to: string, bytes: Uint8Array) => chronicle.note(`wire ${from}>${to}`, bytes));
  realm.begin(Stream.seeded(seed).child("platform"), chronicle);
  let carrier: Libp2pCarrier | undefined;
  const faults = (): string[] => [
    ...realm.guards.breaches.map(({ stack, message }) => stack ?? message),
    ...(carrier?.failures ?? []).map((failure) =>
      failure instanceof Error ? (failure.stack ?? failure.message) : "unknown",
    ),
  ];
  try {
    return run(scenario, {
      seed,
      parameters,
      population,
      suite: simulationSuite,
      stopwatch,
      underlay: {
        stack: "libp2p",
        kernel: realm.kernel,
        carrier: (root) => (carrier = new Libp2pCarrier(realm.kernel, root, population, onSent)),
        faults,
      },
      ...(sabotage === undefined ? {} : { sabotage }),
    });
  } finally {
    chronicle?.end();
    realm.remove();
  }
}
