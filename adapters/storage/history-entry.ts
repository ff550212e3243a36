/** The longest message that is kept, in bytes. */
export const HISTORY_BODY_BYTES_MAX = 65_536;
/** The longest contact and message id, in bytes of UTF-8. */
export const HISTORY_NAME_BYTES_MAX = 255;
/** The most entries that one query gives. */
export const HISTORY_LIST_MAX = 1_000;
/** How far an outgoing message has come; it only ever goes on to a later one. */
export const SEND_STATES = ["offered", "queued", "failed", "delivered"] as const;
export type SendState = (typeof SEND_STATES)[number];

export interface ReceivedMessage {
  /** At most {@link HISTORY_NAME_BYTES_MAX} bytes, as `contact` is. */
  readonly id: string;
  readonly contact: string;
  /** At most {@link HISTORY_BODY_BYTES_MAX} bytes. */
  readonly body: Uint8Array;
  /** Milliseconds, a whole number. */
  readonly at: number;
  readonly provisional: boolean;
}

export interface HistoryEntry {
  /** Counts messages of both directions, from 1. */
  readonly row: number;
  readonly direction: "in" | "out";
  readonly contact: string;
  readonly body: Uint8Array;
  /** Milliseconds, as handed in. */
  readonly at: number;
  /** Of an incoming message "received". "damaged" when the row was altered: nothing else of the entry counts then. */
  readonly state: SendState | "received" | "damaged";
  /** When the state was reached, milliseconds. */
  readonly stateAt: number;
  readonly provisional: boolean;
  /** Of an incoming message. */
  readonly id?: string;
  /** Of an outgoing one. */
  readonly token?: number;
}

export interface HistoryQuery {
  readonly contact?: string;
  /** Rows above this one only. */
  readonly after?: number;
  /** Rows below this one only. */
  readonly before?: number;
  /** From 1 to {@link HISTORY_LIST_MAX}. */
  readonly limit: number;
  /** The last `limit` rows that fit, instead of the first. In ascending order all the same. */
  readonly newest?: boolean;
}

/** An outgoing message that is neither delivered nor given up. */
export interface Unsettled {
  readonly token: number;
  readonly contact: string;
  readonly body: Uint8Array;
  readonly state: "offered" | "queued";
}

/** What was said. Never changes. */
export type Content =
  | {
      readonly kind: "in";
      readonly id: string;
      readonly contact: string;
      readonly at: number;
      readonly body: Uint8Array;
    }
  | {
      readonly kind: "out";
      readonly token: number;
      readonly contact: string;
      readonly at: number;
      readonly body: Uint8Array;
    };

/** What became of it. */
export interface Status {
  /** Of an incoming message "delivered". */
  readonly state: SendState;
  /** When it came to be so. */
  readonly at: number;
  readonly provisional: boolean;
}

/** How far a message has come, to compare. */
export function rankOf(state: SendState): number {
  return SEND_STATES.indexOf(state);
}

export function isUnsettled({ state }: Status): boolean {
  return state === "offered" || state === "queued";
}

/** A row, from what its cells hold; undefined where one was altered. */
export function entryOf(row: number, content: Content | undefined, status: Status | undefined): HistoryEntry {
  if (content === undefined || status === undefined) {
    const nothing = { contact: "", body: new Uint8Array(0), at: 0, stateAt: 0, provisional: false };
    return { row, direction: "in", state: "damaged", ...nothing };
  }
  const { kind: direction, ...said } = content;
  const { at: stateAt, provisional, state } = status;
  return { row, direction, ...said, state: direction === "in" ? "received" : state, stateAt, provisional };
}
