import type { FigureRow, FigureTable } from "../../reports/index.ts";
import { type Comparison, deliveriesWanted, type Outcome, type Workload } from "../bench/libp2p/index.ts";

const MIB = 2 ** 20;
const SECOND_MS = 1_000;
/** The size that the aims are for, with gossipsub alone. */
const AIMED_AT = 100;

interface Figure {
  readonly name: string;
  readonly unit: string;
  readonly value: (outcome: Outcome, workload: Workload) => number;
  /** What it is to be over, in virtual time. */
  readonly aim?: number;
}

const FIGURES: readonly Figure[] = [
  { name: "seconds of its clock in a second", unit: "", value: pace, aim: 20 },
  { name: "node-seconds in a second", unit: "", value: (outcome, { nodes }) => nodes * pace(outcome), aim: 2_000 },
  { name: "CPU for each node-second", unit: "ms", value: cpuOfNodeSecond },
  {
    name: "CPU for each connection, until the first message",
    unit: "ms",
    value: ({ connections, formingCpuMs }) => formingCpuMs / connections,
  },
  {
    name: "CPU for each delivery, from then on",
    unit: "ms",
    value: ({ delivered, messagingCpuMs }) => messagingCpuMs / delivered,
  },
  { name: "connections at the end", unit: "", value: ({ connections }) => connections },
  { name: "memory (RSS) at most", unit: "MiB", value: ({ rssBytes }) => rssBytes / MIB },
];

const NOTES: readonly string[] = [
  "Plain js-libp2p with Noise, Yamux, identify and gossipsub, 3 dials a node, 50 messages that each reached everybody, " +
    "one after the other: in virtual time over simulated wires of 1 ms in one thread, and in real time over @libp2p/memory, " +
    "each in a process of its own. Times count from the first start to the end, without the loading of modules.",
  "The aims are for 100 nodes without kad-dht, in virtual time.",
];
const NOTHING_TO_COMPARE =
  "Nothing in real time: it was left out, or @libp2p/memory, which only development installs, is missing.";

const INCOMPLETE =
  "FAILED: not everything was delivered. In real time, a machine that is too slow needs a longer schedule.";

/** Whether every message reached everybody, in whatever time was measured. */
export function isComplete({ real, virtual, workload }: Comparison): boolean {
  return [virtual, real].every((outcome) => outcome === undefined || outcome.delivered === deliveriesWanted(workload));
}

function pace({ clockMs, wallMs }: Outcome): number {
  return clockMs / wallMs;
}

function cpuOfNodeSecond({ clockMs, formingCpuMs, messagingCpuMs }: Outcome, { nodes }: Workload): number {
  return (formingCpuMs + messagingCpuMs) / ((clockMs / SECOND_MS) * nodes);
}

/** How many times as fast as in real time the same was done. */
function speedUp({ real, virtual }: Comparison): number | undefined {
  return real === undefined ? undefined : pace(virtual) / pace(real);
}

/** Each size in virtual and in real time side by side, without and with kad-dht. */
export function libp2pTable(comparisons: readonly Comparison[]): FigureTable {
  const sizes = [...new Set(comparisons.map(({ workload }) => workload.nodes))];
  const kinds = [false, true].filter((dht) => comparisons.some(({ workload }) => workload.dht === dht));
  const blocks = kinds.map((dht) => {
    const measured = sizes.map((nodes) => comparisons.find((each) => matches(each.workload, nodes, dht)));
    const cells = (cell: (comparison: Comparison) => readonly string[]): string[] =>
      measured.flatMap((each) => (each === undefined ? ["", ""] : cell(each)));
    const rows = FIGURES.map((figure): FigureRow => {
      const judged = dht ? undefined : measured.find((each) => each?.workload.nodes === AIMED_AT);
      const aimed = judged !== undefined && figure.aim !== undefined;
      return {
        name: figure.name,
        cells: cells(({ real, virtual, workload }) =>
          [virtual, real]
            .map((outcome) => outcome && withUnit(figure.value(outcome, workload), figure.unit))
            .map(orEmpty),
        ),
        aim: aimed ? `> ${figure.aim?.toLocaleString("en-US")}` : "",
        met: aimed ? figure.value(judged.virtual, judged.workload) > (figure.aim ?? 0) : undefined,
      };
    });
    const times = cells((comparison) => {
      const times = speedUp(comparison);
      return [times === undefined ? "" : withUnit(times, "times"), ""];
    });
    const deliveries = cells(({ real, virtual, workload }) =>
      [virtual, real].map((outcome) =>
        outcome === undefined ? "" : `${withCommas(outcome.delivered)} of ${withCommas(deliveriesWanted(workload))}`,
      ),
    );
    const complete: FigureRow = { name: "deliveries", cells: deliveries, aim: "", met: undefined };
    const ratio: FigureRow = { name: "as fast as in real time", cells: times, aim: "", met: undefined };
    return { heading: dht ? "gossipsub and kad-dht" : "gossipsub", rows: [complete, ...rows, ratio] };
  });
  return {
    title: "libp2p",
    columns: sizes.flatMap((nodes) => [`${nodes} nodes, virtual`, "real"]),
    blocks,
    notes: [
      ...NOTES,
      ...(comparisons.every(({ real }) => real !== undefined) ? [] : [NOTHING_TO_COMPARE]),
      ...(comparisons.every(isComplete) ? [] : [INCOMPLETE]),
    ],
  };
}

function matches(workload: Workload, nodes: number, dht: boolean): boolean {
  return workload.nodes === nodes && workload.dht === dht;
}

function withCommas(count: number): string {
  return count.toLocaleString("en-US");
}

/** One line of JSON a play, with its figures. */
export function libp2pLines(comparison: Comparison): string[] {
  const { real, virtual, workload } = comparison;
  return Object.entries({ virtual, real }).flatMap(([clock, outcome]) => {
    if (outcome === undefined) return [];
    const nodeSeconds = pace(outcome) * workload.nodes;
    const ratio = clock === "virtual" ? { timesReal: speedUp(comparison) } : {};
    const figures = { ...workload, clock, ...outcome, pace: pace(outcome), nodeSeconds, ...ratio };
    return [JSON.stringify({ benchmark: "libp2p", ...figures })];
  });
}

function orEmpty(text: string | undefined): string {
  return text ?? "";
}

function withUnit(value: number, unit: string): string {
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0;
  const number = value.toLocaleString("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return unit === "" ? number : `${number} ${unit}`;
}
