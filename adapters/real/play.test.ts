// Real processes and sockets, on loopback.
import { expect, test } from "vitest";
import type { RunResult } from "../../sim/result.ts";
import { type Scenario, scenario } from "../../sim/run/index.ts";
import { onRealStack, runReal } from "./index.ts";

/** Two talk; one is away for the first half, and is written to. */
const letters: Scenario = onRealStack(
  scenario({
    name: "letters",
    summary: "letters wait",
    parameters: { messages: 6, bytes: 40_000 },
    oracles: [],
    sabotages: [],
    play(world, { bytes, messages }) {
      const [alice, bob] = world.crowd("writer", 2);
      if (alice === undefined || bob === undefined) return;
      alice.meets(bob);
      world.at(1_000, () => bob.crash());
      for (let i = 0; i < messages; i++) world.at(2_000 + i, () => alice.says(bob, i % 2 === 0 ? 20 : bytes));
      world.at(60_000, () => bob.restart());
      for (let i = 0; i < messages; i++) world.at(61_000 + i, () => bob.says(alice, i % 2 === 0 ? 20 : bytes));
      world.healAt(90_000, 120_000);
    },
  }),
);

function kindsOf({ timeline }: RunResult): string[] {
  return timeline.map(({ kind }) => kind).filter((kind) => kind === "crash" || kind === "restart");
}

test(
  "who was killed is written to, comes back on another port and answers: the same deliveries over QUIC and TCP",
  { timeout: 110_000 },
  async () => {
    const [quic, tcp] = await Promise.all([
      runReal({ scenario: letters, seed: 1, transport: "quic" }),
      runReal({ scenario: letters, seed: 1, transport: "tcp", parameters: { kill: 1 } }),
    ]);
    for (const run of [quic, tcp]) {
      expect(run.oracles).toEqual(run.oracles.map(({ checks, name }) => ({ name, verdict: "held", checks })));
      expect(run).toMatchObject({ scenario: "letters", stack: "real", verdict: "held", nodes: 2 });
      // Once more each, after the healing.
      expect(run.counts).toMatchObject({ said: 14, delivered: 14 });
    }
    expect([quic.wire, tcp.wire]).toEqual(["quic", "tcp"]);
    expect(kindsOf(quic)).toEqual(["crash", "restart"]);
    // Halfway through the play nobody but alice runs.
    expect(kindsOf(tcp)).toEqual(["crash", "crash", "restart", "restart"]);
    expect(quic.traceHash).toBe(tcp.traceHash);
  },
);

test("a run that gets no time fails and says what it waited for", { timeout: 30_000 }, async () => {
  const run = await runReal({ scenario: letters, seed: 1, transport: "quic", timeLimitMs: 1 });
  expect(run.verdict).toBe("failed");
  expect(run.oracles.find(({ name }) => name === "liveness")?.message).toContain("all processes listen");
});

test("parameters that no node could play are refused before any process starts", async () => {
  const parameters = { bytes: 60_001 };
  await expect(runReal({ scenario: letters, seed: 1, transport: "quic", parameters })).rejects.toThrow(RangeError);
});
