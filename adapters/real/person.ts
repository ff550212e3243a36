import type { Child } from "../child/index.ts";
import type { Inspection } from "../../core/node/index.ts";
import type { Libp2pCounters } from "../libp2p/index.ts";
import type { Order, Report } from "./orders.ts";
import type { Role } from "./script.ts";

/** Somebody in a play, as the runner sees them. */
export interface Person {
  readonly name: string;
  readonly role: Role;
  readonly directory: string;
  /** The running one, or the last that ran. */
  process: Child<Order, Report>;
  isUp: boolean;
  /** What its present process reported. */
  addresses: readonly string[] | undefined;
  ready: (Report & { readonly kind: "ready" }) | undefined;
  found: boolean | undefined;
  /** Whose cards it was given, by name; and those that its engine has, by account. */
  readonly acquaintances: Set<string>;
  readonly knows: Set<string>;
  /** Messages that it was told to say; their tokens count from 0. */
  said: number;
  /** Tokens of messages that the engine made durable. */
  readonly queued: Set<number>;
  readonly delivered: Set<number>;
  inspection: Inspection | undefined;
  /** Of the present process: a killed one takes its counts along. */
  counters: Libp2pCounters | undefined;
  /** Its process was told to stop, or killed by the play; otherwise its end is a failure. */
  mayEnd: boolean;
  /** A process of theirs was killed, with what it had been told and not reported. */
  killed: boolean;
  exitCode: number | null | undefined;
}

/** A step of the play did not happen in time, or a process failed: what was heard until then is judged. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** What the person's process reported; the play is interrupted if it never did. */
export function readyOf({ name, ready }: Person): Report & { readonly kind: "ready" } {
  if (ready === undefined) throw new Interrupted(`${name}'s process is not ready`);
  return ready;
}

/** Messages that no acknowledgement has reached. */
export function waitingOf({ peers }: Inspection): number {
  return Object.values(peers).reduce((sum, { waiting }) => sum + waiting, 0);
}
