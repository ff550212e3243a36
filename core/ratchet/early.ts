import { concatBytes, hexToBytes } from "@noble/hashes/utils.js";
import { array, bytes, type Codec, secret, struct, text } from "../codec/index.ts";
import { err, ok, type Result, type Secret } from "../safety/index.ts";
import { derive, KEY_BYTES, type Suite, X25519_BYTES } from "../suite/index.ts";
import { envelopeSize, openBody, sealBody } from "./body.ts";
import { advance, type Chain, chainCodec } from "./chain.ts";
import { openHeader, SEALED_HEADER_BYTES, sealHeader } from "./header.ts";
import { EARLY_MESSAGES_MAX, type RatchetCode } from "./policy.ts";
import type { TagChange } from "./state.ts";
import { tagAt, tagRange } from "./tags.ts";

/**
 * The symmetric chain from K2 for what the initiator sends after M1 and before M2: one direction, no DH step,
 * no healing. Its envelopes look like those of a session.
 */
export interface EarlyState {
  readonly transcript: Uint8Array;
  readonly chain: Chain;
  readonly skipped: readonly { readonly tag: string; readonly key: Secret }[];
}

export const earlyCodec: Codec<EarlyState> = struct({
  transcript: bytes(32),
  chain: chainCodec,
  skipped: array(struct({ tag: text(32), key: secret(KEY_BYTES) }), EARLY_MESSAGES_MAX),
});

const NO_KEY = new Uint8Array(X25519_BYTES);

/** Either end's chain from the 32-byte early secret and the 32-byte transcript hash of M1. */
export function startEarly(suite: Suite, early: Secret, transcript: Uint8Array): EarlyState {
  const derived = derive(suite, early, "early start", transcript, 2 * KEY_BYTES);
  const chain: Chain = {
    index: 0,
    key: derived.slice(0, KEY_BYTES),
    headerKey: derived.slice(KEY_BYTES, 2 * KEY_BYTES),
    count: 0,
  };
  derived.wipe();
  return { transcript, chain, skipped: [] };
}

/** Every tag that the responder expects of the early chain. */
export function earlyTags(suite: Suite, state: EarlyState): string[] {
  return [
    ...tagRange(suite, state.chain.headerKey, state.chain.count, EARLY_MESSAGES_MAX),
    ...state.skipped.map((entry) => entry.tag),
  ];
}

export function sealEarly(
  suite: Suite,
  state: EarlyState,
  payload: Uint8Array,
): Result<
  { readonly state: EarlyState; readonly envelope: Uint8Array; readonly spent: readonly Secret[] },
  RatchetCode
> {
  const { chain, transcript } = state;
  if (chain.count >= EARLY_MESSAGES_MAX) return err("ratchet/early-exhausted");
  const size = envelopeSize("none", payload.length);
  if (size === undefined) return err("ratchet/too-long");
  const { chain: after, messageKey } = advance(suite, chain);
  const tag = hexToBytes(tagAt(suite, chain.headerKey, chain.count));
  const said = { dh: NO_KEY, chain: 0, previous: 0, number: chain.count, epoch: 0, ackChain: 0, ackCount: 0 };
  const header = sealHeader(suite, chain.headerKey, said, concatBytes(transcript, tag));
  const ad = concatBytes(transcript, tag, header);
  const body = sealBody(suite, messageKey, { kind: "none" }, payload, size, ad);
  return ok({
    state: { ...state, chain: after },
    envelope: concatBytes(tag, header, body),
    spent: [chain.key, messageKey],
  });
}

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
  if (rest.length < SEALED_HEADER_BYTES) return err("ratchet/bad-header");
  const { transcript } = state;
  const sealedHeader = rest.subarray(0, SEALED_HEADER_BYTES);
  const tagBytes = hexToBytes(tag);
  const spent: Secret[] = [];
  const overtaken = state.skipped.find((entry) => entry.tag === tag);
  let after: EarlyState;
  let key: Secret;
  if (overtaken !== undefined) {
    after = { ...state, skipped: state.skipped.filter((entry) => entry !== overtaken) };
    key = overtaken.key;
  } else {
    const offset = tagRange(suite, state.chain.headerKey, state.chain.count, EARLY_MESSAGES_MAX).indexOf(tag);
    if (offset < 0) return err("ratchet/unknown-tag");
    const n = state.chain.count + offset;
    const header = openHeader(suite, state.chain.headerKey, n, sealedHeader, concatBytes(transcript, tagBytes));
    if (header === undefined || header.number !== n) return err("ratchet/bad-header");
    const skipped = [...state.skipped];
    let { chain } = state;
    while (chain.count < n) {
      const step = advance(suite, chain);
      skipped.push({ tag: tagAt(suite, chain.headerKey, chain.count), key: step.messageKey });
      spent.push(chain.key);
      chain = step.chain;
    }
    const last = advance(suite, chain);
    spent.push(chain.key);
    after = { transcript, chain: last.chain, skipped };
    key = last.messageKey;
  }
  const body = openBody(
    suite,
    key,
    rest.subarray(SEALED_HEADER_BYTES),
    concatBytes(transcript, tagBytes, sealedHeader),
  );
  if (body === undefined) return err("ratchet/bad-body");
  spent.push(key);
  return ok({ state: after, payload: body.payload, tags: { added: EMPTY_TAGS, removed: [tag] }, spent });
}

const EMPTY_TAGS: readonly string[] = [];

/** Wipes every secret of an early chain that is over. */
export function wipeEarly(state: EarlyState): void {
  state.chain.key.wipe();
  state.chain.headerKey.wipe();
  for (const { key } of state.skipped) key.wipe();
}
