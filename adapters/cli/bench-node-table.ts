import type { FigureRow, FigureTable } from "../../reports/index.ts";
import type { MessageFigures, NodeBench, Quantiles } from "../bench/node/index.ts";

type IdleFigures = NodeBench["idle"][number];

const MIB = 2 ** 20;
const KIB = 2 ** 10;

interface Figure<T> {
  readonly name: string;
  readonly unit: string;
  readonly value: (measured: T) => number;
}

const MESSAGES: readonly Figure<MessageFigures>[] = [
  { name: "messages a second, one way", unit: "/s", value: ({ perSecond }) => perSecond },
  { name: "CPU of the sender, a message", unit: "ms", value: ({ senderCpuMs }) => senderCpuMs },
  { name: "CPU of the receiver, a message", unit: "ms", value: ({ receiverCpuMs }) => receiverCpuMs },
  { name: "messages a second, both ways together", unit: "/s", value: ({ bothWaysPerSecond }) => bothWaysPerSecond },
  { name: "CPU of both nodes, a message", unit: "ms", value: ({ bothWaysCpuMs }) => bothWaysCpuMs },
  { name: "memory of the sender (RSS)", unit: "MiB", value: ({ senderRssBytes }) => senderRssBytes / MIB },
  { name: "memory of the receiver (RSS)", unit: "MiB", value: ({ receiverRssBytes }) => receiverRssBytes / MIB },
];

const IDLE: readonly Figure<IdleFigures>[] = [
  { name: "memory (RSS)", unit: "MiB", value: ({ rssBytes }) => rssBytes / MIB },
  { name: "of it, heap in use", unit: "MiB", value: ({ heapBytes }) => heapBytes / MIB },
  { name: "opens in", unit: "ms", value: ({ openMs }) => openMs },
];

const NOTES: readonly string[] = [
  "Two processes of the composition that ships, QUIC on loopback, log and history sealed and durable on both sides. " +
    "Saturated: 64 messages wait or travel, each way. Latencies at 20 messages a second, one way, nothing else going on: " +
    "until the message is in the receiver's history, and until the sender has the receipt, which waits for up to half a " +
    "second for a message to ride on.",
  "First contact: from writing the first message to somebody whose card was just added, until it is in the other's " +
    "history; with lookup, dial and handshake. Start: from the fork until the node listens.",
];
const IDLE_NOTES: readonly string[] = [
  "One process without a network, opened from a log with so many established conversations, after a collection; they " +
    "were begun over a network in memory. A conversation: the difference to none.",
];

/** What a pair of nodes does, how long things take, and what idle conversations take. */
export function nodeTables(bench: NodeBench): FigureTable[] {
  return [timeTable(bench), messageTable(bench), idleTable(bench)];
}

function timesOf({ firstContactMs, messages, startMs }: NodeBench): readonly (readonly [string, Quantiles])[] {
  return [
    ...messages.flatMap(({ bytes, oneWayMs, receiptMs }) => [
      [`${bytes.toLocaleString("en-US")} B until they are there`, oneWayMs] as const,
      [`${bytes.toLocaleString("en-US")} B until the receipt`, receiptMs] as const,
    ]),
    ["first contact", firstContactMs],
    ["start", startMs],
  ];
}

function timeTable(bench: NodeBench): FigureTable {
  const rows = timesOf(bench).map(([name, { p50, p90, p99 }]) =>
    plain(
      name,
      [p50, p90, p99].map((ms) => withUnit(ms, "ms")),
    ),
  );
  return { title: "node: times", columns: ["p50", "p90", "p99"], blocks: [{ heading: "", rows }], notes: [] };
}

function messageTable({ messages }: NodeBench): FigureTable {
  const columns = messages.map(({ bytes }) => `${bytes.toLocaleString("en-US")} B`);
  return {
    title: "node: saturated",
    columns,
    blocks: [{ heading: "", rows: rowsOf(MESSAGES, messages) }],
    notes: NOTES,
  };
}

function idleTable({ idle }: NodeBench): FigureTable {
  const [none] = idle;
  const each =
    (value: (figures: IdleFigures) => number) =>
    (figures: IdleFigures): string =>
      none === undefined || figures.conversations === 0
        ? ""
        : withUnit((value(figures) - value(none)) / figures.conversations / KIB, "KiB");
  const rows = [
    ...rowsOf(IDLE, idle),
    plain("a conversation, of the RSS", idle.map(each(({ rssBytes }) => rssBytes))),
    plain("a conversation, of the heap", idle.map(each(({ heapBytes }) => heapBytes))),
  ];
  const columns = idle.map(({ conversations }) => conversations.toLocaleString("en-US"));
  return { title: "node: idle conversations", columns, blocks: [{ heading: "", rows }], notes: IDLE_NOTES };
}

/** One line of JSON a figure. */
export function nodeLines(bench: NodeBench): string[] {
  const line = (figure: object): string => JSON.stringify({ benchmark: "node", ...figure });
  return [
    ...timesOf(bench).map(([name, quantiles]) => line({ name, unit: "ms", ...quantiles })),
    ...bench.messages.flatMap((measured) =>
      MESSAGES.map(({ name, unit, value }) => line({ name, bytes: measured.bytes, unit, value: value(measured) })),
    ),
    ...bench.idle.flatMap((measured) =>
      IDLE.map(({ name, unit, value }) =>
        line({ name, conversations: measured.conversations, unit, value: value(measured) }),
      ),
    ),
  ];
}

function rowsOf<T>(figures: readonly Figure<T>[], measured: readonly T[]): FigureRow[] {
  return figures.map(({ name, unit, value }) =>
    plain(
      name,
      measured.map((each) => withUnit(value(each), unit)),
    ),
  );
}

function plain(name: string, cells: readonly string[]): FigureRow {
  return { name, cells, aim: "", met: undefined };
}

function withUnit(value: number, unit: string): string {
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ${unit}`;
}
