import { type Codec, struct } from "../codec/index.ts";
import { err, ok, type Result } from "../safety/index.ts";
import type { Suite } from "../suite/index.ts";
import {
  insertPruned,
  leavesCodec,
  prunedCodec,
  type PrunedInsertCode,
  prunedRoot,
  type PrunedTree,
  sameHash,
  type TreeLeaf,
} from "./tree/index.ts";

/** A larger change is audited in steps: each from the root that the one before leads to. */
export const AUDIT_LEAVES_MAX = 4_096;

/** Shows that one tree is another with leaves added: nothing altered, nothing removed. */
export interface Audit {
  /** The tree before, as far as the new leaves need it (`pruneForInsert`). */
  readonly old: PrunedTree;
  /** Strictly ascending by index; at most {@link AUDIT_LEAVES_MAX}. */
  readonly leaves: readonly TreeLeaf[];
}

export const auditCodec: Codec<Audit> = struct({ old: prunedCodec, leaves: leavesCodec(0, AUDIT_LEAVES_MAX) });

export type AuditCode =
  | PrunedInsertCode
  /** Its tree is not the one before. */
  | "vkd/audit-old-root"
  /** Adding the leaves gives another tree. */
  | "vkd/audit-new-root";

/** Roots are 32 bytes. */
export function verifyAudit(
  suite: Suite,
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
  audit: Audit,
): Result<void, AuditCode> {
  if (!sameHash(prunedRoot(suite, audit.old), oldRoot)) return err("vkd/audit-old-root");
  const inserted = insertPruned(audit.old, audit.leaves);
  if (!inserted.ok) return inserted;
  return sameHash(prunedRoot(suite, inserted.value), newRoot) ? ok(undefined) : err("vkd/audit-new-root");
}
