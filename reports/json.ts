import type { RunResult } from "../sim/result.ts";

/** A run as one line of JSON without a line end: everything but its timeline and states, in a fixed key order. */
export function jsonLine(result: RunResult): string {
  const { scenario, seed, stack, nodes, verdict, traceHash, virtualMs, wallMs, wire, events, sabotage } = result;
  const oracles = result.oracles.map(({ name, verdict, checks, message, atMs }) => ({
    name,
    verdict,
    checks,
    message,
    atMs,
  }));
  const line = JSON.stringify({
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
    sabotage,
    counts: sorted(result.counts),
  });
  // JSON leaves these two bare, and line readers (node:readline among them) end a line at them.
  return line.replaceAll("\u2028", "\\u2028").replaceAll("\u2029", "\\u2029");
}

function sorted(record: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
