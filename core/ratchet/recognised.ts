import type { Suite } from "../suite/index.ts";
import { droppedTags } from "./skipped.ts";
import type { RatchetState } from "./state.ts";
import { chainTags, type TagChange } from "./tags.ts";

/** Every tag of the chain that the peer sends on, by message number; those below `receive.count` are past. */
export function currentTags(suite: Suite, { receive }: RatchetState): readonly string[] {
  return receive === undefined ? [] : (receive.tags ?? chainTags(suite, receive.headerKey));
}

/** Every tag of the chain that the peer will begin next. */
export function nextTags(suite: Suite, state: RatchetState): readonly string[] {
  return state.nextTags ?? chainTags(suite, state.nextReceivingHeader);
}

/** Every tag that {@link openMessage} recognises now; for a restart. Operations report how the set changes. */
export function receivingTags(suite: Suite, state: RatchetState): string[] {
  return [
    ...currentTags(suite, state).slice(state.receive?.count ?? 0),
    ...nextTags(suite, state),
    ...state.skipped.map((entry) => entry.tag),
  ];
}

/** How the set of recognised tags changes when the message of `tag` has moved `before` to `after`. */
export function tagChange(suite: Suite, before: RatchetState, after: RatchetState, tag: string): TagChange {
  const removed = [tag, ...droppedTags(before.skipped, after.skipped).filter((other) => other !== tag)];
  if (before.receive?.index === after.receive?.index) return { added: [], removed };
  // The old chain ended: what it did not use and the skipped keys do not hold is not expected any more.
  const kept = new Set(after.skipped.map((entry) => entry.tag));
  const left = currentTags(suite, before).slice(before.receive?.count ?? 0);
  removed.push(...left.filter((other) => !kept.has(other)));
  return { added: nextTags(suite, after), removed };
}
