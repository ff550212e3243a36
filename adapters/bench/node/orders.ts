import type { Failed } from "../../child/index.ts";
/** What the benchmark tells a node's process, whose word is its home. */
export type NodeOrder =
  | { readonly kind: "meet"; readonly card: string }
  /** Sends without a pause, `window` messages under way, until the next order to send, or to be still. */
  | { readonly kind: "pour"; readonly bytes: number; readonly window: number }
  /** Sends one message after another, whatever became of those before. */
  | { readonly kind: "pace"; readonly bytes: number; readonly everyMs: number; readonly count: number }
  | { readonly kind: "still" }
  | { readonly kind: "figures" }
  | { readonly kind: "stop" };

/** What there was since the figures were asked for the last time, and what the process is now. */
export interface NodeFigures {
  /** Milliseconds of a clock that all processes of the machine share. */
  readonly at: number;
  readonly delivered: number;
  /** Sent and not delivered, at this moment. */
  readonly underWay: number;
  /** From when a message was written until its receipt, in milliseconds; at most LATENCIES_MAX. */
  readonly receiptMs: readonly number[];
  readonly heard: number;
  /** From when it was written there until it was in the history here. */
  readonly oneWayMs: readonly number[];
  /** Of user and system, of all threads. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

export const LATENCIES_MAX = 65_536;

export type NodeReport =
  | { readonly kind: "ready"; readonly card: string }
  | { readonly kind: "met" }
  | { readonly kind: "heard" }
  | { readonly kind: "figures"; readonly figures: NodeFigures }
  | Failed;
