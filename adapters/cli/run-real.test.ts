// Real processes and sockets, on loopback.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type RunFlags, runCommand } from "./run.ts";

const directory = mkdtempSync(join(tmpdir(), "chhaya-run-real-"));
afterAll(() => rmSync(directory, { recursive: true }));

test("all that needs no faults is played, and the wire is named", { timeout: 150_000 }, () => {
  const small = ["--nodes", "2", ...["messages=6", "friends=1", "kill=0"].flatMap((each) => ["--set", each])];
  const words = [join(import.meta.dirname, "main.ts"), "run", "all", "--stack", "real", "--transport", "tcp", "--json"];
  const { status, stderr, stdout } = spawnSync(process.execPath, [...words, ...small], {
    cwd: directory,
    encoding: "utf8",
  });
  expect([status, stderr]).toEqual([0, ""]);
  const results = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  const common = { seed: 1, stack: "real", wire: "tcp", nodes: 2, verdict: "held" };
  expect(results).toMatchObject([
    { ...common, scenario: "conversation", parameters: { nodes: 2, messages: 6, kill: 0 } },
    { ...common, scenario: "offline-start", parameters: { friends: 1 } },
  ]);
});

const FLAGS: RunFlags = {
  stack: "real",
  transport: "quic",
  seed: 1,
  seeds: 1,
  nodes: undefined,
  set: {},
  shard: undefined,
  population: 0,
  sabotage: undefined,
  jobs: undefined,
  twice: false,
  report: undefined,
  junit: undefined,
  json: true,
};

const refusals: readonly (readonly [names: string[], flags: Partial<RunFlags>, line: string])[] = [
  [["replay"], {}, '--stack real cannot play "replay": it has no control of the network'],
  [
    ["conversation", "crash-restart"],
    {},
    '--stack real cannot play "crash-restart": it has no faults of disks and clocks',
  ],
  [["label-privacy"], {}, '--stack real cannot play "label-privacy": it has no directories'],
  [["conversation"], { transport: "udp" }, '--transport is one of quic, tcp, ws, webrtc-direct, not "udp"'],
  [["conversation"], { sabotage: "retransmission-off" }, "--sabotage needs --stack model"],
  [
    ["conversation"],
    { set: { loss: 1 } },
    'scenario "conversation" has no parameter "loss"; it has nodes, messages, minutes, messageBytesMax, kill',
  ],
  [["conversation"], { set: { messageBytesMax: 90_000 } }, "a message has at most 60000 bytes"],
];

test.each(refusals)("%j with %j is refused in one clear line", async (names, flags, line) => {
  const refusal = runCommand(names, { ...FLAGS, ...flags });
  await expect(refusal).rejects.toThrow(line);
  await expect(refusal).rejects.toMatchObject({ name: expect.stringMatching(/^(?:Usage|Parameter)Error$/u) });
});
