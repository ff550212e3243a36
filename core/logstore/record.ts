import { assert } from "../safety/index.ts";
import { ascii, SHA256_BYTES, type Suite } from "../suite/index.ts";

/** The longest payload of one record; a snapshot is one record. */
export const LOG_RECORD_BYTES_MAX: number = 64 * 1024 * 1024;
/** length u32 ‖ generation u32 ‖ sequence u64 ‖ chain 32. */
export const RECORD_HEADER_BYTES = 48;
/** generation u32 ‖ sequence u64 ‖ chain 32 ‖ checksum 8. */
export const ANCHOR_BYTES = 52;
const CHECKSUM_BYTES = 8;

const RECORD_DOMAIN = ascii("chhaya log record v1\0");
const GENESIS_DOMAIN = ascii("chhaya log genesis v1\0");
const ANCHOR_DOMAIN = ascii("chhaya log anchor v1\0");

/** The last record of a log: what the next one chains to. */
export interface LogHead {
  /** Counts rewrites of the whole log; the first is 1. */
  readonly generation: number;
  /** Counts records within the generation; its snapshot is 0. */
  readonly sequence: number;
  /** SHA-256 chain value, 32 bytes. */
  readonly chain: Uint8Array;
}

export interface Appended {
  readonly bytes: Uint8Array;
  readonly anchor: Uint8Array;
  readonly head: LogHead;
}

/** `length ‖ generation ‖ sequence`, big endian. */
function header(length: number, generation: number, sequence: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length);
  view.setUint32(4, generation);
  view.setBigUint64(8, BigInt(sequence));
  return bytes;
}

export function genesisChain(suite: Suite, generation: number): Uint8Array {
  return suite.sha256(GENESIS_DOMAIN, header(0, generation, 0));
}

export function chainAfter(
  suite: Suite,
  previous: Uint8Array,
  generation: number,
  sequence: number,
  payload: Uint8Array,
): Uint8Array {
  return suite.sha256(RECORD_DOMAIN, previous, header(payload.length, generation, sequence), payload);
}

function record(
  suite: Suite,
  previous: Uint8Array,
  generation: number,
  sequence: number,
  payload: Uint8Array,
): Appended {
  assert(payload.length <= LOG_RECORD_BYTES_MAX, "log record exceeds its limit");
  const chain = chainAfter(suite, previous, generation, sequence, payload);
  const head = { generation, sequence, chain };
  const bytes = new Uint8Array(RECORD_HEADER_BYTES + payload.length);
  bytes.set(header(payload.length, generation, sequence));
  bytes.set(chain, RECORD_HEADER_BYTES - SHA256_BYTES);
  bytes.set(payload, RECORD_HEADER_BYTES);
  return {
    bytes,
    anchor: encodeAnchor(suite, head),
    head,
  };
}

/** The first record of a new generation, from 1 to 2^32 − 1: a snapshot that replaces everything before. */
export function startGeneration(suite: Suite, generation: number, payload: Uint8Array): Appended {
  assert(Number.isInteger(generation) && generation >= 1 && generation <= 0xffffffff, "log generation out of range");
  return record(suite, genesisChain(suite, generation), generation, 0, payload);
}

/** The record after `head`. */
export function appendRecord(suite: Suite, head: LogHead, payload: Uint8Array): Appended {
  return record(suite, head.chain, head.generation, head.sequence + 1, payload);
}

export function encodeAnchor(suite: Suite, head: LogHead): Uint8Array {
  const bytes = new Uint8Array(ANCHOR_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, head.generation);
  view.setBigUint64(4, BigInt(head.sequence));
  bytes.set(head.chain, 12);
  bytes.set(suite.sha256(ANCHOR_DOMAIN, bytes.subarray(0, 44)).subarray(0, CHECKSUM_BYTES), 44);
  return bytes;
}

/** The head that an anchor names; undefined when it is malformed. */
export function decodeAnchor(suite: Suite, bytes: Uint8Array): LogHead | undefined {
  if (bytes.length !== ANCHOR_BYTES) return undefined;
  const sum = suite.sha256(ANCHOR_DOMAIN, bytes.subarray(0, 44));
  for (let i = 0; i < CHECKSUM_BYTES; i++) if (sum[i] !== bytes[44 + i]) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const sequence = view.getBigUint64(4);
  if (sequence > BigInt(Number.MAX_SAFE_INTEGER)) return undefined;
  const chain = new Uint8Array(bytes.subarray(12, 12 + SHA256_BYTES));
  return { generation: view.getUint32(0), sequence: Number(sequence), chain };
}
