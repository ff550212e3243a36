import type { Failed } from "../child/index.ts";
import type { Row } from "./judge.ts";

/** What the runner tells a member's process, whose words are its home and the file that its envelopes are noted in. */
export type Order =
  | { readonly kind: "meet"; readonly card: string }
  | { readonly kind: "say"; readonly number: number; readonly body: Uint8Array }
  | { readonly kind: "list"; readonly after: number }
  | { readonly kind: "stop" };

/** What a member's process tells the runner. */
export type Report =
  /** Everything is loaded, nothing is opened yet. */
  | { readonly kind: "opening" }
  | { readonly kind: "ready"; readonly account: string; readonly card: string }
  | { readonly kind: "met" }
  /** The message is durable: from now on it must not be lost. */
  | { readonly kind: "queued"; readonly number: number }
  | { readonly kind: "refused"; readonly number: number }
  /** The history above the row that was asked for, and how many messages the engine holds that are not delivered. */
  | { readonly kind: "rows"; readonly after: number; readonly rows: readonly Row[]; readonly waiting: number }
  | { readonly kind: "recovered"; readonly status: "torn" | "damaged" }
  | Failed;
