import { array, bytes, type Codec, struct } from "../codec/index.ts";
import { assert, equalConstantTime, err, ok, type Result } from "../safety/index.ts";
import { SHA256_BYTES, type Suite } from "../suite/index.ts";
import { CONSISTENCY_HASHES_MAX, proveConsistency, verifyConsistency } from "./consistency.ts";
import {
  EPOCH_LEAF_BYTES_MAX,
  type EpochLeaf,
  epochLeafCodec,
  epochLeafHash,
  INCLUSION_BYTES_MAX,
  inclusionCodec,
} from "./epoch.ts";
import { headHash, type TreeHead } from "./head.ts";
import { proveInclusion, verifyInclusion } from "./inclusion.ts";
import type { LogReader } from "./tree.ts";

/**
 * Shows that a head descends from exactly one earlier head: its log begins with the whole log of that one, and the
 * leaf that comes next names that one's hash.
 */
export interface Succession {
  readonly consistency: readonly Uint8Array[];
  /** Of the epoch after the earlier head. */
  readonly leaf: EpochLeaf;
  /** Of that leaf in the log of the later head. */
  readonly inclusion: readonly Uint8Array[];
}

export type SuccessionCode =
  | "tlog/other-log"
  | "tlog/older"
  /** Two heads of one epoch: see `convict`. */
  | "tlog/conflict"
  | "tlog/time-backwards"
  /** The log was not shown to begin with the earlier log. */
  | "tlog/inconsistent"
  /** The log begins with the earlier log, but continues another head. */
  | "tlog/other-parent";

export const SUCCESSION_BYTES_MAX: number =
  1 + (2 + CONSISTENCY_HASHES_MAX * (2 + SHA256_BYTES)) + EPOCH_LEAF_BYTES_MAX + INCLUSION_BYTES_MAX;

export const successionCodec: Codec<Succession> = struct({
  consistency: array(bytes(SHA256_BYTES), CONSISTENCY_HASHES_MAX),
  leaf: epochLeafCodec,
  inclusion: inclusionCodec,
});

/**
 * The succession from `from` to `to`, both heads of the log that `reader` and `leafOf` read; undefined when they are
 * of one epoch, where there is nothing to show. `leafOf` is asked for one leaf.
 */
export function proveSuccession(
  suite: Suite,
  reader: LogReader,
  leafOf: (epoch: number) => EpochLeaf,
  from: TreeHead,
  to: TreeHead,
): Succession | undefined {
  assert(from.epoch <= to.epoch, "heads in the wrong order");
  if (from.epoch === to.epoch) return undefined;
  return {
    consistency: proveConsistency(suite, reader, from.size, to.size),
    leaf: leafOf(from.epoch + 1),
    inclusion: proveInclusion(suite, reader, from.size, to.size),
  };
}

/**
 * Whether `to` is `from`, or was shown to descend from it. Neither signature is looked at. A head descends from
 * itself without a proof, and one that comes along is not read. "tlog/inconsistent" also when a proof is missing.
 */
export function verifySuccession(
  suite: Suite,
  from: TreeHead,
  to: TreeHead,
  proof: Succession | undefined,
): Result<void, SuccessionCode> {
  if (!equalConstantTime(from.log, to.log)) return err("tlog/other-log");
  if (to.epoch < from.epoch) return err("tlog/older");
  const parent = headHash(suite, from);
  if (to.epoch === from.epoch) {
    return equalConstantTime(parent, headHash(suite, to)) ? ok(undefined) : err("tlog/conflict");
  }
  if (to.time < from.time) return err("tlog/time-backwards");
  if (proof === undefined) return err("tlog/inconsistent");
  const { consistency, inclusion, leaf } = proof;
  const leafIsIncluded = verifyInclusion(suite, epochLeafHash(suite, leaf), from.size, to.size, inclusion, to.root);
  const logsAgree = verifyConsistency(suite, from.size, to.size, from.root, to.root, consistency);
  if (!leafIsIncluded || !logsAgree || leaf.epoch !== from.epoch + 1) return err("tlog/inconsistent");
  // The next head itself names its parent too; any later one has another parent.
  const named = leaf.epoch === to.epoch ? [leaf.previous, to.previous] : [leaf.previous];
  return named.every((hash) => equalConstantTime(hash, parent)) ? ok(undefined) : err("tlog/other-parent");
}
