import type { PeerScoreParams, PeerScoreThresholds } from "@libp2p/gossipsub/score";
import { scoreThresholds } from "../conduct/index.ts";

/** Of one invalid message; squared with their number (gossipsub 1.1, "P4"). */
const INVALID_WEIGHT = -100;
/** Of promises that were not kept and grafts that came too early, squared, beyond the first ("P7"). */
const BEHAVIOUR_WEIGHT = -20;
const BEHAVIOUR_FREE = 1;
/** Each time all counters of all peers decay, whether anything was counted or not. */
const DECAY_INTERVAL_MS = 10_000;
/** A counter falls to DECAY_TO_ZERO in this time. */
const DECAY_MS = 90_000;
const DECAY_TO_ZERO = 0.01;
const DECAY: number = DECAY_TO_ZERO ** (DECAY_INTERVAL_MS / DECAY_MS);
/** A score outlives its peer's connection by this much, so that coming back wipes out nothing. */
const RETAIN_MS = 900_000;

/** Conduct and crowding of a peer come in as `appScore`. */
export function scoreParams(topic: string, appScore: (peer: string) => number): PeerScoreParams {
  return {
    topics: {
      [topic]: {
        topicWeight: 1,
        timeInMeshWeight: 0.1,
        timeInMeshQuantum: 60_000,
        timeInMeshCap: 60,
        firstMessageDeliveriesWeight: 0.5,
        firstMessageDeliveriesDecay: DECAY,
        firstMessageDeliveriesCap: 8,
        // Heads are rare: who brings none is not to blame.
        meshMessageDeliveriesWeight: 0,
        meshMessageDeliveriesDecay: DECAY,
        meshMessageDeliveriesCap: 1,
        meshMessageDeliveriesThreshold: 1,
        meshMessageDeliveriesWindow: 0,
        meshMessageDeliveriesActivation: 60_000,
        meshFailurePenaltyWeight: 0,
        meshFailurePenaltyDecay: DECAY,
        invalidMessageDeliveriesWeight: INVALID_WEIGHT,
        invalidMessageDeliveriesDecay: DECAY,
      },
    },
    // Well-behaved for an hour is worth one slip, not two.
    topicScoreCap: 10,
    appSpecificScore: appScore,
    appSpecificWeight: 1,
    IPColocationFactorWeight: 0,
    IPColocationFactorThreshold: 1,
    IPColocationFactorWhitelist: new Set(),
    behaviourPenaltyWeight: BEHAVIOUR_WEIGHT,
    behaviourPenaltyThreshold: BEHAVIOUR_FREE,
    behaviourPenaltyDecay: DECAY,
    decayInterval: DECAY_INTERVAL_MS,
    decayToZero: DECAY_TO_ZERO,
    retainScore: RETAIN_MS,
  };
}

export const thresholds: PeerScoreThresholds = {
  gossipThreshold: scoreThresholds.gossip,
  publishThreshold: scoreThresholds.publish,
  graylistThreshold: scoreThresholds.graylist,
  // Nobody is asked for peers, and nobody's word about peers is taken.
  acceptPXThreshold: Number.MAX_VALUE,
  opportunisticGraftThreshold: 1,
};
