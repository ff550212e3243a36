import { equalConstantTime } from "../safety/index.ts";
import type { Suite } from "../suite/index.ts";
import {
  chainAfter,
  decodeAnchor,
  genesisChain,
  LOG_RECORD_BYTES_MAX,
  type LogHead,
  RECORD_HEADER_BYTES,
} from "./record.ts";

export type LogStatus = "empty" | "clean" | "torn" | "damaged";

/** What is wrong with a log that is not clean. */
export type LogReason =
  /** Bytes of an unfinished write follow the last record; it was never acknowledged. */
  | "log/unfinished-write"
  /** A record is altered, or something follows that is no record. */
  | "log/record-altered"
  /** The anchor names a record that is not there. */
  | "log/truncated"
  /** The log is of an older generation than its anchor, or forks from it. */
  | "log/rolled-back"
  | "log/anchor-missing"
  | "log/anchor-altered";

export interface RecoveredLog {
  /** The payloads of every intact record, in order. */
  readonly payloads: readonly Uint8Array[];
  /** The last intact record; undefined when there is none. */
  readonly head: LogHead | undefined;
  /** Length of the intact part. */
  readonly validBytes: number;
  readonly status: LogStatus;
  readonly reason: LogReason | undefined;
}

interface Scan {
  readonly payloads: Uint8Array[];
  readonly heads: LogHead[];
  readonly validBytes: number;
  /** The bytes after the intact part are too few for the record that they begin. */
  readonly incomplete: boolean;
}

/** Reads intact records from the start; stops at the first byte that does not fit the chain. */
function scan(suite: Suite, log: Uint8Array): Scan {
  const payloads: Uint8Array[] = [];
  const heads: LogHead[] = [];
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  let offset = 0;
  while (log.length - offset >= RECORD_HEADER_BYTES) {
    const length = view.getUint32(offset);
    const generation = view.getUint32(offset + 4);
    const sequence = view.getBigUint64(offset + 8);
    const last = heads.at(-1);
    const expected = last === undefined ? 0n : BigInt(last.sequence + 1);
    if (length > LOG_RECORD_BYTES_MAX || sequence !== expected || (last?.generation ?? generation) !== generation) {
      return { payloads, heads, validBytes: offset, incomplete: false };
    }
    const end = offset + RECORD_HEADER_BYTES + length;
    if (end > log.length) return { payloads, heads, validBytes: offset, incomplete: true };
    // Not the log's own `slice`: that of Node's Buffer would share its memory.
    const payload = new Uint8Array(log.subarray(offset + RECORD_HEADER_BYTES, end));
    const previous = last?.chain ?? genesisChain(suite, generation);
    const chain = chainAfter(suite, previous, generation, Number(sequence), payload);
    if (!equalConstantTime(chain, log.subarray(offset + 16, offset + RECORD_HEADER_BYTES))) {
      return { payloads, heads, validBytes: offset, incomplete: false };
    }
    payloads.push(payload);
    heads.push({ generation, sequence: Number(sequence), chain });
    offset = end;
  }
  return { payloads, heads, validBytes: offset, incomplete: true };
}

/**
 * What a log and its anchor hold after a stop at any moment.
 *
 * A record and its anchor become durable together, so exactly these states follow from an honest crash: all
 * records intact with the anchor at the last or the one before (its own write may have been lost after the
 * record's), the same with unfinished bytes behind (`torn`), or a whole new generation with the anchor of the
 * old. An unfinished write was never acknowledged, so nothing that depended on it has left this device.
 * Everything else is `damaged`: a record that the anchor covers is missing or altered. Intact records before
 * the first damage are returned always. A log and anchor rolled back together cannot be told from honest
 * ones without a counter outside this device.
 */
export function recover(suite: Suite, log: Uint8Array, anchorBytes: Uint8Array | undefined): RecoveredLog {
  const found = scan(suite, log);
  const head = found.heads.at(-1);
  const base = { payloads: found.payloads, head, validBytes: found.validBytes };
  const judged = (status: LogStatus, reason?: LogReason): RecoveredLog => ({ ...base, status, reason });
  const tail = log.length - found.validBytes;

  if (anchorBytes === undefined) {
    if (log.length === 0) return judged("empty");
    // Before the first anchor only the first record can have been under way.
    if (head === undefined)
      return found.incomplete ? judged("torn", "log/unfinished-write") : judged("damaged", "log/record-altered");
    // A crash between the very first snapshot and its anchor.
    if (head.generation === 1 && head.sequence === 0 && tail === 0) return judged("clean");
    return judged("damaged", "log/anchor-missing");
  }
  const anchor = decodeAnchor(suite, anchorBytes);
  if (anchor === undefined) return judged("damaged", "log/anchor-altered");
  if (head === undefined) return judged("damaged", log.length === 0 ? "log/truncated" : "log/record-altered");
  if (head.generation < anchor.generation) return judged("damaged", "log/rolled-back");
  if (head.generation > anchor.generation) {
    // A crash between replacing the log and moving the anchor; the replacement itself is atomic.
    if (head.generation === anchor.generation + 1 && head.sequence === 0 && tail === 0) return judged("clean");
    return judged("damaged", tail > 0 ? "log/record-altered" : "log/rolled-back");
  }
  const anchored = found.heads[anchor.sequence];
  if (anchored === undefined) return judged("damaged", tail > 0 ? "log/record-altered" : "log/truncated");
  if (!equalConstantTime(anchored.chain, anchor.chain)) return judged("damaged", "log/rolled-back");
  if (head.sequence > anchor.sequence + 1) return judged("damaged", "log/anchor-altered");
  return tail === 0 ? judged("clean") : judged("torn", "log/unfinished-write");
}
