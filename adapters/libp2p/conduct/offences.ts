export type Offence =
  /** Bytes that no honest program sends. */
  | "malformed"
  /** More bytes than the protocol has. */
  | "oversized"
  /** More often than {@link RATES} lets it. */
  | "flood"
  /** A record that does not verify. */
  | "invalid-record"
  /** Gossip that does not decode. */
  | "invalid-gossip"
  /** Began something and did not go on. */
  | "timeout";

/**
 * What each costs. Whatever an honest program cannot send costs as much as an invalid message in gossip does, and with
 * it the peer's welcome; behaviour costs as much as it does there. A bad line makes timeouts, too: it takes many.
 */
export const OFFENCE_SCORES: Readonly<Record<Offence, number>> = {
  malformed: -100,
  oversized: -100,
  "invalid-record": -100,
  "invalid-gossip": -100,
  flood: -20,
  timeout: -4,
};

/** Peers below `graylist` are refused; the others are gossipsub's (version 1.1, "score thresholds"). */
export const scoreThresholds = { gossip: -10, publish: -20, graylist: -40 } as const;
/** A score falls to a hundredth in this time, as gossipsub's decaying counters do. */
export const SCORE_DECAY_MS = 90_000;
/** What is left of a score after `SCORE_DECAY_MS`. */
export const SCORE_DECAYED = 0.01;
/** One flood is noticed once in this time: its thousand messages are one behaviour. */
export const FLOOD_PAUSE_MS = 1_000;
