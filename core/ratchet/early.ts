import { concatBytes } from "@noble/hashes/utils.js";
import { bytes, type Codec, secret, struct, uint } from "../codec/index.ts";
import { bucketFor } from "../envelope/index.ts";
import { assert, err, ok, type Result, Secret } from "../safety/index.ts";
import { derive, KEY_BYTES, SHA256_BYTES, type Suite, X25519_BYTES } from "../suite/index.ts";
import { advanceChain } from "./chain.ts";
import { skippedCodec } from "./checkpoint.ts";
import { NO_CONTROL, readControl } from "./kem.ts";
import { EARLY_MESSAGES_MAX, ENVELOPE_OVERHEAD_BYTES, PAYLOAD_BYTES_MAX, type RatchetCode } from "./policy.ts";
import { isEnvelopeRest, openBody, openHeader, sealEnvelope } from "./body.ts";
import { type SkippedKeys, withoutSkipped, withSkipped } from "./skipped.ts";
import { tagBatch, type TagChange } from "./tags.ts";

/**
 * The symmetric chain of messages that follow M1 before M2 arrives: initiator to responder only, under K2.
 * It does not heal, and a thief of the responder's prekey secrets reads it (SPEC.md, section 9).
 * Both ends hold the same kind of state; immutable like {@link RatchetState}.
 */
export interface EarlyState {
  /** The handshake's transcript hash up to M1; 32 bytes. */
  readonly transcript: Uint8Array;
  readonly key: Secret;
  readonly headerKey: Secret;
  /** The number to send, or to expect, next. */
  readonly count: number;
  readonly skipped: SkippedKeys;
}

/** The chain that both ends derive from a 32-byte secret under K2, which stays the caller's. */
export function startEarly(suite: Suite, early: Secret, transcript: Uint8Array): EarlyState {
  assert(early.length === KEY_BYTES && transcript.length === SHA256_BYTES, "early secret has a wrong length");
  const keys = derive(suite, early, "ratchet early", transcript, 2 * KEY_BYTES);
  const [key, headerKey] = [keys.slice(0, KEY_BYTES), keys.slice(KEY_BYTES, 2 * KEY_BYTES)];
  keys.wipe();
  return { transcript, key, headerKey, count: 0, skipped: [] };
}

/** The header of every early message: nothing but its number. */
function earlyHeader(number: number): Parameters<typeof sealEnvelope>[4] {
  const publicKey = new Uint8Array(X25519_BYTES);
  return { publicKey, chain: 0, number, previousCount: 0, epoch: 0 };
}

/** Seals the next of at most EARLY_MESSAGES_MAX messages; the envelope looks like any other of the ratchet. */
export function sealEarly(
  suite: Suite,
  state: EarlyState,
  payload: Uint8Array,
): Result<
  { readonly state: EarlyState; readonly envelope: Uint8Array; readonly spent: readonly Secret[] },
  RatchetCode
> {
  if (payload.length > PAYLOAD_BYTES_MAX) return err("ratchet/too-long");
  if (state.count >= EARLY_MESSAGES_MAX) return err("ratchet/window-full");
  const bucket = bucketFor(ENVELOPE_OVERHEAD_BYTES + payload.length);
  assert(bucket !== undefined, "payload within its limit has no bucket");
  const { transcript, headerKey, count } = state;
  const tag = tagBatch(suite, headerKey, 0).tags[count] as string;
  const { key, messageKeys } = advanceChain(suite, state.key, 1);
  const messageKey = messageKeys[0] as Secret;
  const content = concatBytes(NO_CONTROL, payload);
  const envelope = sealEnvelope(suite, transcript, { headerKey, messageKey }, tag, earlyHeader(count), content, bucket);
  messageKey.wipe();
  content.fill(0);
  return ok({ state: { ...state, key, count: count + 1 }, envelope, spent: [state.key] });
}

/** Opens an early envelope. On refusal nothing has changed and nothing was wiped. */
export function openEarly(
  suite: Suite,
  state: EarlyState,
  tag: string,
  rest: Uint8Array,
): Result<
  {
    readonly state: EarlyState;
    readonly payload: Uint8Array;
    readonly tags: TagChange;
    readonly spent: readonly Secret[];
  },
  RatchetCode
> {
  if (!isEnvelopeRest(rest)) return err("ratchet/malformed");
  const { transcript, headerKey, count } = state;
  const { tags } = tagBatch(suite, headerKey, 0);
  const number = tags.indexOf(tag);
  const entry = state.skipped.find((skipped) => skipped.tag === tag);
  if (number < 0 || (number < count && entry === undefined)) return err("ratchet/unknown-tag");
  if (openHeader(suite, transcript, headerKey, tag, number, rest) === undefined) return err("ratchet/bad-header");

  const steps = Math.max(0, number - count + 1);
  const { key, messageKeys } = advanceChain(suite, state.key, steps);
  const messageKey = entry?.key ?? messageKeys.pop();
  assert(messageKey !== undefined, "early chain advanced by no message");
  const content = openBody(suite, transcript, messageKey, tag, rest);
  const body = content === undefined ? undefined : readControl(content);
  if (entry === undefined) messageKey.wipe();
  if (body?.control.kind !== "none") {
    if (steps > 0) for (const fresh of [key, ...messageKeys]) fresh.wipe();
    return err("ratchet/bad-body");
  }
  const overtaken = messageKeys.map((skipped, i) => ({ tag: tags[count + i] as string, key: skipped, at: 0 }));
  const skipped = entry === undefined ? withSkipped(state.skipped, overtaken) : withoutSkipped(state.skipped, entry);
  const spent = entry === undefined ? [state.key] : [entry.key];
  const next = { ...state, key, count: Math.max(count, number + 1), skipped };
  return ok({ state: next, payload: body.payload, tags: { added: [], removed: [tag] }, spent });
}

/** Every tag that {@link openEarly} recognises now. */
export function earlyTags(suite: Suite, state: EarlyState): string[] {
  const ahead = tagBatch(suite, state.headerKey, 0).tags.slice(state.count);
  return [...ahead, ...state.skipped.map((entry) => entry.tag)];
}

/** Wipes every secret of an early chain that is over. */
export function wipeEarly(state: EarlyState): void {
  for (const secret of [state.key, state.headerKey, ...state.skipped.map((entry) => entry.key)]) secret.wipe();
}

/** A checkpoint, secrets in clear: for the log only. About 110 bytes and 60 for each overtaken message. */
export const earlyCodec: Codec<EarlyState> = struct({
  transcript: bytes(SHA256_BYTES),
  key: secret(KEY_BYTES),
  headerKey: secret(KEY_BYTES),
  count: uint(EARLY_MESSAGES_MAX),
  skipped: skippedCodec,
});
