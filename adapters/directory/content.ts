import { contentAddress } from "../../core/record/index.ts";
import { equalConstantTime, err, ok, type Result } from "../../core/safety/index.ts";
import type { EpochLeaf } from "../../core/tlog/index.ts";
import {
  CHANGES_PER_CHUNK,
  compareIndices,
  contentKey,
  type IndexReader,
  readChunk,
  readManifest,
  type TreeLeaf,
} from "../../core/vkd/index.ts";
import { nativeSuite } from "../suite/index.ts";

export type ContentCode =
  | "content/missing"
  /** Not what its address says. */
  | "content/altered"
  /** Of another log or epoch, cut otherwise, or out of order. */
  | "content/malformed";

/** The leaves that an epoch added, from the list that its leaf of the log names. */
export function readChanges(
  index: IndexReader,
  log: Uint8Array,
  leaf: EpochLeaf,
): Result<readonly TreeLeaf[], ContentCode> {
  const found = readContent(index, leaf.changes);
  if (!found.ok) return found;
  const manifest = readManifest(found.value);
  if (!manifest.ok || manifest.value.epoch !== leaf.epoch || !equalConstantTime(manifest.value.log, log)) {
    return err("content/malformed");
  }
  const { chunks } = manifest.value;
  const leaves: TreeLeaf[] = [];
  for (const [i, address] of chunks.entries()) {
    const content = readContent(index, address);
    if (!content.ok) return content;
    const chunk = readChunk(content.value);
    const whole = i < chunks.length - 1 ? CHANGES_PER_CHUNK : chunk.ok ? chunk.value.length : 0;
    if (!chunk.ok || chunk.value.length !== whole) return err("content/malformed");
    const last = leaves.at(-1);
    const next = chunk.value[0];
    if (last !== undefined && next !== undefined && compareIndices(last.index, next.index) >= 0) {
      return err("content/malformed");
    }
    leaves.push(...chunk.value);
  }
  return ok(leaves);
}

function readContent(index: IndexReader, address: Uint8Array): Result<Uint8Array, ContentCode> {
  const value = index.get(contentKey(address));
  if (value === undefined) return err("content/missing");
  return equalConstantTime(contentAddress(nativeSuite, value), address) ? ok(value) : err("content/altered");
}
