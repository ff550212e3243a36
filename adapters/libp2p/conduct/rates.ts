import type { Rate } from "./bucket.ts";

/** What a peer makes this node do. */
export type Activity =
  /** A datagram of the core. */
  | "envelope"
  /** A question that the core answers. */
  | "question"
  /** A record to be stored or looked for. */
  | "record"
  /** A stream or a circuit opened. */
  | "stream"
  /** A reservation at the relay that this node is, which it signs. */
  | "reservation"
  /** A message on the gossip mesh. */
  | "gossip"
  /** A list of messages on the gossip mesh that it asks for. */
  | "want";

export interface ActivityRates {
  /** Of one peer. */
  readonly peer: Rate;
  /** Of all peers together. */
  readonly all: Rate;
}

/**
 * Times a second. A person's device sends a few envelopes a second, and a few hundred when a long queue is let go; a
 * directory's client asks some questions in a row, a mirror that catches up some hundreds; a device publishes about 50
 * records at once, a directory some hundreds, each a question and an answer; heads come once a minute from each neighbour,
 * and whoever is offered messages, once a second, may ask for them; a reservation is renewed every quarter of an hour.
 */
export const RATES: Readonly<Record<Activity, ActivityRates>> = {
  envelope: { peer: { perSecond: 2_000, burst: 8_000 }, all: { perSecond: 8_000, burst: 32_000 } },
  question: { peer: { perSecond: 8, burst: 128 }, all: { perSecond: 64, burst: 512 } },
  record: { peer: { perSecond: 64, burst: 2_048 }, all: { perSecond: 512, burst: 16_384 } },
  stream: { peer: { perSecond: 32, burst: 256 }, all: { perSecond: 512, burst: 4_096 } },
  reservation: { peer: { perSecond: 1, burst: 16 }, all: { perSecond: 256, burst: 2_048 } },
  gossip: { peer: { perSecond: 4, burst: 64 }, all: { perSecond: 32, burst: 512 } },
  want: { peer: { perSecond: 4, burst: 32 }, all: { perSecond: 256, burst: 2_048 } },
};

/** Bytes of all activities together: a core of a small machine judges about this much, and no home line carries more. */
export const BYTE_RATES: ActivityRates = {
  peer: { perSecond: 16 * 2 ** 20, burst: 64 * 2 ** 20 },
  all: { perSecond: 32 * 2 ** 20, burst: 128 * 2 ** 20 },
};
