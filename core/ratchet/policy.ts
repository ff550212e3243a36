import { GCM_TAG_BYTES } from "../suite/index.ts";
import { DELIVERY_TAG_BYTES, ENVELOPE_BYTES_MAX } from "../envelope/index.ts";

/** Chain indices and KEM epochs stay below it. */
export const COUNTER_MAX: number = 2 ** 20;
/** Delivery tags that one derivation of 512 bytes gives. */
export const TAG_BATCH = 32;
/**
 * Messages on one chain. A chain ends when its sender hears a newer chain of the peer, so this is how many
 * messages may go out, and be lost, without a word from the peer; its receiver recognises the tags of all
 * of them from the start (SPEC.md, section 6). A multiple of {@link TAG_BATCH}.
 */
export const CHAIN_MESSAGES_MAX = 64;
/** Keys of messages that were overtaken, per session; the oldest are dropped beyond it. At least 2 × CHAIN_MESSAGES_MAX. */
export const SKIPPED_KEYS_MAX = 256;
/** The longest that the key of an overtaken message is kept. */
export const SKIPPED_KEY_AGE_MS_MAX: number = 7 * 86_400_000;
/** Messages on the early chain, before the handshake is answered: one batch of tags. */
export const EARLY_MESSAGES_MAX: number = TAG_BATCH;
/** A pending KEM offer or answer rides on the first message of a chain and on every eighth after it was last sent. */
export const KEM_REPEAT_MESSAGES = 8;

/** The header in clear: see SPEC.md, section 3. */
export const HEADER_BYTES = 48;
export const SEALED_HEADER_BYTES: number = HEADER_BYTES + GCM_TAG_BYTES;
/** What an envelope adds to its payload when no KEM control rides along: tag, header, body tag, control kind, padding mark. */
export const ENVELOPE_OVERHEAD_BYTES: number = DELIVERY_TAG_BYTES + SEALED_HEADER_BYTES + GCM_TAG_BYTES + 2;
/** The longest payload of one envelope. */
export const PAYLOAD_BYTES_MAX: number = ENVELOPE_BYTES_MAX - ENVELOPE_OVERHEAD_BYTES;

/** What an operator may choose. The two ends need not agree. Times in milliseconds. */
export interface RatchetPolicy {
  /** The initiator starts a KEM epoch after this many messages, sent and received … */
  readonly kemMessages: number;
  /** … or after this long, whichever comes first. */
  readonly kemMs: number;
  /** Sealing refuses after this many messages, sent and received, at most COUNTER_MAX … */
  readonly sessionMessages: number;
  /** … or after this long. The session is then replaced by a new handshake. */
  readonly sessionMs: number;
}

export const DEFAULT_RATCHET_POLICY: RatchetPolicy = {
  kemMessages: 64,
  kemMs: 30 * 60_000,
  sessionMessages: COUNTER_MAX,
  sessionMs: 30 * 86_400_000,
};

/**
 * Why an envelope was not sealed or not opened.
 * - `malformed`: not the size of an envelope.
 * - `unknown-tag`: not expected here: a duplicate, dropped, or of another session.
 * - `bad-header`: the header does not authenticate or contradicts its tag or the session.
 * - `bad-body`: the body does not authenticate or is malformed.
 * - `window-full`: the chain is full and the peer has not been heard on a newer one.
 * - `expired`, `exhausted`: the session is past its bounds; a new handshake must replace it.
 * - `too-long`: above PAYLOAD_BYTES_MAX.
 */
export type RatchetCode =
  | "ratchet/malformed"
  | "ratchet/unknown-tag"
  | "ratchet/bad-header"
  | "ratchet/bad-body"
  | "ratchet/window-full"
  | "ratchet/expired"
  | "ratchet/exhausted"
  | "ratchet/too-long";
