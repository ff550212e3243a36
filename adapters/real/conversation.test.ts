// Real processes and sockets, on loopback.
import { expect, test } from "vitest";
import { runReal } from "./index.ts";

const SEED = 1;
const messages = 24;

test(
  "two processes talk over QUIC, one is killed and comes back; over TCP none is: the same deliveries",
  { timeout: 30_000 },
  async () => {
    const [quic, tcp] = await Promise.all([
      runReal({ seed: SEED, transport: "quic", parameters: { messages, kill: 1 } }),
      runReal({ seed: SEED, transport: "tcp", parameters: { messages, kill: 0 } }),
    ]);
    for (const run of [quic, tcp]) {
      expect(run.oracles).toEqual(run.oracles.map(({ checks, name }) => ({ name, verdict: "held", checks })));
      expect(run).toMatchObject({ scenario: "conversation", stack: "real", verdict: "held", nodes: 2 });
      expect(run.counts).toMatchObject({ said: 2 * messages, delivered: 2 * messages });
    }
    expect(quic.timeline.map(({ kind }) => kind)).toContain("restart");
    expect(quic.traceHash).toBe(tcp.traceHash);
  },
);

test("a run that gets no time fails and says what it waited for", { timeout: 30_000 }, async () => {
  const run = await runReal({ seed: SEED, transport: "quic", parameters: { messages }, timeLimitMs: 1 });
  expect(run.verdict).toBe("failed");
  expect(run.oracles.find(({ name }) => name === "liveness")?.message).toContain("both processes are ready");
});

test.each([{ messages: 0 }, { messages: 1.5 }, { messageBytesMax: 60_001 }, { kill: 2 }])(
  "refuses %j before any process starts",
  async (parameters) => {
    await expect(runReal({ seed: SEED, transport: "quic", parameters })).rejects.toThrow(RangeError);
  },
);
