import { setTimeout as sleep } from "node:timers/promises";
import { type IdleFigures, measureIdle } from "./idle.ts";
import type { NodeFigures } from "./orders.ts";
import { type MeasuredNode, NodePair } from "./pair.ts";

/** Messages that wait or travel while a node is saturated: more than the protocol lets travel at once. */
const WINDOW = 64;
const PACE_MS = 50;
/** Until the last receipt of a pace is here. */
const SETTLE_MS = 2_000;

export interface NodeBenchOptions {
  /** Lengths of the messages, from 8. */
  readonly bytes: readonly number[];
  /** Of each measurement, after as many of a warm-up. */
  readonly seconds: number;
  /** Pairs that start and meet for the first time. */
  readonly meetings: number;
  /** Idle conversations that a node is measured with, ascending, from 0. */
  readonly conversations: readonly number[];
  /** Of Node, for the nodes' processes: a profile, for instance. */
  readonly flags?: readonly string[];
}

export interface Quantiles {
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly count: number;
}

/** What a node does with messages of one length. */
export interface MessageFigures {
  readonly bytes: number;
  /** One way, while the other way is still. */
  readonly perSecond: number;
  /** Of both ways together, while both are saturated. */
  readonly bothWaysPerSecond: number;
  readonly bothWaysCpuMs: number;
  readonly senderCpuMs: number;
  readonly receiverCpuMs: number;
  readonly senderRssBytes: number;
  readonly receiverRssBytes: number;
  readonly oneWayMs: Quantiles;
  readonly receiptMs: Quantiles;
}

export interface NodeBench {
  readonly messages: readonly MessageFigures[];
  readonly startMs: Quantiles;
  readonly firstContactMs: Quantiles;
  readonly idle: readonly IdleFigures[];
}

/** Measures nodes as they ship: two processes that talk over QUIC on loopback, and one that keeps quiet. */
export async function benchNode(options: NodeBenchOptions): Promise<NodeBench> {
  const { bytes, conversations, flags = [], meetings, seconds } = options;
  const startMs: number[] = [];
  const firstContactMs: number[] = [];
  const messages: MessageFigures[] = [];
  for (let meeting = 0; meeting < meetings; meeting++) {
    const started = await NodePair.start(meeting === meetings - 1 ? flags : []);
    const { pair } = started;
    startMs.push(...started.startMs);
    try {
      firstContactMs.push(await pair.meet());
      if (meeting === meetings - 1) {
        for (const each of bytes) messages.push(await measureMessages(pair, each, seconds));
      }
      await pair.stop();
    } finally {
      await pair.kill();
    }
  }
  const idle = await measureIdle(conversations);
  return { messages, startMs: quantilesOf(startMs), firstContactMs: quantilesOf(firstContactMs), idle };
}

async function measureMessages(pair: NodePair, bytes: number, seconds: number): Promise<MessageFigures> {
  const { a, b } = pair;
  const count = Math.ceil((seconds * 1_000) / PACE_MS);
  a.order({ kind: "pace", bytes, everyMs: PACE_MS, count });
  await sleep(count * PACE_MS + SETTLE_MS);
  const [pacedSender, pacedReceiver] = await pair.figures();
  const [sender, receiver, ms] = await saturate(pair, [a], bytes, seconds);
  const [one, other, bothMs] = await saturate(pair, [a, b], bytes, seconds);
  return {
    bytes,
    perSecond: receiver.heard / (ms / 1_000),
    bothWaysPerSecond: (one.heard + other.heard) / (bothMs / 1_000),
    bothWaysCpuMs: (one.cpuMs + other.cpuMs) / (one.heard + other.heard),
    senderCpuMs: sender.cpuMs / receiver.heard,
    receiverCpuMs: receiver.cpuMs / receiver.heard,
    senderRssBytes: sender.rssBytes,
    receiverRssBytes: receiver.rssBytes,
    oneWayMs: quantilesOf(pacedReceiver.oneWayMs),
    receiptMs: quantilesOf(pacedSender.receiptMs),
  };
}

/** What both did, after a warm-up, while these sent without a pause; and for how long, in milliseconds. */
async function saturate(
  pair: NodePair,
  senders: readonly MeasuredNode[],
  bytes: number,
  seconds: number,
): Promise<readonly [NodeFigures, NodeFigures, number]> {
  for (const sender of senders) sender.order({ kind: "pour", bytes, window: WINDOW });
  await sleep(seconds * 1_000);
  const [, before] = await pair.figures();
  await sleep(seconds * 1_000);
  const [a, b] = await pair.figures();
  for (const sender of senders) sender.order({ kind: "still" });
  await pair.settle();
  return [a, b, b.at - before.at];
}

/** Nearest ranks. */
export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = values.toSorted((x, y) => x - y);
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), count: sorted.length };
}
