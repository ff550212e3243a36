import type { Comparison, Outcome, RunResult } from "../sim/result.ts";
import { isSame } from "./comparison.ts";
import { quantiles } from "./quantiles.ts";

/**
 * A run as one line of JSON without a line end: everything but its timeline and states, and its outcome in numbers, in a
 * fixed key order.
 */
export function jsonLine(result: RunResult): string {
  const { scenario, seed, stack, nodes, verdict, traceHash, virtualMs, wallMs, wire, events, sabotage } = result;
  const oracles = result.oracles.map(({ name, verdict, checks, message, atMs }) => ({
    name,
    verdict,
    checks,
    message,
    atMs,
  }));
  return oneLine({
    scenario,
    seed,
    stack,
    wire,
    nodes,
    verdict,
    oracles,
    traceHash,
    virtualMs,
    wallMs,
    events,
    parameters: sorted(result.parameters),
    population: result.population,
    sabotage,
    counts: sorted(result.counts),
    outcome: result.outcome && outcomeInNumbers(result.outcome),
  });
}

/** A comparison as one line of JSON: everything but its latencies, of which their quantiles in milliseconds. */
export function comparisonLine(comparison: Comparison): string {
  const { scenario, seed, differences, differencesLeftOut, compared, notComparable, saidOtherwise } = comparison;
  const { parameters, population, sabotage } = comparison;
  return oneLine({
    scenario,
    seed,
    stack: "both",
    same: isSame(comparison),
    parameters: sorted(parameters),
    population,
    sabotage,
    differences,
    differencesLeftOut,
    compared,
    notComparable: sorted(notComparable),
    saidOtherwise,
    latencyMs: { model: quantiles(comparison.latencies.model), libp2p: quantiles(comparison.latencies.libp2p) },
  });
}

function outcomeInNumbers({ convictions, digest, foreign, messages, messagesLeftOut }: Outcome) {
  const latencies = messages.flatMap(({ readAfterMs }) => readAfterMs ?? []).sort((a, b) => a - b);
  return {
    said: messages.length + messagesLeftOut,
    read: latencies.length,
    foreign: foreign.length,
    convictions: convictions.length,
    latencyMs: quantiles(latencies),
    digest,
  };
}

function oneLine(value: unknown): string {
  // JSON leaves these two bare, and line readers (node:readline among them) end a line at them.
  return JSON.stringify(value).replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function sorted(record: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
