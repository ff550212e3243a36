import type { Command } from "commander";
import { figureTable } from "../../reports/index.ts";
import { benchDirectory, type DirectoryBench, LABELS_MIN } from "../bench/index.ts";
import { directoryLines, directoryTable } from "./bench-table.ts";
import { runCommand } from "./run.ts";
import { terminal } from "./terminal.ts";
import { nearest, UsageError, wholeNumber } from "./usage.ts";

interface BenchFlags {
  readonly labels: readonly number[];
  readonly rounds: number;
  readonly epochs: number;
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
];

const NAMES = benchmarks.map(({ name }) => name);
const LABELS = [1_000, 100_000, 1_000_000];
/** Up to here, the tree is measured in memory too. */
const MEMORY_LABELS_MAX = 100_000;

export function addBench(program: Command): void {
  program
    .command("bench")
    .description(`measure: ${NAMES.join(", ")}, or all of them`)
    .argument("[names...]", "benchmarks, or all of them when none is named")
    .option("--labels <N,N…>", "directory: sizes of the tree", sizes, LABELS)
    .option("--rounds <N>", "directory: repetitions of every proof", wholeNumber("--rounds", 1), 50)
    .option("--epochs <N>", "directory: epochs that are published", wholeNumber("--epochs", 1), 5)
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
    sabotage: undefined,
    jobs: 1,
    report: undefined,
    junit: undefined,
    json,
  });
}

/** Numbers with commas between them, ascending. */
function sizes(word: string): number[] {
  const numbers = word.split(",").map(wholeNumber("--labels", LABELS_MIN));
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
    if (process.stderr.isTTY) process.stderr.write(`\r\u001B[2K${size.toLocaleString("en-US")} labels, ${storage}`);
    results.push(await benchDirectory({ labels: size, storage, rounds, epochs }));
  }
  if (process.stderr.isTTY) process.stderr.write("\r\u001B[2K");
  if (json) {
    for (const line of results.flatMap(directoryLines)) process.stdout.write(`${line}\n`);
  } else {
    process.stdout.write(figureTable(directoryTable(results), terminal(process.stdout)));
  }
  return 0;
}
