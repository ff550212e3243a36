import type { Comparison, OracleVerdict, RunResult } from "../sim/result.ts";

/** A small held run for tests; `changes` replace its fields. */
export function heldRun(changes: Partial<RunResult> = {}): RunResult {
  return {
    scenario: "first-contact",
    seed: 1,
    stack: "model",
    nodes: 3,
    verdict: "held",
    oracles: [{ name: "delivery", verdict: "held", checks: 12 }],
    traceHash: "ab".repeat(32),
    virtualMs: 61_000,
    wallMs: 250,
    events: 1234,
    parameters: {},
    counts: { said: 1, delivered: 1 },
    timeline: [
      { atMs: 10, kind: "say", from: "alice", to: "bob", note: "message 0" },
      { atMs: 11, kind: "packet", from: "alice", to: "bob", bytes: 512 },
      { atMs: 95, kind: "arrive", from: "alice", to: "bob", bytes: 512 },
      { atMs: 96, kind: "deliver", from: "alice", to: "bob", note: "message 0" },
    ],
    timelineDropped: 0,
    states: { alice: { sessions: [{ peer: "bob" }] }, bob: {} },
    ...changes,
  };
}

/** The same run with its delivery oracle failed. */
export function failedRun(changes: Partial<RunResult> = {}, oracle: Partial<OracleVerdict> = {}): RunResult {
  const failed: OracleVerdict = {
    name: "delivery",
    verdict: "failed",
    checks: 12,
    message: "bob never read message 0 of alice",
    atMs: 61_000,
    ...oracle,
  };
  return heldRun({ verdict: "failed", oracles: [{ name: "secrecy", verdict: "held", checks: 3 }, failed], ...changes });
}

/** Two runs with the same outcome; `changes` replace fields of the comparison. */
export function sameOnBoth(changes: Partial<Comparison> = {}): Comparison {
  return {
    scenario: "first-contact",
    seed: 1,
    parameters: {},
    differences: [],
    differencesLeftOut: 0,
    compared: 3,
    notComparable: {},
    saidOtherwise: 0,
    latencies: { model: [40, 50, 60], libp2p: [45, 55, 4_000] },
    ...changes,
  };
}

/** Two runs whose outcomes differ. */
export function differentOnBoth(changes: Partial<Comparison> = {}): Comparison {
  return sameOnBoth({ differences: ["delivery: held on the model, failed on libp2p"], ...changes });
}
