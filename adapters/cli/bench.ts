import type { Command } from "commander";
import { figureTable } from "../../reports/index.ts";
import { benchDirectory, type DirectoryBench, LABELS_MIN } from "../bench/index.ts";
import { killTable } from "./bench-kill-table.ts";
import { isComplete, libp2pLines, libp2pTable } from "./bench-libp2p-table.ts";
import { nodeLines, nodeTables } from "./bench-node-table.ts";
import { directoryLines, directoryTable } from "./bench-table.ts";
import { runCommand } from "./run.ts";
import { terminal } from "./terminal.ts";
import { nearest, UsageError, wholeNumber } from "./usage.ts";

interface BenchFlags {
  readonly labels: readonly number[];
  readonly rounds: number;
  readonly epochs: number;
  readonly seconds: number;
  readonly nodes: readonly number[];
  readonly schedule: number;
  readonly dht: boolean;
  readonly real: boolean;
  readonly kills: number;
  readonly seed: number;
  readonly memory: boolean;
  readonly json: boolean;
}

interface Benchmark {
  readonly name: string;
  readonly summary: string;
  readonly play: (flags: BenchFlags) => Promise<number>;
}

/** A mesh, and the work that is given to it. */
const CONVERSATION = { nodes: 1_000, messages: 100_000, minutes: 60, messageBytesMax: 1_000 };

export const benchmarks: readonly Benchmark[] = [
  {
    name: "conversation",
    summary: "1,000 nodes exchange 100,000 messages in one virtual hour",
    play: playConversation,
  },
  {
    name: "directory",
    summary: "a key directory of 10^3, 10^5 and 10^6 labels: registration, epochs, cosigning, proofs and their sizes",
    play: playDirectory,
  },
  {
    name: "node",
    summary: "two nodes as they ship, over QUIC on loopback: messages a second, latencies, first contact, memory",
    play: playNode,
  },
  {
    name: "libp2p",
    summary: "plain libp2p meshes in virtual time and in real time, without and with kad-dht: speed, CPU, memory",
    play: playLibp2p,
  },
  {
    name: "kills",
    summary: "nodes that are killed while they talk: nothing is lost, doubled or altered, and no key serves twice",
    play: playKills,
  },
];

const NAMES = benchmarks.map(({ name }) => name);
const MESHES = [50];
const LABELS = [1_000, 100_000, 1_000_000];
/** Pairs of nodes that meet for the first time. */
const MEETINGS = 5;
const CONVERSATIONS = [0, 200, 1_000];
const MESSAGE_BYTES = [100, 4_000];
/** Up to here, the tree is measured in memory too. */
const MEMORY_LABELS_MAX = 100_000;

export function addBench(program: Command): void {
  program
    .command("bench")
    .description(
      `measure: ${NAMES.join(", ")}, or all of them; exit 1 when kills left something not in order or messages were not delivered`,
    )
    .argument("[names...]", "benchmarks, or all of them when none is named")
    .option("--labels <N,N…>", "directory: sizes of the tree", sizes, LABELS)
    .option("--rounds <N>", "directory: repetitions of every proof", wholeNumber("--rounds", 1), 50)
    .option("--epochs <N>", "directory: epochs that are published", wholeNumber("--epochs", 1), 5)
    .option(
      "--seconds <N>",
      "node: how long each figure is measured, after as long a warm-up",
      wholeNumber("--seconds", 1),
      10,
    )
    .option("--nodes <N,N…>", "libp2p: sizes of the mesh", meshSizes, MESHES)
    .option("--schedule <N>", "libp2p: seconds that its schedule takes", wholeNumber("--schedule", 2), 80)
    .option("--no-dht", "libp2p: leave out the meshes with kad-dht")
    .option("--no-real", "libp2p: leave out the meshes in real time")
    .option("--kills <N>", "kills: how many", wholeNumber("--kills", 1), 50)
    .option(
      "--seed <S>",
      "kills, libp2p: of who is killed or dials whom, and of what is said",
      wholeNumber("--seed", 0),
      1,
    )
    .option("--no-memory", "directory: leave out the figures of an index in memory")
    .option("--json", "one JSON object a figure, or a run, on standard output", false)
    .action(async (names: string[], flags: BenchFlags) => {
      process.exitCode = await playBenchmarks(names, flags);
    });
}

async function playBenchmarks(names: readonly string[], flags: BenchFlags): Promise<number> {
  const chosen = names.length === 0 || names.includes("all") ? NAMES : names;
  const found = chosen.map((name) => {
    const benchmark = benchmarks.find((each) => each.name === name);
    if (benchmark !== undefined) return benchmark;
    const near = nearest(name, NAMES);
    throw new UsageError(
      `unknown benchmark "${name}"; ${near === undefined ? `there are ${NAMES.join(", ")}` : `did you mean "${near}"?`}`,
    );
  });
  let code = 0;
  for (const benchmark of found) code = Math.max(code, await benchmark.play(flags));
  return code;
}

function playConversation({ json }: BenchFlags): Promise<number> {
  const { nodes, ...set } = CONVERSATION;
  return runCommand(["conversation"], {
    stack: "model",
    transport: "quic",
    seed: 1,
    seeds: 1,
    nodes,
    set,
    shard: undefined,
    population: 0,
    sabotage: undefined,
    jobs: 1,
    twice: false,
    report: undefined,
    junit: undefined,
    json,
  });
}

async function playNode({ json, seconds }: BenchFlags): Promise<number> {
  // It loads a whole node: nothing else waits for it.
  const { benchNode } = await import("../bench/node/index.ts");
  status("a node; nothing else should run meanwhile");
  const result = await benchNode({ bytes: MESSAGE_BYTES, seconds, meetings: MEETINGS, conversations: CONVERSATIONS });
  status("");
  if (json) for (const line of nodeLines(result)) process.stdout.write(`${line}\n`);
  else
    for (const table of nodeTables(result)) process.stdout.write(`${figureTable(table, terminal(process.stdout))}\n`);
  return 0;
}

async function playLibp2p({ dht: withDht, json, nodes, real, schedule: seconds, seed }: BenchFlags): Promise<number> {
  const { benchLibp2p } = await import("../bench/libp2p/index.ts");
  const kinds = withDht ? [false, true] : [false];
  const workloads = nodes.flatMap((size) => kinds.map((dht) => ({ nodes: size, dht, seconds, seed })));
  const results = await benchLibp2p(workloads, real, ({ dht, nodes: size }, clock) => {
    status(`${size} nodes ${dht ? "with" : "without"} kad-dht in ${clock} time; nothing else should run meanwhile`);
  });
  status("");
  if (json) for (const line of results.flatMap(libp2pLines)) process.stdout.write(`${line}\n`);
  else process.stdout.write(figureTable(libp2pTable(results), terminal(process.stdout)));
  return results.every(isComplete) ? 0 : 1;
}

async function playKills({ json, kills, seed }: BenchFlags): Promise<number> {
  const { killSweep } = await import("../endurance/index.ts");
  const result = await killSweep({ kills, seed, onKill: (count) => status(`${count} of ${kills} kills`) });
  status("");
  if (json) process.stdout.write(`${JSON.stringify({ benchmark: "kills", seed, ...result })}\n`);
  else process.stdout.write(figureTable(killTable(result, seed), terminal(process.stdout)));
  return result.faults.length === 0 ? 0 : 1;
}

/** One line on a terminal, in the place of the one before; nothing anywhere else. */
function status(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[2K${text}`);
}

function sizes(word: string): number[] {
  return ascending(word, "--labels", LABELS_MIN);
}

function meshSizes(word: string): number[] {
  return ascending(word, "--nodes", 2);
}

/** Numbers with commas between them. */
function ascending(word: string, flag: string, min: number): number[] {
  const numbers = word.split(",").map(wholeNumber(flag, min));
  return [...new Set(numbers)].sort((a, b) => a - b);
}

async function playDirectory(flags: BenchFlags): Promise<number> {
  const { epochs, json, labels, memory, rounds } = flags;
  const inMemory = memory ? labels.filter((size) => size <= MEMORY_LABELS_MAX).slice(-1) : [];
  const plan = [
    ...inMemory.map((size) => ({ labels: size, storage: "memory" as const })),
    ...labels.map((size) => ({ labels: size, storage: "sqlite" as const })),
  ];
  const results: DirectoryBench[] = [];
  for (const { labels: size, storage } of plan) {
    status(`${size.toLocaleString("en-US")} labels, ${storage}`);
    results.push(await benchDirectory({ labels: size, storage, rounds, epochs }));
  }
  status("");
  if (json) {
    for (const line of results.flatMap(directoryLines)) process.stdout.write(`${line}\n`);
  } else {
    process.stdout.write(figureTable(directoryTable(results), terminal(process.stdout)));
  }
  return 0;
}
