import { DELIVERY_TAG_BYTES, tagKey } from "../envelope/index.ts";
import type { Secret } from "../safety/index.ts";
import { derive, type Suite } from "../suite/index.ts";
import { uint32 } from "./bytes.ts";
import { CHAIN_MESSAGES_MAX, TAG_BATCH } from "./policy.ts";

/** Of a tag as `tagKey` writes it. */
const TAG_KEY_CHARS = 2 * DELIVERY_TAG_BYTES;

/** What changed in the set of tags that a session recognises. The two lists are disjoint. */
export interface TagChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Some consecutive tags of a chain, as lookup keys: those of the message numbers from `start` on. */
export interface TagBatch {
  readonly start: number;
  readonly tags: readonly string[];
}

/** The tags of the message numbers from `start`, a multiple of TAG_BATCH: they depend on the header key alone. */
export function tagBatch(suite: Suite, headerKey: Secret, start: number): TagBatch {
  const info = uint32(start / TAG_BATCH);
  const stream = derive(suite, headerKey, "ratchet tags", info, TAG_BATCH * DELIVERY_TAG_BYTES);
  // One conversion for the batch: a tag's key is hexadecimal, so that of the stream holds them side by side.
  const keys = tagKey(stream.expose());
  const tags: string[] = [];
  for (let i = 0; i < TAG_BATCH; i++) tags.push(keys.slice(i * TAG_KEY_CHARS, (i + 1) * TAG_KEY_CHARS));
  // Tags to come link envelopes to a session.
  stream.wipe();
  return { start, tags };
}

/** Every tag of a chain, by message number: a receiver knows them before the chain begins. */
export function chainTags(suite: Suite, headerKey: Secret): readonly string[] {
  const tags: string[] = [];
  while (tags.length < CHAIN_MESSAGES_MAX) tags.push(...tagBatch(suite, headerKey, tags.length).tags);
  return tags;
}

/** The tag of message `number` when sending; the batch that holds it serves the messages after it. */
export function tagAt(
  suite: Suite,
  headerKey: Secret,
  number: number,
  batch: TagBatch | undefined,
): { readonly tag: string; readonly batch: TagBatch } {
  const start = number - (number % TAG_BATCH);
  const held = batch?.start === start ? batch : tagBatch(suite, headerKey, start);
  return { tag: held.tags[number - start] as string, batch: held };
}
