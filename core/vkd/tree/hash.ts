import { ascii, portableSuite, SHA256_BYTES, type Suite } from "../../suite/index.ts";

/** The root of a tree without leaves, and the hash of every empty child. Read it only. */
export const EMPTY_HASH: Uint8Array = portableSuite.sha256(ascii("chhaya vkd empty v1\0"));

/** A leaf or a node: kind 1 ‖ index 32 ‖ commitment 32, or kind 1 ‖ left hash 32 ‖ right hash 32. Its hash is the SHA-256 of it. */
export const RECORD_BYTES: number = 1 + 2 * SHA256_BYTES;
/** Unlike any other first byte of what this protocol hashes, so that a leaf is never taken for a node. */
export const LEAF_KIND = 0x10;
export const NODE_KIND = 0x11;

/** Fills `record` (65 bytes) in place: allocating one for each hash would cost as much as the hash. */
export function fillRecord(record: Uint8Array, kind: number, first: Uint8Array, second: Uint8Array): void {
  record[0] = kind;
  record.set(first, 1);
  record.set(second, 1 + SHA256_BYTES);
}

/** The hash of a leaf (index, commitment) or a node (left, right). */
export function hashRecord(suite: Suite, kind: number, first: Uint8Array, second: Uint8Array): Uint8Array {
  const record = new Uint8Array(RECORD_BYTES);
  fillRecord(record, kind, first, second);
  return suite.sha256(record);
}

/** Hashes are public: no constant time. */
export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
