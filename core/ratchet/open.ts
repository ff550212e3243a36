import { err, ok, type Result, type Secret, wipeAll } from "../safety/index.ts";
import type { Random, Suite } from "../suite/index.ts";
import type { Header } from "./header.ts";
import { acceptControl, readControl } from "./kem.ts";
import type { RatchetCode } from "./policy.ts";
import { isEnvelopeRest, openBody, openHeader } from "./body.ts";
import { droppedTags, type SkippedKey, unexpired, withoutSkipped } from "./skipped.ts";
import { currentTags, nextTags, tagChange } from "./recognised.ts";
import { type RatchetState, secretsLeft } from "./state.ts";
import { receiveStep, receiveUpTo } from "./step.ts";
import type { TagChange } from "./tags.ts";

/** An opened message. The caller persists `state` before it acts on `payload`, and wipes `spent` after that. */
export interface Opened {
  readonly state: RatchetState;
  readonly payload: Uint8Array;
  readonly tags: TagChange;
  /** Secrets of the old state that the new one does not hold. */
  readonly spent: readonly Secret[];
}

/** What a delivery tag stands for. */
type Place =
  | { readonly kind: "current"; readonly number: number }
  | { readonly kind: "next"; readonly number: number }
  | { readonly kind: "skipped"; readonly entry: SkippedKey };

/**
 * Opens the envelope `tag ‖ rest`. On refusal nothing has changed and nothing was wiped: the old state goes
 * on, and its tag stays good for the genuine envelope.
 */
export function openMessage(
  suite: Suite,
  random: Random,
  state: RatchetState,
  tag: string,
  rest: Uint8Array,
  now: number,
): Result<Opened, RatchetCode> {
  if (!isEnvelopeRest(rest)) return err("ratchet/malformed");
  const place = locate(suite, state, tag);
  if (place === undefined) return err("ratchet/unknown-tag");
  const advanced = advance(suite, state, place, tag, rest, now);
  if (!advanced.ok) return advanced;
  const moved = advanced.value.state;

  const content = openBody(suite, state.transcript, advanced.value.messageKey, tag, rest);
  // The key of an overtaken message belongs to the old state, which is spent only if all goes well.
  if (place.kind !== "skipped") advanced.value.messageKey.wipe();
  const body = content === undefined ? undefined : readControl(content);
  const kem = body === undefined ? undefined : acceptControl(suite, random, moved, body.control);
  if (body === undefined || kem === undefined) {
    wipeAll(secretsLeft(moved, state));
    return err("ratchet/bad-body");
  }

  const skipped = unexpired(moved.skipped, now);
  const next: RatchetState = { ...moved, messages: state.messages + 1, kem, skipped };
  const tags = tagChange(suite, state, next, tag);
  return ok({ state: next, payload: body.payload, tags, spent: secretsLeft(state, next) });
}

/** Looks in the order of likelihood; a number below the expected one can only be an overtaken message. */
function locate(suite: Suite, state: RatchetState, tag: string): Place | undefined {
  const { receive } = state;
  if (receive !== undefined) {
    const number = currentTags(suite, state).indexOf(tag, receive.count);
    if (number >= 0) return { kind: "current", number };
  }
  const number = nextTags(suite, state).indexOf(tag);
  if (number >= 0) return { kind: "next", number };
  const entry = state.skipped.find((skipped) => skipped.tag === tag);
  return entry === undefined ? undefined : { kind: "skipped", entry };
}

/** The state moved to where the message is, and the message's key. */
function advance(
  suite: Suite,
  state: RatchetState,
  place: Place,
  tag: string,
  rest: Uint8Array,
  now: number,
): Result<{ readonly state: RatchetState; readonly messageKey: Secret }, RatchetCode> {
  if (place.kind === "skipped") {
    const { entry } = place;
    return ok({ state: { ...state, skipped: withoutSkipped(state.skipped, entry) }, messageKey: entry.key });
  }
  const { receive } = state;
  const headerKey = place.kind === "next" || receive === undefined ? state.nextReceivingHeader : receive.headerKey;
  const header = openHeader(suite, state.transcript, headerKey, tag, place.number, rest);
  if (header === undefined) return err("ratchet/bad-header");
  if (place.kind === "current") {
    return belongs(state, header) ? ok(receiveUpTo(suite, state, place.number, now)) : err("ratchet/bad-header");
  }
  const stepped = receiveStep(suite, state, header, now);
  if (!stepped.ok) return stepped;
  const moved = receiveUpTo(suite, stepped.value, place.number, now);
  stepped.value.receive?.key.wipe();
  return ok(moved);
}

/** Whether a header repeats what its chain began with. */
function belongs({ receive, theirs }: RatchetState, header: Header): boolean {
  return (
    header.chain === receive?.index &&
    header.epoch === receive.epoch &&
    theirs.every((byte, i) => byte === header.publicKey[i])
  );
}

/**
 * Drops the keys of overtaken messages that are past their age; undefined when there are none. Opening does it
 * too: this is for a session that hears nothing any more.
 */
export function expireSkipped(
  state: RatchetState,
  now: number,
): { readonly state: RatchetState; readonly tags: TagChange; readonly spent: readonly Secret[] } | undefined {
  const skipped = unexpired(state.skipped, now);
  if (skipped === state.skipped) return undefined;
  const next = { ...state, skipped };
  return {
    state: next,
    tags: { added: [], removed: droppedTags(state.skipped, skipped) },
    spent: secretsLeft(state, next),
  };
}
