import { MESSAGE_BYTES_MAX } from "../../core/node/index.ts";
import { BODY_BYTES_MIN } from "./speech.ts";

/** The one scenario that runs on a real wire: it needs no fault but the end of a process. */
export const REAL_SCENARIO = "conversation";

/** Numbers that a caller may set. */
export interface RealParameters {
  /** Messages each of the two says; 1 to MESSAGES_MAX. */
  readonly messages: number;
  /** The longest body; 16 to 60,000. */
  readonly messageBytesMax: number;
  /** 1: one process is killed halfway and continues from its log. 0: both live to the end. */
  readonly kill: number;
}

export const REAL_PARAMETERS: RealParameters = { messages: 200, messageBytesMax: 60_000, kill: 1 };

/** Fits an engine's outbox, so that none is refused. */
const MESSAGES_MAX = 2_000;

/** Throws a RangeError that names the parameter. */
export function checkParameters({ kill, messageBytesMax, messages }: RealParameters): void {
  const within = (value: number, low: number, high: number): boolean =>
    Number.isSafeInteger(value) && value >= low && value <= high;
  if (!within(messages, 1, MESSAGES_MAX)) throw new RangeError(`messages must be 1 to ${MESSAGES_MAX}`);
  if (!within(messageBytesMax, BODY_BYTES_MIN, MESSAGE_BYTES_MAX)) {
    throw new RangeError(`messageBytesMax must be ${BODY_BYTES_MIN} to ${MESSAGE_BYTES_MAX}`);
  }
  if (!within(kill, 0, 1)) throw new RangeError("kill must be 0 or 1");
}
