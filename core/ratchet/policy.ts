/** Messages and chains are counted below this. */
export const COUNTER_MAX: number = 2 ** 20 - 1;
/**
 * How far a sender may run ahead of what its peer is known to have received of a chain, and so how many
 * messages in a row may be lost: the receiver expects the tags of at least this many.
 */
export const CHAIN_LOOKAHEAD_MAX = 96;
/** Message keys kept for messages that were overtaken; the oldest go first. */
export const SKIPPED_KEYS_MAX = 256;
/** A message key is kept for an overtaken message this long. */
export const SKIPPED_KEY_AGE_MS_MAX: number = 7 * 86_400_000;
/** Messages that may follow a first handshake message before it is answered. */
export const EARLY_MESSAGES_MAX = 32;
/** An unanswered ML-KEM offer or answer rides on the first message of every chain and on each of so many. */
export const KEM_REPEAT_MESSAGES = 8;

/** What an operator may choose. */
export interface RatchetPolicy {
  /** A fresh ML-KEM secret is due after this many messages, both directions counted… */
  readonly kemMessages: number;
  /** …or this long after the last, whichever comes first. */
  readonly kemMs: number;
  /** The session ends, for a fresh handshake to replace it, after this many messages sent… */
  readonly sessionMessages: number;
  /** …or this long after it began. */
  readonly sessionMs: number;
}

export const DEFAULT_RATCHET_POLICY: RatchetPolicy = {
  kemMessages: 64,
  kemMs: 30 * 60_000,
  sessionMessages: COUNTER_MAX,
  sessionMs: 30 * 86_400_000,
};

export type RatchetCode =
  /** No chain of this session expects the tag. */
  | "ratchet/unknown-tag"
  /** The header does not open, or says what its tag and this state contradict. */
  | "ratchet/bad-header"
  | "ratchet/bad-body"
  /** The peer claims more skipped messages than the protocol lets it send. */
  | "ratchet/out-of-window"
  /** Sealing would run ahead of what the peer still recognises; wait for it to be heard. */
  | "ratchet/window-full"
  /** A counter reached its end. */
  | "ratchet/exhausted"
  /** The policy's bounds on a session are reached. */
  | "ratchet/expired"
  | "ratchet/too-long"
  /** More early messages than {@link EARLY_MESSAGES_MAX}. */
  | "ratchet/early-exhausted";
