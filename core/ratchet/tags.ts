import { DELIVERY_TAG_BYTES, tagKey } from "../envelope/index.ts";
import type { Secret } from "../safety/index.ts";
import { derive, type Suite } from "../suite/index.ts";
import { type Chain, u32 } from "./chain.ts";
import { CHAIN_LOOKAHEAD_MAX } from "./policy.ts";

/** Tags that one derivation yields: 512 bytes. */
export const TAG_BATCH = 32;

/** Batches by the header key that they come from; they go with the key. */
const batches = new WeakMap<Secret, Map<number, readonly string[]>>();

function batch(suite: Suite, headerKey: Secret, number: number): readonly string[] {
  let known = batches.get(headerKey);
  if (known === undefined) batches.set(headerKey, (known = new Map()));
  let tags = known.get(number);
  if (tags === undefined) {
    const bytes = derive(suite, headerKey, "delivery tags", u32(number), TAG_BATCH * DELIVERY_TAG_BYTES).expose();
    tags = Array.from({ length: TAG_BATCH }, (_, i) =>
      tagKey(bytes.subarray(i * DELIVERY_TAG_BYTES, (i + 1) * DELIVERY_TAG_BYTES)),
    );
    known.set(number, tags);
    // What lies two batches back was received or skipped, and skipped keys carry their own tags.
    known.delete(number - 1 - Math.ceil(CHAIN_LOOKAHEAD_MAX / TAG_BATCH) - 1);
  }
  return tags;
}

/** The one-time delivery tag of message `n` of a chain: 32 hexadecimal characters. */
export function tagAt(suite: Suite, headerKey: Secret, n: number): string {
  return batch(suite, headerKey, Math.floor(n / TAG_BATCH))[n % TAG_BATCH] as string;
}

/**
 * The number behind the tags that are expected of a chain whose next message is `count`: whole batches, so that
 * at least CHAIN_LOOKAHEAD_MAX messages ahead are recognised and a new batch is derived once in 32 messages.
 */
export function expectedUpTo(count: number): number {
  return Math.ceil((count + CHAIN_LOOKAHEAD_MAX) / TAG_BATCH) * TAG_BATCH;
}

/** The tags of messages `[from, to)`. */
export function tagRange(suite: Suite, headerKey: Secret, from: number, to: number): string[] {
  const tags: string[] = [];
  for (let n = from; n < to; n++) tags.push(tagAt(suite, headerKey, n));
  return tags;
}

/** Which message of the chain a tag announces, among those expected; undefined when none. */
export function numberOf(suite: Suite, chain: Pick<Chain, "headerKey" | "count">, tag: string): number | undefined {
  const end = expectedUpTo(chain.count);
  for (let start = Math.floor(chain.count / TAG_BATCH); start * TAG_BATCH < end; start++) {
    const found = batch(suite, chain.headerKey, start).indexOf(tag);
    const n = start * TAG_BATCH + found;
    if (found >= 0 && n >= chain.count) return n;
  }
  return undefined;
}
