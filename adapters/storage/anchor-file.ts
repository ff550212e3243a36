import { createHash } from "node:crypto";
import { ANCHOR_BYTES } from "../../core/logstore/index.ts";
import { assert } from "../../core/safety/index.ts";

/** Two slots, so far apart that no sector or page of a disk holds parts of both. */
export const SLOT_BYTES = 4_096;
/** number u64 ‖ epoch u32 ‖ log length u64, big-endian; the anchor follows. */
const PREFIX_BYTES = 20;
export const COMMIT_BYTES: number = PREFIX_BYTES + ANCHOR_BYTES;
const CHECKSUM_BYTES = 8;

/** What one write commits to. */
export interface Commit {
  /** Counts commits. The slot is its parity: a torn write leaves the commit before intact. */
  readonly number: number;
  /** The number of the log's file. */
  readonly epoch: number;
  /** Its length in bytes. */
  readonly length: number;
  readonly anchor: Uint8Array;
}

/** Where a commit goes in the file. */
export function offsetOf({ number }: Commit): number {
  return ((number + 1) % 2) * SLOT_BYTES;
}

/** {@link COMMIT_BYTES}. */
export function encodeCommit({ anchor, epoch, length, number }: Commit): Uint8Array {
  assert(anchor.length === ANCHOR_BYTES, "anchor has the wrong length");
  const bytes = new Uint8Array(COMMIT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(number));
  view.setUint32(8, epoch);
  view.setBigUint64(12, BigInt(length));
  bytes.set(anchor, PREFIX_BYTES);
  return bytes;
}

/** Total on {@link COMMIT_BYTES}. */
export function decodeCommit(bytes: Uint8Array): Commit {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return {
    number: Number(view.getBigUint64(0)),
    epoch: view.getUint32(8),
    length: Number(view.getBigUint64(12)),
    anchor: bytes.slice(PREFIX_BYTES, COMMIT_BYTES),
  };
}

/** A commit with a checksum behind it. */
export function encodePlainSlot(commit: Commit): Uint8Array {
  const bytes = encodeCommit(commit);
  return Uint8Array.of(...bytes, ...checksum(bytes));
}

/** Of what a slot begins with; undefined when it is no whole commit. */
export function decodePlainSlot(slot: Uint8Array): Commit | undefined {
  if (slot.length < COMMIT_BYTES + CHECKSUM_BYTES) return undefined;
  const bytes = slot.subarray(0, COMMIT_BYTES);
  if (checksum(bytes).some((byte, index) => byte !== slot[COMMIT_BYTES + index])) return undefined;
  return decodeCommit(bytes);
}

/** What the file's two slots begin with, and whatever follows. */
export function slotsOf(file: Uint8Array): readonly [Uint8Array, Uint8Array] {
  return [file.subarray(0, SLOT_BYTES), file.subarray(SLOT_BYTES)];
}

/**
 * The newest commit of a file; undefined when there was none, be it that the very first was torn. Total: where
 * more than that is unreadable, it is a commit to no log, with an anchor that recovery takes for altered.
 */
export function newestCommit(
  file: Uint8Array,
  decodeSlot: (slot: Uint8Array) => Commit | undefined,
): Commit | undefined {
  const [first, second] = slotsOf(file).map(decodeSlot);
  const newest = (second?.number ?? 0) > (first?.number ?? 0) ? second : first;
  if (newest !== undefined || file.length <= SLOT_BYTES) return newest;
  return { number: 0, epoch: 0, length: 0, anchor: new Uint8Array(0) };
}

/** SHA-256 of what precedes it, cut short: against torn writes, not against anybody. */
function checksum(commit: Uint8Array): Uint8Array {
  return createHash("sha256").update(commit).digest().subarray(0, CHECKSUM_BYTES);
}
