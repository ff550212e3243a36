import type { Secret } from "../safety/index.ts";
import { SKIPPED_KEY_AGE_MS_MAX, SKIPPED_KEYS_MAX } from "./policy.ts";

/** The key of a message that a later one overtook. Its header key is not kept: the tag says what it is. */
export interface SkippedKey {
  readonly tag: string;
  readonly key: Secret;
  /** When it was overtaken, milliseconds. */
  readonly at: number;
}

/** Oldest first; at most SKIPPED_KEYS_MAX. Never changed in place. */
export type SkippedKeys = readonly SkippedKey[];

/** With `keys` appended, the oldest dropped beyond the bound. */
export function withSkipped(skipped: SkippedKeys, keys: SkippedKeys): SkippedKeys {
  return keys.length === 0 ? skipped : [...skipped, ...keys].slice(-SKIPPED_KEYS_MAX);
}

export function withoutSkipped(skipped: SkippedKeys, used: SkippedKey): SkippedKeys {
  return skipped.filter((entry) => entry !== used);
}

/**
 * Without the keys older than SKIPPED_KEY_AGE_MS_MAX. A key from further in the future than that is dropped too: the clock
 * was wrong when it was stamped, and it must not outlive its bound for that.
 */
export function unexpired(skipped: SkippedKeys, now: number): SkippedKeys {
  const kept = (entry: SkippedKey): boolean => Math.abs(now - entry.at) <= SKIPPED_KEY_AGE_MS_MAX;
  return skipped.every(kept) ? skipped : skipped.filter(kept);
}

/** The tags of `before` that `after` does not hold any more. */
export function droppedTags(before: SkippedKeys, after: SkippedKeys): string[] {
  if (before === after) return [];
  const kept = new Set(after);
  return before.filter((entry) => !kept.has(entry)).map((entry) => entry.tag);
}
