import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { compareRuns } from "../../sim/run/index.ts";
import { playBoth } from "./both.ts";
import type { Job } from "./plan.ts";
import { playAll } from "./pool.ts";

const directory = mkdtempSync(join(tmpdir(), "chhaya-both-"));
afterAll(() => rmSync(directory, { recursive: true }));

const quiet = { started() {}, finished() {} };

test("the same conversation on both stacks ends the same, and the report shows how long it took", () => {
  const small = ["nodes=2", "messages=10", "minutes=1"].flatMap((each) => ["--set", each]);
  const words = [join(import.meta.dirname, "main.ts"), "run", "conversation", "--stack", "both", ...small];
  const files = ["--report", directory, "--junit", join(directory, "junit.xml")];
  const { status, stderr, stdout } = spawnSync(process.execPath, [...words, ...files], { encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/^conversation +✔ 1\/1 +12 +0 +\d+ ms \/ \d+ ms \/ \d+ ms +\d+ ms \/ \d+ ms \/ \d+ ms$/mu);
  expect(stdout).toContain("1 scenario ends the same on both stacks.");
  const html = readFileSync(join(directory, "latest", "report.html"), "utf8");
  const [, json = ""] = /<script type="application\/json" id="data">(.*?)<\/script>/su.exec(html) ?? [];
  const quantiles = { p50: expect.any(Number), p90: expect.any(Number), p99: expect.any(Number) };
  const latencies = { messages: 12, quantiles };
  expect((JSON.parse(json) as { comparisons: unknown }).comparisons).toMatchObject([
    { scenario: "conversation", seeds: 1, same: 1, compared: 12, differences: [], model: latencies, libp2p: latencies },
  ]);
  expect(readFileSync(join(directory, "junit.xml"), "utf8")).toContain('name="conversation, seed 1"');
});

test("what one stack loses is told, message by message, and by the oracle that it fails", async () => {
  const job: Job = {
    scenario: "reorder-duplicate-loss",
    seed: 1,
    parameters: { minutes: 1 },
    stack: "libp2p",
    population: 0,
    sabotage: undefined,
  };
  const { comparisons, results } = await playBoth([job], 2, quiet);
  expect(comparisons.map(({ differences }) => differences)).toEqual([[]]);
  const [weakened] = await playAll([{ ...job, stack: "model", sabotage: "retransmission-off" }], 1, quiet);
  const [, libp2p] = results;
  if (weakened === undefined || libp2p === undefined) return expect.unreachable();
  const { compared, differences } = compareRuns(weakened, libp2p);
  expect(compared).toBeGreaterThan(0);
  expect(differences).toContain("delivery: failed on the model, held on libp2p");
  expect(differences.filter((line) => / read what .* on libp2p only$/u.test(line))).not.toEqual([]);
});
